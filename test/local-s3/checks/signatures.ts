import assert from 'node:assert/strict'
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createTopic, holds, isRefused, oneOf, pathOf, saysNo } from './subject.ts'

const { check, checks } = createTopic('signature')
export { checks as signatureChecks }

const minutes = (count: number) => new Date(Date.now() + count * 60_000)

check('a request signed by the SDK is let in', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'hello')
  assert.equal(await s3.read(key), 'hello')
})

check('an anonymous GET is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'private')
  saysNo(await s3.raw({ method: 'GET', path: s3.path(key) }), 403, 'AccessDenied')
})

check('an anonymous PUT stores nothing', async (s3) => {
  const key = s3.newKey()
  saysNo(await s3.raw({ method: 'PUT', path: s3.path(key), body: 'x' }), 403, 'AccessDenied')
  assert.equal(await s3.read(key), undefined)
})

check('an anonymous DELETE deletes nothing', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'stays')
  saysNo(await s3.raw({ method: 'DELETE', path: s3.path(key) }), 403, 'AccessDenied')
  assert.equal(await s3.read(key), 'stays')
})

check('an anonymous listing is refused', async (s3) => {
  saysNo(await s3.raw({ method: 'GET', path: `/${s3.bucket}?list-type=2` }), 403, 'AccessDenied')
})

check('a wrong secret is SignatureDoesNotMatch', async (s3) => {
  const { endpoint, region, credentials, bucket: Bucket } = s3
  const wrong = { ...credentials, secretAccessKey: `${credentials.secretAccessKey}x` }
  const client = new S3Client({ endpoint, region, credentials: wrong, forcePathStyle: true, maxAttempts: 1 })
  await isRefused(
    client.send(new PutObjectCommand({ Bucket, Key: s3.newKey(), Body: 'x' })),
    403,
    'SignatureDoesNotMatch',
  )
})

check('an unknown access key is InvalidAccessKeyId', async (s3) => {
  const { endpoint, region, credentials, bucket: Bucket } = s3
  const unknown = { ...credentials, accessKeyId: 'AKIANOBODYKNOWSTHIS1' }
  const client = new S3Client({
    endpoint,
    region,
    credentials: unknown,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  await isRefused(
    client.send(new PutObjectCommand({ Bucket, Key: s3.newKey(), Body: 'x' })),
    403,
    'InvalidAccessKeyId',
  )
})

check('a clock 16 minutes off is RequestTimeTooSkewed', async (s3) => {
  saysNo(
    await s3.signed({ method: 'GET', path: s3.path('x') }, {}, minutes(-16)),
    403,
    'RequestTimeTooSkewed',
  )
  saysNo(await s3.signed({ method: 'GET', path: s3.path('x') }, {}, minutes(16)), 403, 'RequestTimeTooSkewed')
})

check('a clock 14 minutes off is let in', async (s3) => {
  saysNo(await s3.signed({ method: 'GET', path: s3.path('x') }, {}, minutes(-14)), 404, 'NoSuchKey')
  saysNo(await s3.signed({ method: 'GET', path: s3.path('x') }, {}, minutes(14)), 404, 'NoSuchKey')
})

check('a signature for another region is refused', async (s3) => {
  const { endpoint, credentials, bucket: Bucket } = s3
  const client = new S3Client({
    endpoint,
    region: 'mars-north-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  await isRefused(
    client.send(new PutObjectCommand({ Bucket, Key: s3.newKey(), Body: 'x' })),
    400,
    'AuthorizationHeaderMalformed',
  )
})

check('an x-amz- header that was not signed is refused', async (s3) => {
  const key = s3.newKey()
  const answer = await s3.signed(
    { method: 'PUT', path: s3.path(key), body: 'x' },
    { 'x-amz-meta-added': 'later' },
  )
  saysNo(answer, 403, 'AccessDenied', 'SignatureDoesNotMatch')
  assert.equal(await s3.read(key), undefined)
})

check('a presigned PUT refuses an x-amz- header that was not signed', async (s3) => {
  const key = s3.newKey()
  const url = await s3.putUrl(key)
  saysNo(
    await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x', headers: { 'x-amz-meta-added': 'later' } }),
    403,
    'AccessDenied',
    'SignatureDoesNotMatch',
  )
  assert.equal(await s3.read(key), undefined)
})

check('a signed header that was changed is refused', async (s3) => {
  const answer = await s3.signed(
    { method: 'PUT', path: s3.path(s3.newKey()), headers: { 'x-amz-meta-a': '1' }, body: 'x' },
    { 'x-amz-meta-a': '2' },
  )
  saysNo(answer, 403, 'SignatureDoesNotMatch')
})

check('a body that is not the signed one is refused and not stored', async (s3) => {
  const key = s3.newKey()
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' // of "abc"
  const headers = { 'x-amz-content-sha256': sha256 }
  saysNo(
    await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'abd' }),
    400,
    'XAmzContentSHA256Mismatch',
  )
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'abc' })).status, 200)
})

