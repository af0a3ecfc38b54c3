import { expect, test } from 'vitest'
import { diagnose } from '../../src/transport/diagnosis.ts'

const answer = (status: number, responseText: string, headers = '') =>
  ({ status, responseText, getAllResponseHeaders: () => headers }) as unknown as XMLHttpRequest // all that is looked at
const asked = { url: 'https://s3.test/k', file: new Blob(['x']) }
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
  [400, 'MalformedPOSTRequest', 'signature'],
  [400, 'KMS.DisabledException', 'forbidden'],
  [412, 'PreconditionFailed', 'mismatch'],
  [400, 'SomethingOfTomorrow', 'rejected'],
])('%i %s is %s', async (status, s3Code, code) => {
  expect(await diagnose(answer(status, xml(s3Code)), asked)).toMatchObject({
    code,
    status,
    requestId: 'R1',
    phase: 'uploading',
  })
})

test.each(['Request has expired', 'Invalid according to Policy: Policy expired.'])(
  '"%s" is expired',
  async (said) => {
    expect(await diagnose(answer(403, xml('AccessDenied', said)), asked)).toMatchObject({ code: 'expired' })
  },
)

test('a URL that is not valid yet is a wrong clock, and no lack of permission', async () => {
  expect(await diagnose(answer(403, xml('AccessDenied', 'Request is not valid yet')), asked)).toMatchObject({
    code: 'clock-skew',
  })
})

test('a web page in place of an answer of S3 is said to be one', async () => {
  const { code, message } = await diagnose(answer(403, '<!DOCTYPE html><h1>Blocked</h1>'), asked)
  expect(code).toBe('forbidden')
  expect(message).toContain('a web page, as a proxy or a firewall does')
})

test('no part of a signature that storage repeats is in the message', async () => {
  const more =
    '<StringToSign>AWS4-HMAC-SHA256 secret</StringToSign><SignatureProvided>abc123</SignatureProvided>'
  const { message } = await diagnose(
    answer(403, xml('SignatureDoesNotMatch', 'It does not match &amp; more', more)),
    asked,
  )
  expect(message).toBe(
    'Storage answered 403 SignatureDoesNotMatch: It does not match & more See docs/errors.md#signature.',
  )
})

test('a Retry-After is read where the page may see it', async () => {
  const busy = await diagnose(
    answer(503, xml('SlowDown'), 'content-type: application/xml\r\nretry-after: 7\r\n'),
    asked,
  )
  expect(busy).toMatchObject({ code: 'throttled', retryAfter: 7000 })
  expect((await diagnose(answer(503, xml('SlowDown')), asked)).retryAfter).toBeUndefined()
})
