import assert from 'node:assert/strict'
import { connect } from 'node:net'
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { MiB } from '../../harness/test-bucket.ts'
import { pathOf } from '../../harness/http.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('object')
export { checks as objectChecks }

check('an object is returned with the bytes, type, metadata and headers it was stored with', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'hello', {
    ContentType: 'text/plain',
    CacheControl: 'max-age=60',
    ContentDisposition: 'inline; filename="a.txt"',
    ContentEncoding: 'identity',
    ContentLanguage: 'ko',
    Metadata: { color: 'red' },
  })
  const { Body, ...got } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(await Body?.transformToString(), 'hello')
  assert.deepEqual(
    [
      got.ContentType,
      got.CacheControl,
      got.ContentDisposition,
      got.ContentEncoding,
      got.ContentLanguage,
      got.Metadata,
    ],
    ['text/plain', 'max-age=60', 'inline; filename="a.txt"', 'identity', 'ko', { color: 'red' }],
  )
})

check('an ETag is the quoted MD5 of the bytes', async (s3) => {
  const key = s3.newKey()
  const { ETag } = await s3.put(key, 'hello')
  assert.equal(ETag, `"${md5('hello').toString('hex')}"`)
  assert.equal((await s3.head(key)).ETag, ETag)
})

check('a second PUT replaces the first', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'first', { Metadata: { only: 'first' } })
  await s3.put(key, 'second one')
  assert.equal(await s3.read(key), 'second one')
  assert.deepEqual((await s3.head(key)).Metadata, {})
})

check('an empty object is an object', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '')
  assert.equal((await s3.head(key)).ContentLength, 0)
  assert.equal(await s3.read(key), '')
})

check('12 MB are returned unchanged', async (s3) => {
  const key = s3.newKey()
  const bytes = Buffer.alloc(12 * MiB, 'abcdefg')
  await s3.put(key, bytes)
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(
    md5(Buffer.from((await Body?.transformToByteArray()) ?? [])).toString('hex'),
    md5(bytes).toString('hex'),
  )
})

check('a PUT without a length is refused', async (s3) => {
  const request = { method: 'PUT', path: s3.path(s3.newKey()), body: 'x' }
  await refusal({
    refused: () => s3.signed(request, { 'transfer-encoding': 'chunked' }),
    as: [[400, 411, 501]],
    accepted: () => s3.signed(request),
  })
})

check('a missing key is NoSuchKey, and 404 without a body for HEAD', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const get = (Key: string) => () => s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key }))
  await refusal({ refused: get('nothing'), as: [404, 'NoSuchKey'], accepted: get(key) })
  const ask = (name: string) => () => s3.signed({ method: 'HEAD', path: s3.path(name) })
  await refusal({ refused: ask('nothing'), as: [404], accepted: ask(key) })
  assert.equal((await ask('nothing')()).body, '')
})

check('a missing bucket is NoSuchBucket', async (s3) => {
  const Key = s3.newKey()
  const put = (Bucket: string) => () => s3.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const get = (Bucket: string) => () => s3.client.send(new GetObjectCommand({ Bucket, Key }))
  await refusal({ refused: put(`no-${s3.bucket}`), as: [404, 'NoSuchBucket'], accepted: put(s3.bucket) })
  await refusal({ refused: get(`no-${s3.bucket}`), as: [404, 'NoSuchBucket'], accepted: get(s3.bucket) })
})

check('response- parameters change the headers of one signed response', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x', { ContentType: 'text/plain' })
  const got = await s3.client.send(
    new GetObjectCommand({
      Bucket: s3.bucket,
      Key: key,
      ResponseContentType: 'image/png',
      ResponseContentDisposition: 'attachment',
    }),
  )
  assert.deepEqual([got.ContentType, got.ContentDisposition], ['image/png', 'attachment'])
})

