import { writeFileSync } from 'node:fs'
import { generateApiReference, referencePath } from './api-reference.ts'

/** Writes docs/api.md. `npm run docs:api` runs it. */
writeFileSync(referencePath, await generateApiReference())
