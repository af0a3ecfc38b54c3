import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import { checksumOf } from '../../src/checksums/checksums.ts'
import { createTopic, holds, onePart, pathOf, refusal, type TestBucket } from './test-bucket.ts'

const { check, checks } = createTopic('integrity')
export { checks as integrityChecks }

/** Checksums of "123456789", from published check values and node:crypto. */
const known = {
  CRC32: 'y/Q5Jg==',
  CRC32C: '4waSgw==',
  CRC64NVME: 'rosUhgp5mIg=',
  SHA1: createHash('sha1').update('123456789').digest('base64'),
  SHA256: createHash('sha256').update('123456789').digest('base64'),
} as const

/** Checksums of "123456780": well formed, but wrong. */
const wrong = {
  CRC32: checksumOf('CRC32', Buffer.from('123456780')),
  CRC32C: checksumOf('CRC32C', Buffer.from('123456780')),
  CRC64NVME: checksumOf('CRC64NVME', Buffer.from('123456780')),
  SHA1: checksumOf('SHA1', Buffer.from('123456780')),
  SHA256: checksumOf('SHA256', Buffer.from('123456780')),
} as const

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
const header = (name: string) => `x-amz-checksum-${name.toLowerCase()}`
const headWith = ({ client, bucket }: TestBucket, Key: string) =>
  client.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }))

for (const name of algorithms) {
  check(`a correct ${name} is accepted and returned by HeadObject`, async (s3) => {
    const key = s3.newKey()
    const headers = { [header(name)]: known[name], 'x-amz-sdk-checksum-algorithm': name }
    const { status } = await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: '123456789' })
    assert.equal(status, 200)
    const headOutput = await headWith(s3, key)
    assert.equal(headOutput[`Checksum${name}`], known[name])
  })

  check(`a wrong ${name} is BadDigest and nothing is stored`, async (s3) => {
    const key = s3.newKey()
    const headers = { [header(name)]: known[name], 'x-amz-sdk-checksum-algorithm': name }
    const put = (body: string) => () => s3.signed({ method: 'PUT', path: s3.path(key), headers, body })
    await refusal({
      refused: put('123456780'),
      as: [400, 'BadDigest'],
      afterRefusal: async () => assert.equal(await s3.read(key), undefined),
      accepted: put('123456789'),
    })
  })
}

check('a wrong Content-MD5 is BadDigest and nothing is stored', async (s3) => {
  const key = s3.newKey()
  const headers = { 'content-md5': createHash('md5').update('abc').digest('base64') }
  const put = (body: string) => () => s3.signed({ method: 'PUT', path: s3.path(key), headers, body })
  await refusal({
    refused: put('abd'),
    as: [400, 'BadDigest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put('abc'),
  })
})

/** A PUT of "123456789" with these headers. */
const putKnown = (s3: TestBucket, headers: Record<string, string>) => () =>
  s3.signed({ method: 'PUT', path: s3.path(s3.newKey()), headers, body: '123456789' })

check('a malformed Content-MD5 is InvalidDigest', async (s3) => {
  await refusal({
    refused: putKnown(s3, { 'content-md5': 'abc' }),
    as: [400, 'InvalidDigest'],
    accepted: putKnown(s3, { 'content-md5': createHash('md5').update('123456789').digest('base64') }),
  })
})

check('a malformed checksum is refused', async (s3) => {
  const put = (value: string) =>
    putKnown(s3, { 'x-amz-checksum-crc32': value, 'x-amz-sdk-checksum-algorithm': 'CRC32' })
  await refusal({ refused: put('not base64'), as: [400], accepted: put(known.CRC32) })
})

check('two checksums at once are refused', async (s3) => {
  const one = { 'x-amz-checksum-crc32': known.CRC32 }
  await refusal({
    refused: putKnown(s3, { ...one, 'x-amz-checksum-sha256': known.SHA256 }),
    as: [400],
    accepted: putKnown(s3, one),
  })
})

check('a presigned PUT verifies the checksum that was signed with it', async (s3) => {
  const key = s3.newKey()
  const headers = { 'x-amz-checksum-crc32': known.CRC32, 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  const path = pathOf(await s3.putUrl(key, { ChecksumAlgorithm: 'CRC32', ChecksumCRC32: known.CRC32 }))
  const put = (body: string) => () => s3.raw({ method: 'PUT', path, headers, body })
  await refusal({
    refused: put('123456780'),
    as: [400, 'BadDigest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put('123456789'),
  })
})

check('a checksum is returned only in checksum mode', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '123456789')
  const { headers } = await s3.signed({ method: 'HEAD', path: s3.path(key) })
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith('x-amz-checksum')),
    [],
  )
})

check('an object without a checksum gets a CRC64NVME', async (s3) => {
  const key = s3.newKey()
  assert.equal((await s3.signed({ method: 'PUT', path: s3.path(key), body: '123456789' })).status, 200)
  const { ChecksumCRC64NVME, ChecksumType: type } = await headWith(s3, key)
  assert.deepEqual([ChecksumCRC64NVME, type], [known.CRC64NVME, 'FULL_OBJECT'])
})

check('GetObject returns the checksum in checksum mode', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '123456789', { ChecksumAlgorithm: 'SHA256' })
  const { ChecksumSHA256, Body } = await s3.client.send(
    new GetObjectCommand({ Bucket: s3.bucket, Key: key, ChecksumMode: 'ENABLED' }),
  )
  await Body?.transformToByteArray()
  assert.equal(ChecksumSHA256, known.SHA256)
})

async function multipart(s3: TestBucket, Key: string, algorithm: ChecksumAlgorithm, type?: ChecksumType) {
  const Bucket = s3.bucket
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ChecksumAlgorithm: algorithm,
      ...(type && { ChecksumType: type }),
    }),
  )
  const parts: CompletedPart[] = []
  for (const [index, Body] of [onePart, '123456789'].entries()) {
    const {
      ETag,
      $metadata: _metadata,
      ...rest
    } = await s3.client.send(
      new UploadPartCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: index + 1,
        Body,
        ChecksumAlgorithm: algorithm,
      }),
    )
    const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = rest
    parts.push({
      PartNumber: index + 1,
      ETag,
      ChecksumCRC32,
      ChecksumCRC32C,
      ChecksumCRC64NVME,
      ChecksumSHA1,
      ChecksumSHA256,
    })
  }
  const complete = (Parts: CompletedPart[] = parts, more: Record<string, string | number> = {}) =>
    s3.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    )
  return { UploadId, parts, complete }
}

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

const objectBytes = Buffer.concat([onePart, Buffer.from('123456789')])

/** The checksum of the object without Complete's: of one PUT, or of an upload that states no checksum. */
async function expectedChecksum(s3: TestBucket, algorithm: (typeof algorithms)[number], type: ChecksumType) {
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
