import { writeFileSync } from 'node:fs'
import { generateApiReference, referencePath } from './api-reference.ts'
import { componentPropsPath, generateComponentProps } from './component-props.ts'

/** Writes docs/api.md, and the tables of props in Storybook. `npm run docs:api` runs it. */
writeFileSync(referencePath, await generateApiReference())
writeFileSync(componentPropsPath, await generateComponentProps())
