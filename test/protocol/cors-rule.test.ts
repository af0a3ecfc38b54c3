import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { corsRule } from '../../src/protocol/cors-rule.ts'

test('docs/going-live.md shows the CORS rule that the bucket command installs', () => {
  const [, json = ''] =
    /```json\n(\[\s*\{\s*"AllowedOrigins".*?)```/s.exec(readFileSync('docs/going-live.md', 'utf8')) ?? []
  expect(JSON.parse(json)).toEqual([corsRule(['https://your.app'])])
})

test('the examples install the same CORS rule', () => {
  const source = readFileSync('examples/shared/server/storage.ts', 'utf8')
  const { AllowedMethods, AllowedHeaders, ExposeHeaders } = corsRule([])
  for (const [name, values] of Object.entries({ AllowedMethods, AllowedHeaders, ExposeHeaders })) {
    const [, list = ''] = new RegExp(`${name}: \\[([^\\]]*)\\]`).exec(source) ?? []
    expect(list.match(/[\w*-]+/g)?.toSorted(), name).toEqual(values.toSorted())
  }
})
