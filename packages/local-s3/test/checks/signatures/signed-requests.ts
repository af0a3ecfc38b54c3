import assert from 'node:assert/strict'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds, refusal } from '../../harness/refusal.ts'
import { pathOf } from '../../harness/http.ts'
import { minutes, type TestBucket, type Target } from '../../harness/test-bucket.ts'

const { check, checks } = createTopic('signature')
export { checks as signedRequestChecks }

/** A PUT as the SDK sends it, with other credentials. */
function putAs(s3: TestBucket, key: string, other: Partial<Target>) {
  const { endpoint, region, credentials, bucket: Bucket } = s3
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    ...other,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  return client.send(new PutObjectCommand({ Bucket, Key: key, Body: 'x' }))
}

check('a request signed by the SDK is accepted', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'hello')
  assert.equal(await s3.read(key), 'hello')
})

check('an anonymous GET is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'private')
  const request = { method: 'GET', path: s3.path(key) }
  await refusal({
    refused: () => s3.raw(request),
    as: [403, 'AccessDenied'],
    accepted: () => s3.signed(request),
  })
})

check('an anonymous PUT stores nothing', async (s3) => {
  const key = s3.newKey()
  const request = { method: 'PUT', path: s3.path(key), body: 'x' }
  await refusal({
    refused: () => s3.raw(request),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.signed(request),
  })
})

check('an anonymous DELETE deletes nothing', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'stays')
  const request = { method: 'DELETE', path: s3.path(key) }
  await refusal({
    refused: () => s3.raw(request),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), 'stays'),
    accepted: () => s3.signed(request),
  })
})

check('an anonymous listing is refused', async (s3) => {
  const request = { method: 'GET', path: `/${s3.bucket}?list-type=2` }
  await refusal({
    refused: () => s3.raw(request),
    as: [403, 'AccessDenied'],
    accepted: () => s3.signed(request),
  })
})

check('a wrong secret is SignatureDoesNotMatch', async (s3) => {
  const { credentials } = s3
  const wrong = { ...credentials, secretAccessKey: `${credentials.secretAccessKey}x` }
  const key = s3.newKey()
  await refusal({
    refused: () => putAs(s3, key, { credentials: wrong }),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: () => putAs(s3, key, { credentials }),
  })
})

check('an unknown access key is InvalidAccessKeyId', async (s3) => {
  const { credentials } = s3
  const unknown = { ...credentials, accessKeyId: 'AKIANOBODYKNOWSTHIS1' }
  const key = s3.newKey()
  await refusal({
    refused: () => putAs(s3, key, { credentials: unknown }),
    as: [403, 'InvalidAccessKeyId'],
    accepted: () => putAs(s3, key, { credentials }),
  })
})

check('a clock off by 16 minutes is RequestTimeTooSkewed, one off by 14 minutes is accepted', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const at = (date: Date) => () => s3.signed({ method: 'GET', path: s3.path(key) }, {}, date)
  for (const sign of [-1, 1]) {
    await refusal({
      refused: at(minutes(16 * sign)),
      as: [403, 'RequestTimeTooSkewed'],
      accepted: at(minutes(14 * sign)),
    })
  }
})

check('a signature for another region is refused', async (s3) => {
  const key = s3.newKey()
  await refusal({
    refused: () => putAs(s3, key, { region: 'mars-north-1' }),
    as: [400, 'AuthorizationHeaderMalformed'],
    accepted: () => putAs(s3, key, { region: s3.region }),
  })
})

check('an unsigned x-amz- header is refused', async (s3) => {
  const key = s3.newKey()
  const request = { method: 'PUT', path: s3.path(key), body: 'x' }
  const added = { 'x-amz-meta-added': 'later' }
  await refusal({
    refused: () => s3.signed(request, added),
    as: [403, 'AccessDenied', 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.signed({ ...request, headers: added }),
  })
})

check('a changed signed header is refused', async (s3) => {
  const request = { method: 'PUT', path: s3.path(s3.newKey()), headers: { 'x-amz-meta-a': '1' }, body: 'x' }
  const send = (value: string) => () => s3.signed(request, { 'x-amz-meta-a': value })
  await refusal({ refused: send('2'), as: [403, 'SignatureDoesNotMatch'], accepted: send('1') })
})

check('a body that differs from the signed one is refused and not stored', async (s3) => {
  const key = s3.newKey()
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' // SHA-256 of "abc"
  const put = (body: string) => () =>
    s3.signed({ method: 'PUT', path: s3.path(key), headers: { 'x-amz-content-sha256': sha256 }, body })
  await refusal({
    refused: put('abd'),
    as: [400, 'XAmzContentSHA256Mismatch'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put('abc'),
  })
})

check('a header signature requires x-amz-content-sha256', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const date = new Date()
  const longDate = date.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${longDate.slice(0, 8)}/${s3.region}/s3/aws4_request`
  const headers = {
    'x-amz-date': longDate,
    authorization: `AWS4-HMAC-SHA256 Credential=${s3.credentials.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  }
  await refusal({
    refused: () => s3.raw({ method: 'GET', path: s3.path(key), headers }),
    as: [[400, 403]],
    accepted: () => s3.signed({ method: 'GET', path: s3.path(key) }, {}, date),
  })
})

check('a malformed authorization header is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const headers = { authorization: 'AWS4-HMAC-SHA256 nonsense', 'x-amz-date': '20260102T030405Z' }
  await refusal({
    refused: () => s3.raw({ method: 'GET', path: s3.path(key), headers }),
    as: [[400, 403]],
    accepted: () => s3.signed({ method: 'GET', path: s3.path(key) }),
  })
})

check('a session token with keys that have none is InvalidToken', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const get = (headers: Record<string, string>) => () =>
    s3.signed({ method: 'GET', path: s3.path(key), headers })
  await refusal({
    refused: get({ 'x-amz-security-token': 'made up' }),
    as: [[400, 403]],
    accepted: get({}),
  })
})

check('a key with special characters can be signed', async (s3) => {
  for (const name of [
    'a b+c',
    'ümläut/日本',
    'quote\'"(1)!*',
    'percent%20%2F',
    'tilde~_-.',
    'emoji-🎉',
    'a//b',
    '?x=1&y=2',
    '#hash',
  ]) {
    const key = s3.newKey(name)
    await s3.put(key, name)
    assert.equal(await s3.read(key), Buffer.from(name).toString('latin1'), name)
  }
})

check('an error has code, message, resource and request id', async (s3) => {
  const { body, headers } = await s3.raw({ method: 'GET', path: s3.path('x') })
  assert.match(body, /<Error>.*<Code>AccessDenied<\/Code>.*<RequestId>[^<]+<\/RequestId>/s)
  holds(headers['x-amz-request-id'], 'a request id')
  assert.match(String(headers['content-type']), /xml/)
})

check('no error contains the secret or the signature', async (s3) => {
  const url = (await s3.putUrl(s3.newKey(), {}, 60)).replace('X-Amz-Expires=60', 'X-Amz-Expires=61')
  const { body } = await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })
  holds(!body.includes(s3.credentials.secretAccessKey), 'no secret')
  holds(!body.includes(new URL(url).searchParams.get('X-Amz-Signature') ?? ''), 'no signature')
})
