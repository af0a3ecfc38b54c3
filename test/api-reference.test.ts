import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { generateApiReference, referencePath } from './scripts/api-reference/api-reference.ts'
import { componentPropsPath, generateComponentProps } from './scripts/api-reference/component-props.ts'

const page = readFileSync(referencePath, 'utf8')

test('docs/api.md equals a new generation from the types: npm run docs:api', async () => {
  expect(page).toBe(await generateApiReference())
}, 120_000)

test('the tables of props in Storybook equal a new generation: npm run docs:api', async () => {
  expect(readFileSync(componentPropsPath, 'utf8')).toBe(await generateComponentProps())
}, 120_000)

test('docs/api.md has a section for every entry', () => {
  const entries = Object.keys(packageJson.exports).filter((path) => !/\.(css|json)$/.test(path))
  for (const entry of entries) expect(page).toContain(`\n## ${entry.replace('.', 'putaway')}\n`)
})
