import assert from 'node:assert/strict'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { onePart } from '../../harness/test-bucket.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('multipart')
export { checks as partChecks }

check('part numbers may have gaps, and the last upload of a part counts', async (s3) => {
  const key = s3.newKey()
  const { UploadId, complete } = await s3.startMultipart(key, [])
  await s3.uploadPart(key, UploadId, 7, 'first try')
  const { ETag } = await s3.uploadPart(key, UploadId, 7, 'second')
  await complete([{ PartNumber: 7, ETag }])
  assert.equal(await s3.read(key), 'second')
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

check('part numbers are 1 to 10000', async (s3) => {
  const key = s3.newKey()
  const { UploadId } = await s3.startMultipart(key, [])
  const upload = (number: number) => () => s3.uploadPart(key, UploadId, number)
  await refusal({ refused: upload(0), as: [400, 'InvalidArgument'], accepted: upload(1) })
  await refusal({ refused: upload(10_001), as: [400, 'InvalidArgument'], accepted: upload(10_000) })
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
