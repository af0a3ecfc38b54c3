import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { createTopic, MiB, pathOf, refusal, type TestBucket } from './test-bucket.ts'

const { check, checks } = createTopic('object')
export { checks as objectChecks }

const head = (s3: TestBucket, key: string) =>
  s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex')

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
  assert.equal(ETag, `"${md5('hello')}"`)
  assert.equal((await head(s3, key)).ETag, ETag)
})

check('a second PUT replaces the first', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'first', { Metadata: { only: 'first' } })
  await s3.put(key, 'second one')
  assert.equal(await s3.read(key), 'second one')
  assert.deepEqual((await head(s3, key)).Metadata, {})
})

check('an empty object is an object', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '')
  assert.equal((await head(s3, key)).ContentLength, 0)
  assert.equal(await s3.read(key), '')
})

check('12 MB are returned unchanged', async (s3) => {
  const key = s3.newKey()
  const bytes = Buffer.alloc(12 * MiB, 'abcdefg')
  await s3.put(key, bytes)
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(md5(Buffer.from((await Body?.transformToByteArray()) ?? [])), md5(bytes))
})

check('a stream arrives aws-chunked and is stored without the framing', async (s3) => {
  const key = s3.newKey()
  const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(90_000, 'b')])
  await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body, ContentLength: 160_000 }))
  const { ContentLength, ContentEncoding } = await head(s3, key)
  assert.deepEqual([ContentLength, ContentEncoding], [160_000, undefined])
  assert.equal(await s3.read(key), 'a'.repeat(70_000) + 'b'.repeat(90_000))
})

check('an aws-chunked body with a wrong trailer checksum stores nothing', async (s3) => {
  const key = s3.newKey()
  const put = (checksum: string) => () =>
    s3.signed({
      method: 'PUT',
      path: s3.path(key),
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '3',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      body: `3\r\nabc\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`,
    })
  await refusal({
    refused: put('AAAAAA=='),
    as: [400, 'BadDigest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put('NSRBwg=='),
  })
  assert.equal(await s3.read(key), 'abc')
})

check(
  'an aws-chunked body with trailers that were not declared, or more bytes, stores nothing',
  async (s3) => {
    const right = 'x-amz-checksum-crc32:NSRBwg==\r\n'
    const put = (key: string, declared: string, end: string) => () =>
      s3.signed({
        method: 'PUT',
        path: s3.path(key),
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': '3',
          'x-amz-trailer': declared,
        },
        body: `3\r\nabc\r\n0\r\n${end}`,
      })
    for (const [declared, end] of [
      ['x-amz-checksum-crc32', `${right}x-amz-checksum-crc32c:AAAAAA==\r\n\r\n`],
      ['x-amz-checksum-crc32', `x-amz-checksum-crc32:AAAAAA==\r\n${right}\r\n`],
      ['x-amz-checksum-crc32,x-amz-checksum-crc32c', `${right}x-amz-checksum-crc32c:AAAAAA==\r\n\r\n`],
      ['x-amz-checksum-crc32', `${right}\r\nmore`],
    ] as const) {
      const key = s3.newKey()
      await refusal({
        refused: put(key, declared, end),
        as: [400],
        afterRefusal: async () => assert.equal(await s3.read(key), undefined),
        accepted: put(key, 'x-amz-checksum-crc32', `${right}\r\n`),
      })
    }
  },
)

check('Content-Encoding is returned as it was sent, without aws-chunked', async (s3) => {
  const key = s3.newKey()
  for (const [sent, stored] of [
    ['gzip', 'gzip'],
    ['deflate, gzip', 'deflate, gzip'],
    ['deflate,gzip', 'deflate,gzip'],
    ['GZIP ,  br', 'GZIP ,  br'],
    ['aws-chunked, gzip', 'gzip'],
    ['gzip,aws-chunked', 'gzip'],
    ['aws-chunked, deflate, gzip', 'deflate, gzip'],
    ['aws-chunked', undefined],
  ] as const) {
    const headers = { 'content-encoding': sent }
    assert.equal((await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'x' })).status, 200)
    const { headers: told } = await s3.signed({ method: 'HEAD', path: s3.path(key) })
    assert.equal(told['content-encoding'], stored)
  }
})

check('a PUT without a length is refused', async (s3) => {
  const request = { method: 'PUT', path: s3.path(s3.newKey()), body: 'x' }
  await refusal({
    refused: () => s3.signed(request, { 'transfer-encoding': 'chunked' }),
    as: [[400, 411, 501]],
    accepted: () => s3.signed(request),
  })
})

