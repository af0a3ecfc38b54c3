import assert from 'node:assert/strict'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3'
import { createTopic } from '../harness/topic.ts'
import { pathOf } from '../harness/http.ts'
import { refusal } from '../harness/refusal.ts'

const { check, checks } = createTopic('condition')
export { checks as conditionChecks }

const otherEtag = `"${'0'.repeat(32)}"`

check('If-None-Match: * stores a new object and keeps an existing one', async (s3) => {
  const [key, other] = [s3.newKey(), s3.newKey()]
  await s3.put(key, 'first', { IfNoneMatch: '*' })
  await refusal({
    refused: () => s3.put(key, 'second', { IfNoneMatch: '*' }),
    as: [412, 'PreconditionFailed'],
    afterRefusal: async () => assert.equal(await s3.read(key), 'first'),
    accepted: () => s3.put(other, 'second', { IfNoneMatch: '*' }),
  })
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
  await refusal({
    refused: () => s3.raw({ method: 'PUT', path, body: 'without' }),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: () => s3.raw({ method: 'PUT', path, headers, body: 'first' }),
  })
  const again = pathOf(await s3.putUrl(s3.newKey(), { IfNoneMatch: '*' }))
  await refusal({
    refused: () => s3.raw({ method: 'PUT', path, headers, body: 'second' }),
    as: [412, 'PreconditionFailed'],
    accepted: () => s3.raw({ method: 'PUT', path: again, headers, body: 'second' }),
  })
  assert.equal(await s3.read(key), 'first')
})

check('If-Match replaces only the version it names', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'first')
  await refusal({
    refused: () => s3.put(key, 'blind', { IfMatch: otherEtag }),
    as: [412, 'PreconditionFailed'],
    accepted: () => s3.put(key, 'second', { IfMatch: ETag }),
  })
  const { ETag: second } = await s3.put(key, 'second')
  await refusal({
    refused: () => s3.put(key, 'third', { IfMatch: ETag }),
    as: [412, 'PreconditionFailed'],
    afterRefusal: async () => assert.equal(await s3.read(key), 'second'),
    accepted: () => s3.put(key, 'third', { IfMatch: second }),
  })
})

check('If-Match on a missing key is NoSuchKey', async (s3) => {
  const [key, there] = [s3.newKey(), s3.newKey()]
  const { ETag } = await s3.put(there, 'x')
  await refusal({
    refused: () => s3.put(key, 'x', { IfMatch: ETag }),
    as: [404, 'NoSuchKey'],
    accepted: () => s3.put(there, 'x', { IfMatch: ETag }),
  })
})

check('of 6 PUTs with the same If-Match at once, exactly one wins', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'base')
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) => s3.put(key, `writer ${index}`, { IfMatch: ETag })),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

check('Complete with If-None-Match: * keeps the existing object and the upload', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, ['multi'])
  await s3.put(key, 'first')
  await refusal({
    refused: () => complete(undefined, { IfNoneMatch: '*' }),
    as: [412, 'PreconditionFailed'],
    afterRefusal: async () => {
      assert.equal(await s3.read(key), 'first')
      await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: key }))
    },
    accepted: () => complete(undefined, { IfNoneMatch: '*' }),
  })
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

check('a copy with If-None-Match: * keeps the existing object', async (s3) => {
  const [from, to, free] = [s3.newKey('from'), s3.newKey('to'), s3.newKey('free')]
  await s3.put(from, 'source')
  await s3.put(to, 'changed')
  const copy = (Key: string) => () =>
    s3.client.send(
      new CopyObjectCommand({ Bucket: s3.bucket, Key, CopySource: s3.path(from), IfNoneMatch: '*' }),
    )
  await refusal({
    refused: copy(to),
    as: [412, 'PreconditionFailed'],
    afterRefusal: async () => assert.equal(await s3.read(to), 'changed'),
    accepted: copy(free),
  })
  assert.equal(await s3.read(free), 'source')
})

check('GET answers 304 to a matching If-None-Match, 412 to an If-Match that differs', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'x')
  const get = (more: object) => s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, ...more }))
  await refusal({
    refused: () => get({ IfMatch: otherEtag }),
    as: [412, 'PreconditionFailed'],
    accepted: () => get({ IfMatch: ETag }),
  })
  assert.equal((await get({ IfNoneMatch: otherEtag })).$metadata.httpStatusCode, 200)
  const { status, body, headers } = await s3.signed({
    method: 'GET',
    path: s3.path(key),
    headers: { 'if-none-match': ETag ?? '' },
  })
  assert.deepEqual([status, body, headers.etag], [304, '', ETag])
})

check('GET supports If-Modified-Since and If-Unmodified-Since', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { LastModified = new Date() } = await s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: key }),
  )
  const get = (name: string, date: Date) =>
    s3.signed({ method: 'GET', path: s3.path(key), headers: { [name]: date.toUTCString() } })
  const before = new Date(LastModified.getTime() - 60_000)
  assert.deepEqual(
    [(await get('if-modified-since', LastModified)).status, (await get('if-modified-since', before)).status],
    [304, 200],
  )
  await refusal({
    refused: () => get('if-unmodified-since', before),
    as: [412],
    accepted: () => get('if-unmodified-since', LastModified),
  })
})
