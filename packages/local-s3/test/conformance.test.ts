import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startTestBucket } from './harness/servers.ts'
import { checks } from './checks/index.ts'

const testBucket = await startTestBucket()

describe('local-s3 does what AWS documents', () => {
  for (const { name, run } of checks) test(name, () => run(testBucket))
})

test('there are more than a hundred conformance checks with unique names', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length)
  expect(checks.length).toBeGreaterThan(100)
})

test('every refusal check has an accepted counterpart', () => {
  const folder = new URL('checks/', import.meta.url)
  const strayLines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(new URL(name, folder), 'utf8')
        .split('\n')
        // An error status appears only in the `as` of a refusal(), which requires the accepted counterpart.
        .filter((line) => /(?<![\w'._])[45]\d\d(?![\w'])/.test(line) && !/\bas(:| =) \[|\bcheck\(/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
  expect(strayLines).toEqual([])
})