check('a range answers 206 with its bytes', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '0123456789')
  const get = async (Range: string) => {
    const { Body, ContentRange, $metadata } = await s3.client.send(
      new GetObjectCommand({ Bucket: s3.bucket, Key: key, Range }),
    )
    return [$metadata.httpStatusCode, ContentRange, await Body?.transformToString()]
  }
  assert.deepEqual(await get('bytes=2-4'), [206, 'bytes 2-4/10', '234'])
  assert.deepEqual(await get('bytes=7-'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await get('bytes=-3'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await get('bytes=8-99'), [206, 'bytes 8-9/10', '89'])
})

check('a range after the end is 416', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '0123456789')
  const get = (Range: string) => () =>
    s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, Range }))
  await refusal({ refused: get('bytes=10-12'), as: [416, 'InvalidRange'], accepted: get('bytes=9-12') })
})

check('a malformed range is ignored', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '0123456789')
  const { $metadata } = await s3.client.send(
    new GetObjectCommand({ Bucket: s3.bucket, Key: key, Range: 'lines=1-2' }),
  )
  assert.equal($metadata.httpStatusCode, 200)
})

check('If-Range with another ETag answers the whole object', async (s3) => {
  const key = s3.newKey()
  const { ETag = '' } = await s3.put(key, '0123456789')
  const get = async (ifRange: string) => {
    const headers = { range: 'bytes=2-3', 'if-range': ifRange }
    return (await s3.signed({ method: 'GET', path: s3.path(key), headers })).body
  }
  assert.deepEqual([await get(ETag), await get('"other"')], ['23', '0123456789'])
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

check('DELETE answers 204, whether the key exists or not', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const remove = async () =>
    (await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: key }))).$metadata.httpStatusCode
  assert.deepEqual([await remove(), await remove()], [204, 204])
  assert.equal(await s3.read(key), undefined)
})

check('DeleteObjects deletes the listed keys and reports them', async (s3) => {
  const keys = [s3.newKey('a'), s3.newKey('b & <c>')]
  for (const key of keys) await s3.put(key, 'x')
  const Objects = [...keys, 'never-there'].map((Key) => ({ Key }))
  const { Deleted, Errors } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects } }),
  )
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    [...keys, 'never-there'],
  )
  assert.equal(Errors, undefined)
  assert.equal(await s3.read(keys[1] ?? ''), undefined)
})

check('a quiet DeleteObjects reports nothing', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { Deleted } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects: [{ Key: key }], Quiet: true } }),
  )
  assert.equal(Deleted, undefined)
})

check('DeleteObjects without a checksum or Content-MD5 is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'stays')
  const body = `<Delete><Object><Key>${key}</Key></Object></Delete>`
  const remove = (headers: Record<string, string>) => () =>
    s3.signed({ method: 'POST', path: `/${s3.bucket}?delete=`, body, headers })
  await refusal({
    refused: remove({}),
    as: [400],
    afterRefusal: async () => assert.equal(await s3.read(key), 'stays'),
    accepted: remove({ 'content-md5': createHash('md5').update(body).digest('base64') }),
  })
})

check('DeleteObjects accepts null as the version of an unversioned object', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { Deleted, Errors } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects: [{ Key: key, VersionId: 'null' }] } }),
  )
  assert.deepEqual([Deleted?.map(({ Key }) => Key), Errors], [[key], undefined])
  assert.equal(await s3.read(key), undefined)
})

check('XML that is not well-formed is MalformedXML', async (s3) => {
  const remove = (body: string) => () => {
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') }
    return s3.signed({ method: 'POST', path: `/${s3.bucket}?delete=`, body, headers })
  }
  await refusal({
    refused: remove('<Delete><Object><Key>a</Key></Delete>'),
    as: [400, 'MalformedXML'],
    accepted: remove('<Delete><Object><Key>a</Key></Object></Delete>'),
  })
})

check('a copy has the bytes, type and metadata of its source', async (s3) => {
  const [from, to] = [s3.newKey('a b'), s3.newKey('copy')]
  await s3.put(from, 'copied', { ContentType: 'text/css', Metadata: { color: 'red' } })
  const { CopyObjectResult } = await s3.client.send(
    new CopyObjectCommand({ Bucket: s3.bucket, Key: to, CopySource: s3.path(from) }),
  )
  assert.equal(CopyObjectResult?.ETag, `"${md5('copied')}"`)
  const { ContentType, Metadata } = await head(s3, to)
  assert.deepEqual([await s3.read(to), ContentType, Metadata], ['copied', 'text/css', { color: 'red' }])
})

