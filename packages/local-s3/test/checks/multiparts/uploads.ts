import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { holds, oneOf, refusal } from '../../harness/refusal.ts'
import { onePart } from '../../harness/test-bucket.ts'

const { check, checks } = createTopic('multipart')
export { checks as multipartChecks }

const gone = ['NoSuchUpload', 'NoSuchKey']

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

check('parts that Complete does not list are omitted', async (s3) => {
  const key = s3.newKey()
  const { parts, complete } = await s3.startMultipart(key, ['kept', 'dropped'])
  await complete(parts.slice(0, 1))
  assert.equal(await s3.read(key), 'kept')
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
  await refuseUnknownId((UploadId) => s3.uploadPart(Key, UploadId, 2))
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
    refused: () => s3.uploadPart(s3.newKey('b'), UploadId, 1),
    as: [404, ...gone],
    accepted: () => s3.uploadPart(key, UploadId, 1),
  })
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

check('two uploads of one key do not mix', async (s3) => {
  const key = s3.newKey()
  const [a, b] = [await s3.startMultipart(key, ['from a']), await s3.startMultipart(key, ['from b'])]
  assert.notEqual(a.UploadId, b.UploadId)
  await b.complete()
  assert.equal(await s3.read(key), 'from b')
  await a.complete()
  assert.equal(await s3.read(key), 'from a')
})

check('Create answers bucket, key and an id', async (s3) => {
  const key = s3.newKey()
  const { Bucket, Key, UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: key }),
  )
  assert.deepEqual([Bucket, Key], [s3.bucket, key])
  holds(UploadId, 'an upload id')
})
