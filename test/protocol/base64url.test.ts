import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64Url, toBase64Url } from '../../src/internal/base64url.ts'

test('encodes as Node does, and decodes what it encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const text = toBase64Url(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64Url(text)).toEqual(bytes)
    }),
  )
})

test.each(['', '+w', '/w', 'YQ==', 'Y Q', 'Y', 'é'])('does not decode %j', (text) => {
  expect(fromBase64Url(text)).toBeUndefined()
})
