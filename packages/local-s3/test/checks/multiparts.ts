import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { createTopic, holds, oneOf, onePart, refusal, type TestBucket } from './test-bucket.ts'

const { check, checks } = createTopic('multipart')
export { checks as multipartChecks }

const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest()
const gone = ['NoSuchUpload', 'NoSuchKey']

const uploadPart = (
  { client, bucket }: TestBucket,
  Key: string,
  UploadId: string | undefined,
  PartNumber: number,
  Body: string | Buffer = 'x',
) => client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body }))

check('parts become one object, in order', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, [onePart, 'the end'], {
    ContentType: 'video/mp4',
    Metadata: { color: 'red' },
  })
  assert.equal(await s3.read(key), undefined)
  await complete()
  const { ContentLength, ContentType, Metadata } = await s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: key }),
  )
  assert.deepEqual(
    [ContentLength, ContentType, Metadata],
    [onePart.length + 7, 'video/mp4', { color: 'red' }],
  )
  const { Body } = await s3.client.send(
    new GetObjectCommand({ Bucket: s3.bucket, Key: key, Range: `bytes=${onePart.length - 2}-` }),
  )
  assert.equal(await Body?.transformToString(), 'ppthe end')
})

check('the ETag is the MD5 of the part MD5s and the number of parts', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, [onePart, 'end'])
  await complete()
  const expected = `"${md5(Buffer.concat([md5(onePart), md5('end')])).toString('hex')}-2"`
  assert.equal((await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))).ETag, expected)
})

check('Complete answers location, bucket, key and a quoted ETag', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, ['only'])
  const { Bucket, Key, ETag, Location } = await complete()
  assert.deepEqual([Bucket, Key], [s3.bucket, key])
  assert.match(ETag ?? '', /^"[0-9a-f]{32}-1"$/)
  holds(Location, 'a location')
})

check('part numbers may have gaps, and the last upload of a part counts', async (s3) => {
  const key = s3.newKey()
  const { UploadId, complete } = await s3.startMultipart(key, [])
  await uploadPart(s3, key, UploadId, 7, 'first try')
  const { ETag } = await uploadPart(s3, key, UploadId, 7, 'second')
  await complete([{ PartNumber: 7, ETag }])
  assert.equal(await s3.read(key), 'second')
})

check('parts that Complete does not list are omitted', async (s3) => {
  const key = s3.newKey()
  const { parts, complete } = await s3.startMultipart(key, ['kept', 'dropped'])
  await complete(parts.slice(0, 1))
  assert.equal(await s3.read(key), 'kept')
})

