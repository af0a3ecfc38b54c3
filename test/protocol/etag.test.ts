import { expect, test } from 'vitest'
import { plainEtag } from '../../src/protocol/etag.ts'

test.each([
  ['"abc"', 'abc'],
  ['abc', 'abc'],
  ['W/"abc"', 'abc'],
  ['"abc-3" ', 'abc-3'],
  ['""', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads the ETag %j as %j', (raw, etag) => {
  expect(plainEtag(raw)).toBe(etag)
})
