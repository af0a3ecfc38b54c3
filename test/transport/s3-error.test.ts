import { expect, test } from 'vitest'
import { storageError } from '../../src/transport/s3-error.ts'

const xml = (code: string, message = 'A message', more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>R1</RequestId></Error>`

test.each([
  [403, 'SignatureDoesNotMatch', 'signature'],
  [403, 'AccessDenied', 'forbidden'],
  [403, 'RequestTimeTooSkewed', 'clock-skew'],
  [400, 'ExpiredToken', 'expired'],
  [400, 'EntityTooLarge', 'too-large'],
  [400, 'EntityTooSmall', 'too-small'],
  [400, 'RequestTimeout', 'unavailable'],
  [404, 'NoSuchUpload', 'gone'],
  [404, 'NoSuchBucket', 'not-found'],
  [503, 'SlowDown', 'throttled'],
  [500, 'InternalError', 'unavailable'],
  [400, 'MalformedPOSTRequest', 'rejected'],
])('%i %s is %s', (status, s3Code, code) => {
  expect(storageError(status, xml(s3Code))).toMatchObject({
    code,
    status,
    requestId: 'R1',
    phase: 'uploading',
  })
})

test.each(['Request has expired', 'Invalid according to Policy: Policy expired.'])(
  '"%s" is expired',
  (message) => {
    expect(storageError(403, xml('AccessDenied', message)).code).toBe('expired')
  },
)

test('an answer without XML is told by its status', () => {
  expect(storageError(502, '<html>Bad gateway</html>')).toMatchObject({
    code: 'unavailable',
    message: 'Storage answered 502.',
  })
  expect(storageError(403, '')).toMatchObject({ code: 'forbidden' })
})

test('no part of a signature that storage repeats is in the message', () => {
  const more =
    '<StringToSign>AWS4-HMAC-SHA256 secret</StringToSign><SignatureProvided>abc123</SignatureProvided>'
  const { message } = storageError(403, xml('SignatureDoesNotMatch', 'It does not match &amp; more', more))
  expect(message).toBe('Storage answered 403 SignatureDoesNotMatch: It does not match & more')
})