check('a tag of the name space of AWS, with other characters or without a value is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const putTag = (tag: string) => () => {
    const body = `<Tagging><TagSet><Tag>${tag}</Tag></TagSet></Tagging>`
    const digest = md5(body).toString('base64')
    return s3.signed({
      method: 'PUT',
      path: `${s3.path(key)}?tagging`,
      headers: { 'content-md5': digest },
      body,
    })
  }
  const accepted = putTag('<Key>my:x</Key><Value>a b+c-d=e._/@ é</Value>')
  for (const [tag, code] of [
    ['<Key>aws:x</Key><Value>a</Value>', 'InvalidTag'],
    ['<Key>x?</Key><Value>a</Value>', 'InvalidTag'],
    ['<Key>x</Key><Value>a&amp;b</Value>', 'InvalidTag'],
    ['<Key>x</Key>', 'MalformedXML'],
  ] as const)
    await refusal({ refused: putTag(tag), as: [400, code], accepted })
})

check('tags are stored, counted and replaced', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x', { Tagging: 'a=1&b=two%20words' })
  const tags = async () =>
    (await s3.client.send(new GetObjectTaggingCommand({ Bucket: s3.bucket, Key: key }))).TagSet
  assert.deepEqual(await tags(), [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: 'two words' },
  ])
  await s3.client.send(
    new PutObjectTaggingCommand({
      Bucket: s3.bucket,
      Key: key,
      Tagging: { TagSet: [{ Key: 'c', Value: '3' }] },
    }),
  )
  assert.deepEqual(await tags(), [{ Key: 'c', Value: '3' }])
})

check('metadata of more than 2 kB is refused', async (s3) => {
  const put = (length: number) => () =>
    s3.put(s3.newKey(), 'x', { Metadata: { big: 'x'.repeat(length - 'big'.length) } })
  await refusal({ refused: put(2049), as: [400, 'MetadataTooLarge'], accepted: put(2048) })
})

check('a key of 1024 bytes is accepted, one byte more is refused', async (s3) => {
  const key = 'k'.repeat(1024)
  await refusal({
    refused: () => s3.put(`${key}k`, 'long'),
    as: [400, 'KeyTooLongError'],
    accepted: () => s3.put(key, 'long'),
  })
  assert.equal(await s3.read(key), 'long')
})

check('keys that look like paths are plain names', async (s3) => {
  for (const name of ['a/../b', './c', '..', '../../etc/passwd', '/leading', 'trailing/']) {
    const path = `/${s3.bucket}/${name
      .split('/')
      .map((part) => (part === '..' ? '%2E%2E' : part === '.' ? '%2E' : part))
      .join('/')}`
    const { status } = await s3.signed({ method: 'PUT', path, body: name })
    assert.match(String(status), /^(200|4..)$/, name)
  }
  const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: 'b' }))
  assert.deepEqual(Contents, [])
})

check('an aborted upload keeps the old object', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'old')
  const path = pathOf(await s3.putUrl(key))
  const { hostname, port, host } = new URL(s3.endpoint)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`,
      )
      setTimeout(() => socket.destroy(), 50)
    })
    socket.on('close', () => setTimeout(resolve, 50))
    socket.on('error', () => undefined)
  })
  assert.equal(await s3.read(key), 'old')
})

check('an unknown operation answers 501 or 405, never 200', async (s3) => {
  // The counterpart is the request that a server would handle if it ignored the query.
  const ask = (method: string, query: string) => () =>
    s3.signed({ method, path: `/${s3.bucket}${query}`, headers: { 'content-length': '0' } })
  for (const [method, query] of [
    ['PUT', '?object-lock='],
    ['PUT', '?website='],
    ['GET', '?inventory=&id=x'],
  ] as const) {
    await refusal({ refused: ask(method, query), as: [[400, 403, 404, 405, 501]], accepted: ask(method, '') })
  }
})

check('an expected bucket owner that differs is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const get = (headers: Record<string, string>) => () =>
    s3.signed({ method: 'GET', path: s3.path(key), headers })
  await refusal({
    refused: get({ 'x-amz-expected-bucket-owner': '111122223333' }),
    as: [[403, 501]],
    accepted: get({}),
  })
})
