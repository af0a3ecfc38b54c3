import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds, refusal } from '../../harness/refusal.ts'
import { onePart } from '../../harness/test-bucket.ts'
import { known, wrong, headWith, multipart } from './checksummed-upload.ts'

const { check, checks } = createTopic('integrity')
export { checks as partChecksums }

check('a composite checksum is the checksum of the checksums of the parts', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'SHA256')
  await complete()
  const digests = [onePart, '123456789'].map((bytes) => createHash('sha256').update(bytes).digest())
  const expected = `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`
  const { ChecksumSHA256, ChecksumType: type } = await headWith(s3, key)
  assert.deepEqual([ChecksumSHA256, type], [expected, 'COMPOSITE'])
})

check('a full object CRC of parts is the CRC of all bytes', async (s3) => {
  const [expectedValue, inParts] = [s3.newKey('whole'), s3.newKey('parts')]
  for (const name of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    await s3.put(expectedValue, Buffer.concat([onePart, Buffer.from('123456789')]), {
      ChecksumAlgorithm: name,
    })
    const { complete } = await multipart(s3, inParts, name, 'FULL_OBJECT')
    await complete()
    const [a, b] = [await headWith(s3, expectedValue), await headWith(s3, inParts)]
    holds(a[`Checksum${name}`], `a ${name} is told`)
    assert.deepEqual([b[`Checksum${name}`], b.ChecksumType], [a[`Checksum${name}`], 'FULL_OBJECT'])
  }
})

check('a composite upload requires the checksum of each part to complete', async (s3) => {
  const { parts, complete } = await multipart(s3, s3.newKey(), 'CRC32')
  await refusal({
    refused: () => complete(parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))),
    as: [400, 'InvalidRequest'],
    accepted: () => complete(parts),
  })
})

for (const type of ['COMPOSITE', 'FULL_OBJECT'] as const) {
  check(`a part checksum that differs from the stored one is InvalidPart (${type})`, async (s3) => {
    const { parts, complete } = await multipart(s3, s3.newKey(), 'CRC32', type)
    await refusal({
      refused: () => complete(parts.map((part) => ({ ...part, ChecksumCRC32: wrong.CRC32 }))),
      as: [400, 'InvalidPart', 'BadDigest'],
      accepted: () => complete(parts),
    })
  })
}

check('a part with a checksum algorithm other than that of the upload is refused', async (s3) => {
  const Key = s3.newKey()
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key, ChecksumAlgorithm: 'SHA256' }),
  )
  const upload = (algorithm: ChecksumAlgorithm) => () =>
    s3.client.send(
      new UploadPartCommand({
        Bucket: s3.bucket,
        Key,
        UploadId,
        PartNumber: 1,
        Body: 'x',
        ChecksumAlgorithm: algorithm,
      }),
    )
  await refusal({ refused: upload('CRC32'), as: [400, 'InvalidRequest'], accepted: upload('SHA256') })
})

check('a single part is returned with its own checksum and the checksum type of the object', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'SHA256')
  await complete()
  const {
    ChecksumSHA256,
    ChecksumType: type,
    PartsCount,
  } = await s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: key, PartNumber: 2, ChecksumMode: 'ENABLED' }),
  )
  assert.deepEqual([ChecksumSHA256, type, PartsCount], [known.SHA256, 'COMPOSITE', 2])
})

check('a SHA-256 cannot be a full object checksum of parts', async (s3) => {
  const create = (algorithm: ChecksumAlgorithm, type: ChecksumType) => () =>
    s3.client.send(
      new CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: s3.newKey(),
        ChecksumAlgorithm: algorithm,
        ChecksumType: type,
      }),
    )
  const as = [400, 'InvalidRequest'] as const
  const accepted = create('SHA256', 'COMPOSITE')
  await refusal({ refused: create('SHA256', 'FULL_OBJECT'), as, accepted })
  await refusal({
    refused: create('CRC64NVME', 'COMPOSITE'),
    as,
    accepted: create('CRC64NVME', 'FULL_OBJECT'),
  })
})

check('a wrong checksum of a part is BadDigest', async (s3) => {
  const Key = s3.newKey()
  const { UploadId } = await s3.startMultipart(Key, [])
  const headers = { 'x-amz-checksum-crc32': known.CRC32, 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  const path = `${s3.path(Key)}?partNumber=1&uploadId=${UploadId}`
  const upload = (body: string) => () => s3.signed({ method: 'PUT', path, headers, body })
  await refusal({ refused: upload('other'), as: [400, 'BadDigest'], accepted: upload('123456789') })
})
