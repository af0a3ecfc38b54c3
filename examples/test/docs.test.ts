import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { subjects } from './contracts.ts'

const docs = readFileSync(new URL('../../docs/your-backend.md', import.meta.url), 'utf8')
const snippets = new Set(Array.from(docs.matchAll(/^```tsx?\n(.*?)^```$/gms), ([, code]) => code))

// 6-python has the contract of docs/protocol.md.
const contracts = subjects.filter(({ folder }) => folder !== '6-python')

test.each(contracts)('docs/your-backend.md quotes the tested contract of $folder', ({ folder }) => {
  const code = readFileSync(new URL(`../${folder}/contract.ts`, import.meta.url), 'utf8')
  const contract = code.slice(code.indexOf('export const contract'))
  expect(snippets).toContain(contract)
  const functions = contract.split(/\n\n/)
  for (const each of functions) expect(each.split('\n').length).toBeLessThan(15)
})

test('docs/your-backend.md quotes the tested post function', () => {
  const code = readFileSync(new URL('../shared/client/post.ts', import.meta.url), 'utf8')
  expect(snippets).toContain(code.slice(code.indexOf('/** Posts')))
})
