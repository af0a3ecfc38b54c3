import assert from 'node:assert/strict'
import { CompleteMultipartUploadCommand, type ChecksumType, type CompletedPart } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds, refusal } from '../../harness/refusal.ts'
import { onePart, type TestBucket } from '../../harness/test-bucket.ts'
import { known, wrong, headWith, objectBytes, multipart } from './checksummed-upload.ts'

const { check, checks } = createTopic('integrity')
export { checks as completeChecksums }

/** Every checksum algorithm and type of a multipart object. */
const kinds = [
  ['CRC32', 'COMPOSITE'],
  ['CRC32C', 'COMPOSITE'],
  ['SHA1', 'COMPOSITE'],
  ['SHA256', 'COMPOSITE'],
  ['CRC32', 'FULL_OBJECT'],
  ['CRC32C', 'FULL_OBJECT'],
  ['CRC64NVME', 'FULL_OBJECT'],
] as const

/** The checksum of the object without Complete's: of one PUT, or of an upload that states no checksum. */
async function expectedChecksum(s3: TestBucket, algorithm: keyof typeof known, type: ChecksumType) {
  const key = s3.newKey('expected')
  if (type === 'FULL_OBJECT') await s3.put(key, objectBytes, { ChecksumAlgorithm: algorithm })
  else await (await multipart(s3, key, algorithm, type)).complete()
  return (await headWith(s3, key))[`Checksum${algorithm}`] ?? ''
}

for (const [algorithm, type] of kinds) {
  check(
    `Complete accepts the correct ${algorithm} of the object (${type}) and refuses a wrong one`,
    async (s3) => {
      const key = s3.newKey()
      const expectedValue = await expectedChecksum(s3, algorithm, type)
      const { complete } = await multipart(s3, key, algorithm, type)
      const completeWith = (value: string) => () =>
        complete(undefined, { [`Checksum${algorithm}`]: value, ChecksumType: type })
      await refusal({
        refused: completeWith(type === 'COMPOSITE' ? `${wrong[algorithm]}-2` : wrong[algorithm]),
        as: [400, 'BadDigest'],
        afterRefusal: async () => assert.equal(await s3.read(key), undefined),
        accepted: completeWith(expectedValue),
      })
      const headOutput = await headWith(s3, key)
      assert.deepEqual([headOutput[`Checksum${algorithm}`], headOutput.ChecksumType], [expectedValue, type])
      // A repeated Complete is the same request and has the same response.
      await refusal({
        refused: completeWith(wrong[algorithm]),
        as: [[400, 404]],
        accepted: completeWith(expectedValue),
      })
    },
  )
}

check(
  'Complete accepts a composite with and without its number of parts, and refuses another number',
  async (s3) => {
    const expectedValue = await expectedChecksum(s3, 'SHA256', 'COMPOSITE')
    const [digest = ''] = expectedValue.split('-')
    for (const right of [expectedValue, digest]) {
      const { complete } = await multipart(s3, s3.newKey(), 'SHA256')
      await refusal({
        refused: () => complete(undefined, { ChecksumSHA256: `${digest}-3` }),
        as: [400, 'BadDigest'],
        accepted: () => complete(undefined, { ChecksumSHA256: right }),
      })
    }
  },
)

check('a full object checksum has no number of parts', async (s3) => {
  const expectedValue = await expectedChecksum(s3, 'CRC32', 'FULL_OBJECT')
  const { complete } = await multipart(s3, s3.newKey(), 'CRC32', 'FULL_OBJECT')
  await refusal({
    refused: () => complete(undefined, { ChecksumCRC32: `${expectedValue}-2` }),
    as: [400, 'BadDigest', 'InvalidRequest'],
    accepted: () => complete(undefined, { ChecksumCRC32: expectedValue }),
  })
})

check(
  'Complete of an upload without a checksum algorithm accepts the CRC64NVME of the object',
  async (s3) => {
    const expectedValue = await expectedChecksum(s3, 'CRC64NVME', 'FULL_OBJECT')
    const { UploadId, complete, key } = await startWithoutAlgorithm(s3)
    const completeWith = (ChecksumCRC64NVME: string) => () => complete({ ChecksumCRC64NVME })
    holds(UploadId, 'an upload id')
    await refusal({
      refused: completeWith(wrong.CRC64NVME),
      as: [400, 'BadDigest'],
      afterRefusal: async () => assert.equal(await s3.read(key), undefined),
      accepted: completeWith(expectedValue),
    })
  },
)

/** The same parts in an upload without an algorithm. */
async function startWithoutAlgorithm(s3: TestBucket) {
  const [key, Bucket] = [s3.newKey(), s3.bucket]
  const created = await s3.signed({ method: 'POST', path: `${s3.path(key)}?uploads=` })
  const UploadId = /<UploadId>([^<]+)/.exec(created.body)?.[1]
  const Parts: CompletedPart[] = []
  for (const [index, body] of [onePart, Buffer.from('123456789')].entries()) {
    const path = `${s3.path(key)}?partNumber=${index + 1}&uploadId=${UploadId}`
    const { headers } = await s3.signed({ method: 'PUT', path, body })
    Parts.push({ PartNumber: index + 1, ETag: headers.etag })
  }
  const complete = (more: { ChecksumCRC64NVME: string }) =>
    s3.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: key, UploadId, MultipartUpload: { Parts }, ...more }),
    )
  return { key, UploadId, complete }
}

check('Complete refuses a malformed checksum, another algorithm and another checksum type', async (s3) => {
  const expectedValue = await expectedChecksum(s3, 'CRC32', 'FULL_OBJECT')
  for (const more of [
    { ChecksumCRC32: 'not base64' },
    { ChecksumSHA256: known.SHA256 },
    { ChecksumCRC32: expectedValue, ChecksumSHA256: known.SHA256 },
    { ChecksumCRC32: expectedValue, ChecksumType: 'COMPOSITE' },
  ]) {
    const { complete } = await multipart(s3, s3.newKey(), 'CRC32', 'FULL_OBJECT')
    await refusal({
      refused: () => complete(undefined, more),
      as: [400, 'InvalidRequest', 'BadDigest'],
      accepted: () => complete(undefined, { ChecksumCRC32: expectedValue, ChecksumType: 'FULL_OBJECT' }),
    })
  }
})

check('Complete with a wrong object size is refused', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'CRC64NVME')
  await refusal({
    refused: () => complete(undefined, { MpuObjectSize: objectBytes.length - 1 }),
    as: [400, 'InvalidRequest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => complete(undefined, { MpuObjectSize: objectBytes.length }),
  })
})
