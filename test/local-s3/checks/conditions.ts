import assert from 'node:assert/strict'
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { createTopic, isRefused, pathOf, saysNo } from './subject.ts'

const { check, checks } = createTopic('condition')
export { checks as conditionChecks }

const otherEtag = `"${'0'.repeat(32)}"`

check('If-None-Match: * stores what is new and keeps what is there', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'first', { IfNoneMatch: '*' })
  await isRefused(s3.put(key, 'second', { IfNoneMatch: '*' }), 412, 'PreconditionFailed')
  assert.equal(await s3.read(key), 'first')
})

check('of 8 PUTs with If-None-Match: * at once, exactly one wins', async (s3) => {
  const key = s3.newKey()
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => s3.put(key, `writer ${index}`, { IfNoneMatch: '*' })),
  )
  const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
  assert.equal(winners.length, 1)
  assert.equal(await s3.read(key), `writer ${winners[0]}`)
})

check('a presigned If-None-Match: * is a write-once ticket', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key, { IfNoneMatch: '*' }))
  const headers = { 'if-none-match': '*' }
  assert.equal((await s3.raw({ method: 'PUT', path, headers, body: 'first' })).status, 200)
  saysNo(await s3.raw({ method: 'PUT', path, headers, body: 'second' }), 412, 'PreconditionFailed')
  saysNo(await s3.raw({ method: 'PUT', path, body: 'without' }), 403, 'SignatureDoesNotMatch')
  assert.equal(await s3.read(key), 'first')
})

check('If-Match replaces only the version it names', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'first')
  await isRefused(s3.put(key, 'blind', { IfMatch: otherEtag }), 412, 'PreconditionFailed')
  await s3.put(key, 'second', { IfMatch: ETag })
  await isRefused(s3.put(key, 'third', { IfMatch: ETag }), 412, 'PreconditionFailed')
  assert.equal(await s3.read(key), 'second')
})

check('If-Match on what is not there is NoSuchKey', async (s3) => {
  await isRefused(s3.put(s3.newKey(), 'x', { IfMatch: otherEtag }), 404, 'NoSuchKey')
})

check('of 6 PUTs with the same If-Match at once, exactly one wins', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'base')
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) => s3.put(key, `writer ${index}`, { IfMatch: ETag })),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

check('Complete with If-None-Match: * keeps what is there, and the upload', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, ['multi'])
  await s3.put(key, 'first')
  await isRefused(complete(undefined, { IfNoneMatch: '*' }), 412, 'PreconditionFailed')
  assert.equal(await s3.read(key), 'first')
  await complete()
  assert.equal(await s3.read(key), 'multi')
})

check('of 4 Completes with If-None-Match: * at once, exactly one wins', async (s3) => {
  const key = s3.newKey()
  const uploads = await Promise.all(['a', 'b', 'c', 'd'].map((body) => s3.startMultipart(key, [body])))
  const results = await Promise.allSettled(
    uploads.map(({ complete }) => complete(undefined, { IfNoneMatch: '*' })),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

check('a copy with If-None-Match: * keeps what is there', async (s3) => {
  const [from, to] = [s3.newKey('from'), s3.newKey('to')]
  await s3.put(from, 'source')
  const copy = () =>
    s3.client.send(
      new CopyObjectCommand({ Bucket: s3.bucket, Key: to, CopySource: s3.path(from), IfNoneMatch: '*' }),
    )
  await copy()
  await s3.put(to, 'changed')
  await isRefused(copy(), 412, 'PreconditionFailed')
  assert.equal(await s3.read(to), 'changed')
})

check('GET answers 304 to the ETag it has, 412 to one it has not', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'x')
  const get = (more: object) => s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, ...more }))
  await isRefused(get({ IfMatch: otherEtag }), 412, 'PreconditionFailed')
  assert.equal((await get({ IfMatch: ETag })).$metadata.httpStatusCode, 200)
  assert.equal((await get({ IfNoneMatch: otherEtag })).$metadata.httpStatusCode, 200)
  const { status, body, headers } = await s3.signed({
    method: 'GET',
    path: s3.path(key),
    headers: { 'if-none-match': ETag ?? '' },
  })
  assert.deepEqual([status, body, headers.etag], [304, '', ETag])
})

check('GET knows If-Modified-Since and If-Unmodified-Since', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { LastModified = new Date() } = await s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: key }),
  )
  const get = async (name: string, date: Date) =>
    (await s3.signed({ method: 'GET', path: s3.path(key), headers: { [name]: date.toUTCString() } })).status
  const before = new Date(LastModified.getTime() - 60_000)
  assert.deepEqual(
    [
      await get('if-modified-since', LastModified),
      await get('if-modified-since', before),
      await get('if-unmodified-since', LastModified),
      await get('if-unmodified-since', before),
    ],
    [304, 200, 200, 412],
  )
})
