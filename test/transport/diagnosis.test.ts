import { describe, expect, test } from 'vitest'
import { diagnose } from '../../src/transport/diagnosis.ts'

const answer = (status: number, responseText: string, headers = '') =>
  ({ status, responseText, getAllResponseHeaders: () => headers }) as unknown as XMLHttpRequest // the only member that the code reads
const file = new Blob(['x'])
const asked = { method: 'put', url: 'https://s3.test/k', body: file, file } as const
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

test('a URL that is not valid yet is a wrong clock and not a missing permission', async () => {
  expect(await diagnose(answer(403, xml('AccessDenied', 'Request is not valid yet')), asked)).toMatchObject({
    code: 'clock-skew',
  })
})

test('reports a web page in place of an answer of S3', async () => {
  const { code, message } = await diagnose(answer(403, '<!DOCTYPE html><h1>Blocked</h1>'), asked)
  expect(code).toBe('forbidden')
  expect(message).toContain('an HTML page')
})

test('the message contains no part of a signature that storage repeats', async () => {
  const more =
    '<StringToSign>AWS4-HMAC-SHA256 secret</StringToSign><SignatureProvided>abc123</SignatureProvided>'
  const { message } = await diagnose(
    answer(403, xml('SignatureDoesNotMatch', 'It does not match &amp; more', more)),
    asked,
  )
  expect(message).toBe(
    'Storage answered 403 SignatureDoesNotMatch: It does not match & more. See node_modules/putaway/docs/errors.md#signature.',
  )
})

test('reads Retry-After when the page may see it', async () => {
  const busy = await diagnose(
    answer(503, xml('SlowDown'), 'content-type: application/xml\r\nretry-after: 7\r\n'),
    asked,
  )
  expect(busy).toMatchObject({ code: 'throttled', retryAfter: 7000 })
  expect((await diagnose(answer(503, xml('SlowDown')), asked)).retryAfter).toBeUndefined()
})

describe('a wrongly signed ticket', () => {
  const query = (more: string) => `https://s3.test/k?X-Amz-Signature=secret&${more}`
  const empties = [
    ['x-amz-checksum-crc32', 'AAAAAA%3D%3D'],
    ['X-Amz-Checksum-Crc32c', 'AAAAAA=='],
    ['x-amz-checksum-crc64nvme', 'AAAAAAAAAAA%3D'],
    ['x-amz-checksum-sha1', '2jmj7l5rSw0yVb%2FvlWAYkK%2FYBwk%3D'],
    ['x-amz-checksum-sha256', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ] as const
  const refusals = [
    [400, 'BadDigest'],
    [400, 'XAmzContentChecksumMismatch'],
    [400, 'InvalidRequest'],
    [501, 'NotImplemented'],
    [400, 'SomethingOfTomorrow'],
  ] as const

  test.each(
    empties.flatMap(([name, value]) => refusals.map((refusal) => [name, value, ...refusal] as const)),
  )(
    'a ticket with %s of an empty body is a signature error that names the fix, by %s %i %s',
    async (name, value, status, s3Code) => {
      const request = { ...asked, url: query(`${name}=${value}`) }
      const { code, message } = await diagnose(answer(status, xml(s3Code)), request)
      expect(code).toBe('signature')
      expect(message).toContain(name.toLowerCase())
      expect(message).toContain("requestChecksumCalculation: 'WHEN_REQUIRED'")
      expect(message).not.toContain('secret')
    },
  )

  test.each([
    ['of another checksum', query('x-amz-checksum-crc32=h6%2F2zQ%3D%3D'), asked.body],
    ['of no checksum', query(''), asked.body],
    ['of an empty file', query('x-amz-checksum-crc32=AAAAAA%3D%3D'), new Blob([])],
  ])('damaged bytes stay a mismatch: %s', async (_name, url, body) => {
    const { code } = await diagnose(answer(400, xml('BadDigest')), { ...asked, url, body })
    expect(code).toBe('mismatch')
  })

  test.each([
    [405, ''],
    [405, '<html><h1>Not allowed</h1></html>'],
    [501, ''],
    [501, xml('NotImplemented')],
    [405, xml('MethodNotAllowed')],
    [400, xml('NotImplemented')],
  ])('a ticket for a store without POST names the option: %i %s', async (status, body) => {
    const request = { ...asked, method: 'post' } as const
    expect(await diagnose(answer(status, body), request)).toMatchObject({
      code: 'signature',
      message: expect.stringContaining('s3Storage({ post: false })'),
    })
    expect((await diagnose(answer(status, body), asked)).message).not.toContain('post: false')
  })

  test('names the signed headers that the ticket lacks', async () => {
    const url = query('X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bx-amz-acl')
    const request = { ...asked, url, headers: { 'Content-Type': 'image/png' } }
    const { message } = await diagnose(answer(403, xml('SignatureDoesNotMatch')), request)
    expect(message).toContain('add x-amz-acl to the ticket')
  })

  test.each([
    [403, xml('SignatureDoesNotMatch')],
    [400, xml('InvalidRequest', 'Please use AWS4-HMAC-SHA256.')],
  ])('a ticket with SigV2 names the signature version to use: %i', async (status, body) => {
    const url = 'https://s3.test/k?AWSAccessKeyId=A&Signature=secret&Expires=1795276800'
    const { code, message } = await diagnose(answer(status, body), { ...asked, url })
    expect(code).toBe('signature')
    expect(message).toContain('Config(signature_version="s3v4")')
    expect(message).not.toContain('secret')
  })
})