check('a header signature needs x-amz-content-sha256', async (s3) => {
  const headers = {
    'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d{3}/g, ''),
    authorization: `AWS4-HMAC-SHA256 Credential=${s3.credentials.accessKeyId}/${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${s3.region}/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  }
  const { status } = await s3.raw({ method: 'GET', path: s3.path('x'), headers })
  oneOf(status, 400, 403)
})

check('a malformed authorization header is refused', async (s3) => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 nonsense', 'x-amz-date': '20260102T030405Z' }
  const { status } = await s3.raw({ method: 'GET', path: s3.path('x'), headers })
  oneOf(status, 400, 403)
})

check('a presigned PUT stores what it is sent', async (s3) => {
  const key = s3.newKey()
  assert.equal(
    (await s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key)), body: 'by url' })).status,
    200,
  )
  assert.equal(await s3.read(key), 'by url')
})

check('a presigned GET reads, and only reads', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'read me')
  const path = pathOf(await getSignedUrl(s3.client, new GetObjectCommand({ Bucket: s3.bucket, Key: key })))
  assert.equal((await s3.raw({ method: 'GET', path })).body, 'read me')
  saysNo(await s3.raw({ method: 'PUT', path, body: 'x' }), 403, 'SignatureDoesNotMatch')
  saysNo(await s3.raw({ method: 'DELETE', path }), 403, 'SignatureDoesNotMatch')
})

check('an expired URL is refused', async (s3) => {
  const key = s3.newKey()
  const url = await s3.putUrl(key, {}, 60, minutes(-2))
  const answer = await s3.raw({ method: 'PUT', path: pathOf(url), body: 'late' })
  saysNo(answer, 403, 'AccessDenied')
  assert.equal(await s3.read(key), undefined)
})

check('a URL from the future is refused', async (s3) => {
  const url = await s3.putUrl(s3.newKey(), {}, 60, minutes(30))
  saysNo(
    await s3.raw({ method: 'PUT', path: pathOf(url), body: 'early' }),
    403,
    'AccessDenied',
    'RequestTimeTooSkewed',
  )
})

check('a URL whose expiry was raised is refused', async (s3) => {
  const url = (await s3.putUrl(s3.newKey(), {}, 60)).replace('X-Amz-Expires=60', 'X-Amz-Expires=6000')
  saysNo(await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' }), 403, 'SignatureDoesNotMatch')
})

check('a URL that lives longer than a week is refused', async (s3) => {
  const url = (await s3.putUrl(s3.newKey(), {}, 60)).replace('X-Amz-Expires=60', 'X-Amz-Expires=604801')
  const { status } = await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })
  oneOf(status, 400, 403)
})

check('a URL for one key does not write another', async (s3) => {
  const [key, other] = [s3.newKey('a'), s3.newKey('b')]
  const url = (await s3.putUrl(key)).replace(key, other)
  saysNo(await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' }), 403, 'SignatureDoesNotMatch')
  assert.equal(await s3.read(other), undefined)
})

check('a query parameter that was added is refused', async (s3) => {
  const url = `${await s3.putUrl(s3.newKey())}&x-amz-acl=public-read`
  saysNo(await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' }), 403, 'SignatureDoesNotMatch')
})

check('a URL without its signature is refused', async (s3) => {
  const url = (await s3.putUrl(s3.newKey())).replace(/&X-Amz-Signature=[0-9a-f]+/, '')
  const { status } = await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })
  oneOf(status, 400, 403)
})

check('a signed Content-Type refuses another', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key, { ContentType: 'image/png' }))
  saysNo(
    await s3.raw({ method: 'PUT', path, body: 'x', headers: { 'content-type': 'text/html' } }),
    403,
    'SignatureDoesNotMatch',
  )
  saysNo(await s3.raw({ method: 'PUT', path, body: 'x' }), 403, 'SignatureDoesNotMatch')
  assert.equal(
    (await s3.raw({ method: 'PUT', path, body: 'x', headers: { 'content-type': 'image/png' } })).status,
    200,
  )
  const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(ContentType, 'image/png')
})

check('a signed Content-Length is an exact size limit', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key, { ContentLength: 4 }))
  saysNo(await s3.raw({ method: 'PUT', path, body: 'fives' }), 403, 'SignatureDoesNotMatch')
  saysNo(await s3.raw({ method: 'PUT', path, body: 'two' }), 403, 'SignatureDoesNotMatch')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.raw({ method: 'PUT', path, body: 'four' })).status, 200)
})

check('a Content-Type that was sent and not signed is stored', async (s3) => {
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

check('a token with keys that have none is InvalidToken', async (s3) => {
  const headers = { 'x-amz-security-token': 'made up' }
  const { status } = await s3.signed({ method: 'GET', path: s3.path('x'), headers })
  oneOf(status, 400, 403)
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
  saysNo(await s3.raw({ method: 'PUT', path, body: 'four' }), 403, 'SignatureDoesNotMatch')
  assert.equal((await s3.raw({ method: 'PUT', path, body: 'abc' })).status, 200)
})

check('a key of odd characters survives signing', async (s3) => {
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

check('an error says code, message, resource and request id', async (s3) => {
  const { body, headers } = await s3.raw({ method: 'GET', path: s3.path('x') })
  assert.match(body, /<Error>.*<Code>AccessDenied<\/Code>.*<RequestId>[^<]+<\/RequestId>/s)
  holds(headers['x-amz-request-id'], 'a request id')
  assert.match(String(headers['content-type']), /xml/)
})

check('no error tells the secret or the signature', async (s3) => {
  const url = (await s3.putUrl(s3.newKey(), {}, 60)).replace('X-Amz-Expires=60', 'X-Amz-Expires=61')
  const { body } = await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })
  holds(!body.includes(s3.credentials.secretAccessKey), 'no secret')
  holds(!body.includes(new URL(url).searchParams.get('X-Amz-Signature') ?? ''), 'no signature')
})
