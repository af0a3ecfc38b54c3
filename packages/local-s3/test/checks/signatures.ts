import assert from 'node:assert/strict'
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createTopic, holds, pathOf, refusal, type TestBucket, type Target } from './test-bucket.ts'

const { check, checks } = createTopic('signature')
export { checks as signatureChecks }

const minutes = (count: number) => new Date(Date.now() + count * 60_000)

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

check('a presigned PUT refuses an unsigned x-amz- header', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key))
  const put = (headers: Record<string, string>) => () => s3.raw({ method: 'PUT', path, body: 'x', headers })
  await refusal({
    refused: put({ 'x-amz-meta-added': 'later' }),
    as: [403, 'AccessDenied', 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put({}),
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

check('a presigned PUT stores its body', async (s3) => {
  const key = s3.newKey()
  assert.equal(
    (await s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key)), body: 'by url' })).status,
    200,
  )
  assert.equal(await s3.read(key), 'by url')
})

check('a presigned GET allows reads only', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'read me')
  const path = pathOf(await getSignedUrl(s3.client, new GetObjectCommand({ Bucket: s3.bucket, Key: key })))
  const accepted = () => s3.raw({ method: 'GET', path })
  assert.equal((await accepted()).body, 'read me')
  const as = [403, 'SignatureDoesNotMatch'] as const
  await refusal({ refused: () => s3.raw({ method: 'PUT', path, body: 'x' }), as, accepted })
  await refusal({ refused: () => s3.raw({ method: 'DELETE', path }), as, accepted })
})

check('an expired URL is refused', async (s3) => {
  const key = s3.newKey()
  const put = (date: Date) => async () =>
    s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key, {}, 60, date)), body: 'x' })
  await refusal({
    refused: put(minutes(-2)),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put(minutes(-0.5)),
  })
})

check('a URL from the future is refused', async (s3) => {
  const key = s3.newKey()
  const put = (date: Date) => async () =>
    s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key, {}, 60, date)), body: 'x' })
  await refusal({
    refused: put(minutes(30)),
    as: [403, 'AccessDenied', 'RequestTimeTooSkewed'],
    accepted: put(minutes(0)),
  })
})

check('a URL with an increased expiry is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey(), {}, 60))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000')),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: put(path),
  })
})

check('a URL that lives longer than a week is refused', async (s3) => {
  const key = s3.newKey()
  const week = 7 * 24 * 3600
  const put = (seconds: number) => async () => {
    // The SDK's presigner refuses to sign this URL.
    const path = pathOf(await s3.putUrl(key, {}, Math.min(seconds, week)))
    const changed = path.replace(`X-Amz-Expires=${week}`, `X-Amz-Expires=${seconds}`)
    return s3.raw({ method: 'PUT', path: changed, body: 'x' })
  }
  await refusal({ refused: put(week + 1), as: [[400, 403]], accepted: put(week) })
})

check('a URL for one key does not write another', async (s3) => {
  const [key, other] = [s3.newKey('a'), s3.newKey('b')]
  const path = pathOf(await s3.putUrl(key))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace(key, other)),
    as: [403, 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(other), undefined),
    accepted: put(path),
  })
})

check('an added query parameter is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(`${path}&x-amz-acl=public-read`),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: put(path),
  })
})

check('a URL without its signature is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace(/&X-Amz-Signature=[0-9a-f]+/, '')),
    as: [[400, 403]],
    accepted: put(path),
  })
})

check('a signed Content-Type refuses another', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key, { ContentType: 'image/png' }))
  const put = (headers: Record<string, string>) => () => s3.raw({ method: 'PUT', path, body: 'x', headers })
  const accepted = put({ 'content-type': 'image/png' })
  const as = [403, 'SignatureDoesNotMatch'] as const
  await refusal({ refused: put({ 'content-type': 'text/html' }), as, accepted })
  await refusal({ refused: put({}), as, accepted })
  const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(ContentType, 'image/png')
})

check('a signed Content-Length is an exact size limit', async (s3) => {
  for (const body of ['fives', 'two']) {
    const key = s3.newKey()
    const path = pathOf(await s3.putUrl(key, { ContentLength: 4 }))
    await refusal({
      refused: () => s3.raw({ method: 'PUT', path, body }),
      as: [403, 'SignatureDoesNotMatch'],
      afterRefusal: async () => assert.equal(await s3.read(key), undefined),
      accepted: () => s3.raw({ method: 'PUT', path, body: 'four' }),
    })
  }
})

check('an unsigned Content-Type is stored', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key))
  assert.equal(
    (await s3.raw({ method: 'PUT', path, body: 'x', headers: { 'content-type': 'image/webp' } })).status,
    200,
  )
  const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(ContentType, 'image/webp')
})

check('metadata that a presigner moved into the query is stored', async (s3) => {
  const key = s3.newKey()
  const url = await s3.putUrl(key, { Metadata: { shade: 'dark' } })
  holds(url.includes('x-amz-meta-shade=dark'), 'the presigner moved it')
  assert.equal((await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })).status, 200)
  const { Metadata } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.deepEqual(Metadata, { shade: 'dark' })
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

check('a presigned part refuses a longer body', async (s3) => {
  const key = s3.newKey()
  const { UploadId } = await s3.startMultipart(key, [])
  const command = new UploadPartCommand({
    Bucket: s3.bucket,
    Key: key,
    UploadId,
    PartNumber: 1,
    ContentLength: 3,
  })
  const path = pathOf(
    await getSignedUrl(s3.client, command, { signableHeaders: new Set(['content-length']) }),
  )
  await refusal({
    refused: () => s3.raw({ method: 'PUT', path, body: 'four' }),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: () => s3.raw({ method: 'PUT', path, body: 'abc' }),
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