check('MetadataDirective REPLACE uses type and metadata of the request', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'same', { ContentType: 'text/css', Metadata: { color: 'red' } })
  await s3.client.send(
    new CopyObjectCommand({
      Bucket: s3.bucket,
      Key: key,
      CopySource: s3.path(key),
      MetadataDirective: 'REPLACE',
      ContentType: 'image/png',
      Metadata: { size: 'xl' },
    }),
  )
  const { ContentType, Metadata } = await head(s3, key)
  assert.deepEqual([await s3.read(key), ContentType, Metadata], ['same', 'image/png', { size: 'xl' }])
})

check('a copy onto itself that changes nothing is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const copy = (more: { MetadataDirective?: 'REPLACE' }) => () =>
    s3.client.send(new CopyObjectCommand({ Bucket: s3.bucket, Key: key, CopySource: s3.path(key), ...more }))
  await refusal({
    refused: copy({}),
    as: [400, 'InvalidRequest'],
    accepted: copy({ MetadataDirective: 'REPLACE' }),
  })
})

check('a copy has the storage class that the request names, not that of its source', async (s3) => {
  const [source, key] = [s3.newKey(), s3.newKey()]
  await s3.put(source, 'x', { StorageClass: 'ONEZONE_IA', Metadata: { size: 'xl' } })
  const copyAs = async (StorageClass?: 'STANDARD_IA') => {
    const input = { Bucket: s3.bucket, Key: key, CopySource: s3.path(source), StorageClass }
    await s3.client.send(new CopyObjectCommand(input))
    const { StorageClass: stored = 'STANDARD', Metadata } = await head(s3, key)
    return [stored, Metadata]
  }
  assert.deepEqual(await copyAs('STANDARD_IA'), ['STANDARD_IA', { size: 'xl' }])
  assert.deepEqual(await copyAs(), ['STANDARD', { size: 'xl' }])
})

check('CopySourceIfMatch copies only the bytes that were verified', async (s3) => {
  const [from, to] = [s3.newKey('from'), s3.newKey('to')]
  const { ETag } = await s3.put(from, 'verified')
  await s3.put(from, 'swapped!')
  const copy = (CopySourceIfMatch: string | undefined) => () =>
    s3.client.send(
      new CopyObjectCommand({ Bucket: s3.bucket, Key: to, CopySource: s3.path(from), CopySourceIfMatch }),
    )
  await refusal({
    refused: copy(ETag),
    as: [412, 'PreconditionFailed'],
    afterRefusal: async () => assert.equal(await s3.read(to), undefined),
    accepted: copy(`"${md5('swapped!')}"`),
  })
  assert.equal(await s3.read(to), 'swapped!')
})

check('CopySourceIfNoneMatch refuses the same bytes', async (s3) => {
  const from = s3.newKey('from')
  const { ETag } = await s3.put(from, 'same')
  const copy = (CopySourceIfNoneMatch: string | undefined) => () =>
    s3.client.send(
      new CopyObjectCommand({
        Bucket: s3.bucket,
        Key: s3.newKey('to'),
        CopySource: s3.path(from),
        CopySourceIfNoneMatch,
      }),
    )
  await refusal({
    refused: copy(ETag),
    as: [412, 'PreconditionFailed'],
    accepted: copy(`"${md5('other')}"`),
  })
})

check('a copy of a missing object is NoSuchKey', async (s3) => {
  const there = s3.newKey()
  await s3.put(there, 'x')
  const copy = (key: string) => () =>
    s3.client.send(new CopyObjectCommand({ Bucket: s3.bucket, Key: s3.newKey(), CopySource: s3.path(key) }))
  await refusal({ refused: copy('nothing'), as: [404, 'NoSuchKey'], accepted: copy(there) })
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
    const digest = createHash('md5').update(body).digest('base64')
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

check('part 1 of an object stored in one piece is the object, and there is no part 2', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'whole', { ChecksumAlgorithm: 'SHA256' })
  const get = (PartNumber: number) => () =>
    s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, PartNumber, ChecksumMode: 'ENABLED' }))
  await refusal({ refused: get(2), as: [[400, 416], 'InvalidPartNumber', 'InvalidPart'], accepted: get(1) })
  await refusal({ refused: get(0), as: [400, 'InvalidArgument'], accepted: get(1) })
  const { Body, ChecksumSHA256, PartsCount } = await get(1)()
  assert.deepEqual(
    [await Body?.transformToString(), ChecksumSHA256, PartsCount],
    ['whole', createHash('sha256').update('whole').digest('base64'), undefined],
  )
  const ask = (number: number) => () =>
    s3.signed({ method: 'HEAD', path: `${s3.path(key)}?partNumber=${number}` })
  await refusal({ refused: ask(2), as: [[400, 416]], accepted: ask(1) })
})