check('a part under 5 MiB that is not the last is EntityTooSmall', async (s3) => {
  const key = s3.newKey()
  const [small, large] = [
    await s3.startMultipart(key, [onePart.subarray(1), 'end']),
    await s3.startMultipart(key, [onePart, 'end']),
  ]
  await refusal({
    refused: () => small.complete(),
    as: [400, 'EntityTooSmall'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => large.complete(),
  })
})

check('a part that was not stored is InvalidPart', async (s3) => {
  const { parts, complete } = await s3.startMultipart(s3.newKey(), [onePart])
  await refusal({
    refused: () => complete([...parts, { PartNumber: 2, ETag: `"${'0'.repeat(32)}"` }]),
    as: [400, 'InvalidPart'],
    accepted: () => complete(parts),
  })
})

check('a wrong ETag of a part is InvalidPart', async (s3) => {
  const { parts, complete } = await s3.startMultipart(s3.newKey(), ['x'])
  await refusal({
    refused: () => complete([{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }]),
    as: [400, 'InvalidPart'],
    accepted: () => complete(parts),
  })
})

check('parts out of order are InvalidPartOrder', async (s3) => {
  const { parts, complete } = await s3.startMultipart(s3.newKey(), [onePart, onePart])
  await refusal({
    refused: () => complete(parts.toReversed()),
    as: [400, 'InvalidPartOrder'],
    accepted: () => complete(parts),
  })
})

check('Complete without parts is MalformedXML', async (s3) => {
  const { parts, complete } = await s3.startMultipart(s3.newKey(), ['x'])
  await refusal({
    refused: () => complete([]),
    as: [400, 'MalformedXML', 'InvalidRequest'],
    accepted: () => complete(parts),
  })
})

check('Complete with a part number that is no integer of XML is MalformedXML', async (s3) => {
  const key = s3.newKey()
  const { parts, UploadId = '' } = await s3.startMultipart(key, ['x'])
  const complete = (number: string) => () => {
    const part = `<Part><PartNumber>${number}</PartNumber><ETag>${parts[0]?.ETag}</ETag></Part>`
    const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`
    return s3.signed({ method: 'POST', path: `${s3.path(key)}?uploadId=${UploadId}`, body })
  }
  for (const number of ['1e0', '0x1', '1.0', ''])
    await refusal({ refused: complete(number), as: [400, 'MalformedXML'], accepted: complete('1') })
})

check('an unknown upload id is NoSuchUpload', async (s3) => {
  const Key = s3.newKey()
  const { UploadId: id, parts } = await s3.startMultipart(Key, ['x'])
  const unknownId = randomUUID()
  const as = [404, ...gone] as const
  const refuseUnknownId = (ask: (UploadId: string | undefined) => Promise<unknown>) =>
    refusal({ refused: () => ask(unknownId), as, accepted: () => ask(id) })
  const object = { Bucket: s3.bucket, Key }
  await refuseUnknownId((UploadId) => uploadPart(s3, Key, UploadId, 2))
  await refuseUnknownId((UploadId) => s3.client.send(new ListPartsCommand({ ...object, UploadId })))
  await refuseUnknownId((UploadId) =>
    s3.client.send(
      new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: parts } }),
    ),
  )
  const other = await s3.startMultipart(Key, [])
  const abort = (UploadId: string | undefined) => () =>
    s3.client.send(new AbortMultipartUploadCommand({ ...object, UploadId }))
  await refusal({ refused: abort(unknownId), as, accepted: abort(other.UploadId) })
})

check('an upload id of another key is NoSuchUpload', async (s3) => {
  const key = s3.newKey('a')
  const { UploadId } = await s3.startMultipart(key, [])
  await refusal({
    refused: () => uploadPart(s3, s3.newKey('b'), UploadId, 1),
    as: [404, ...gone],
    accepted: () => uploadPart(s3, key, UploadId, 1),
  })
})

check('part numbers are 1 to 10000', async (s3) => {
  const key = s3.newKey()
  const { UploadId } = await s3.startMultipart(key, [])
  const upload = (number: number) => () => uploadPart(s3, key, UploadId, number)
  await refusal({ refused: upload(0), as: [400, 'InvalidArgument'], accepted: upload(1) })
  await refusal({ refused: upload(10_001), as: [400, 'InvalidArgument'], accepted: upload(10_000) })
})

check('Abort deletes the parts', async (s3) => {
  const Key = s3.newKey()
  const [aborted, open] = [await s3.startMultipart(Key, ['x']), await s3.startMultipart(Key, ['y'])]
  const { $metadata } = await s3.client.send(
    new AbortMultipartUploadCommand({ Bucket: s3.bucket, Key, UploadId: aborted.UploadId }),
  )
  assert.equal($metadata.httpStatusCode, 204)
  const list = ({ UploadId }: { UploadId: string | undefined }) =>
    s3.client.send(new ListPartsCommand({ Bucket: s3.bucket, Key, UploadId }))
  await refusal({ refused: () => list(aborted), as: [404, ...gone], accepted: () => list(open) })
  await refusal({
    refused: () => aborted.complete(),
    as: [404, ...gone],
    afterRefusal: async () => assert.equal(await s3.read(Key), undefined),
    accepted: () => open.complete(),
  })
})

check('a repeated Complete answers the same or NoSuchUpload', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, ['once'])
  const first = await complete()
  const again = await complete().then(
    ({ ETag }) => ETag,
    (error: unknown) => (error instanceof Error ? error.name : ''),
  )
  oneOf(again, first.ETag, 'NoSuchUpload')
  assert.equal(await s3.read(key), 'once')
})

check('ListParts pages through parts in order', async (s3) => {
  const Key = s3.newKey()
  const { UploadId } = await s3.startMultipart(Key, ['a', 'bb', 'ccc', 'dddd', 'eeeee'])
  const list = (PartNumberMarker?: string) =>
    s3.client.send(new ListPartsCommand({ Bucket: s3.bucket, Key, UploadId, MaxParts: 2, PartNumberMarker }))
  const sizes: (number | undefined)[] = []
  let marker: string | undefined
  for (let page = 0; page < 3; page++) {
    const { Parts = [], IsTruncated, NextPartNumberMarker } = await list(marker)
    sizes.push(...Parts.map(({ Size }) => Size))
    assert.equal(IsTruncated, page < 2)
    marker = NextPartNumberMarker
  }
  assert.deepEqual(sizes, [1, 2, 3, 4, 5])
})

check('ListParts returns number, size and ETag', async (s3) => {
  const Key = s3.newKey()
  const { UploadId, parts } = await s3.startMultipart(Key, ['abc'])
  const { Parts = [] } = await s3.client.send(new ListPartsCommand({ Bucket: s3.bucket, Key, UploadId }))
  assert.deepEqual(
    Parts.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag]),
    [[1, 3, parts[0]?.ETag]],
  )
})

check('ListMultipartUploads lists open uploads under a prefix', async (s3) => {
  const prefix = s3.newKey('open')
  const a = await s3.startMultipart(`${prefix}/a`, [])
  const b = await s3.startMultipart(`${prefix}/b`, ['x'])
  await s3.startMultipart(s3.newKey('elsewhere'), [])
  const list = async () =>
    (
      await s3.client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: prefix }))
    ).Uploads?.map(({ Key, UploadId }) => [Key, UploadId])
  assert.deepEqual(await list(), [
    [`${prefix}/a`, a.UploadId],
    [`${prefix}/b`, b.UploadId],
  ])
  await b.complete()
  assert.deepEqual(await list(), [[`${prefix}/a`, a.UploadId]])
})

check('ListMultipartUploads returns pages', async (s3) => {
  const prefix = s3.newKey('pages')
  for (const name of ['a', 'b', 'c']) await s3.startMultipart(`${prefix}/${name}`, [])
  const list = (KeyMarker?: string, UploadIdMarker?: string) =>
    s3.client.send(
      new ListMultipartUploadsCommand({
        Bucket: s3.bucket,
        Prefix: prefix,
        MaxUploads: 2,
        KeyMarker,
        UploadIdMarker,
      }),
    )
  const first = await list()
  assert.deepEqual([first.Uploads?.length, first.IsTruncated], [2, true])
  const second = await list(first.NextKeyMarker, first.NextUploadIdMarker)
  assert.deepEqual([second.Uploads?.map(({ Key }) => Key), second.IsTruncated], [[`${prefix}/c`], false])
})

check('a part can be copied from an object or a range of it', async (s3) => {
  const [source, Key] = [s3.newKey('source'), s3.newKey()]
  await s3.put(source, '0123456789')
  const { UploadId, complete } = await s3.startMultipart(Key, [onePart])
  const copy = (PartNumber: number, CopySourceRange?: string) =>
    s3.client.send(
      new UploadPartCopyCommand({
        Bucket: s3.bucket,
        Key,
        UploadId,
        PartNumber,
        CopySource: s3.path(source),
        CopySourceRange,
      }),
    )
  const { CopyPartResult } = await copy(2, 'bytes=2-5')
  assert.equal(CopyPartResult?.ETag, `"${md5('2345').toString('hex')}"`)
  const { Parts = [] } = await s3.client.send(new ListPartsCommand({ Bucket: s3.bucket, Key, UploadId }))
  await complete(Parts.map(({ PartNumber, ETag }) => ({ PartNumber: PartNumber ?? 0, ETag })))
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key, Range: 'bytes=-4' }))
  assert.equal(await Body?.transformToString(), '2345')
})

check('a copied range after the end of its source is refused', async (s3) => {
  const [source, Key] = [s3.newKey('source'), s3.newKey()]
  await s3.put(source, '0123456789')
  const { UploadId } = await s3.startMultipart(Key, [])
  const copy = (CopySourceRange: string) => () =>
    s3.client.send(
      new UploadPartCopyCommand({
        Bucket: s3.bucket,
        Key,
        UploadId,
        PartNumber: 1,
        CopySource: s3.path(source),
        CopySourceRange,
      }),
    )
  await refusal({
    refused: copy('bytes=5-10'),
    as: [[400, 416], 'InvalidArgument', 'InvalidRange'],
    accepted: copy('bytes=5-9'),
  })
})

check('two uploads of one key do not mix', async (s3) => {
  const key = s3.newKey()
  const [a, b] = [await s3.startMultipart(key, ['from a']), await s3.startMultipart(key, ['from b'])]
  assert.notEqual(a.UploadId, b.UploadId)
  await b.complete()
  assert.equal(await s3.read(key), 'from b')
  await a.complete()
  assert.equal(await s3.read(key), 'from a')
})

check('a multipart object returns one part by its number', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, [onePart, 'the end'])
  await complete()
  const get = (PartNumber: number) =>
    s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key, PartNumber }))
  const { Body, PartsCount, $metadata } = await get(2)
  assert.deepEqual([$metadata.httpStatusCode, PartsCount], [206, 2])
  assert.equal(await Body?.transformToString(), 'the end')
  await refusal({
    refused: () => get(3),
    as: [[400, 416], 'InvalidPartNumber', 'InvalidPart'],
    accepted: () => get(2),
  })
})

check('an object of one part reports one part', async (s3) => {
  const key = s3.newKey()
  const { complete } = await s3.startMultipart(key, ['only'])
  await complete()
  const ask = (PartNumber: number) =>
    s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key, PartNumber }))
  const { PartsCount, ContentLength } = await ask(1)
  assert.deepEqual([PartsCount, ContentLength], [1, 4])
  await refusal({ refused: () => ask(2), as: [[400, 416]], accepted: () => ask(1) })
})

check('Create answers bucket, key and an id', async (s3) => {
  const key = s3.newKey()
  const { Bucket, Key, UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: key }),
  )
  assert.deepEqual([Bucket, Key], [s3.bucket, key])
  holds(UploadId, 'an upload id')
})
