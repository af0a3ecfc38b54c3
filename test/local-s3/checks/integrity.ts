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
import { createTopic, holds, isRefused, onePart, pathOf, saysNo, type Subject } from './subject.ts'

const { check, checks } = createTopic('integrity')
export { checks as integrityChecks }

/** Of "123456789", from the catalogues of check values and from node:crypto. */
const known = {
  CRC32: 'y/Q5Jg==',
  CRC32C: '4waSgw==',
  CRC64NVME: 'rosUhgp5mIg=',
  SHA1: createHash('sha1').update('123456789').digest('base64'),
  SHA256: createHash('sha256').update('123456789').digest('base64'),
} as const

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
const header = (name: string) => `x-amz-checksum-${name.toLowerCase()}`
const headWith = ({ client, bucket }: Subject, Key: string) =>
  client.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }))

for (const name of algorithms) {
  check(`a right ${name} is accepted and told by HeadObject`, async (s3) => {
    const key = s3.newKey()
    const headers = { [header(name)]: known[name], 'x-amz-sdk-checksum-algorithm': name }
    const { status } = await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: '123456789' })
    assert.equal(status, 200)
    const told = await headWith(s3, key)
    assert.equal(told[`Checksum${name}`], known[name])
  })

  check(`a wrong ${name} is BadDigest and nothing is stored`, async (s3) => {
    const key = s3.newKey()
    const headers = { [header(name)]: known[name], 'x-amz-sdk-checksum-algorithm': name }
    saysNo(
      await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: '123456780' }),
      400,
      'BadDigest',
    )
    assert.equal(await s3.read(key), undefined)
  })
}

check('a wrong Content-MD5 is BadDigest and nothing is stored', async (s3) => {
  const key = s3.newKey()
  const headers = { 'content-md5': createHash('md5').update('abc').digest('base64') }
  saysNo(await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'abd' }), 400, 'BadDigest')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'abc' })).status, 200)
})

check('a Content-MD5 that is none is InvalidDigest', async (s3) => {
  const headers = { 'content-md5': 'abc' }
  saysNo(
    await s3.signed({ method: 'PUT', path: s3.path(s3.newKey()), headers, body: 'abc' }),
    400,
    'InvalidDigest',
  )
})

check('a checksum that is no checksum is refused', async (s3) => {
  const headers = { 'x-amz-checksum-crc32': 'not base64', 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  const { status } = await s3.signed({ method: 'PUT', path: s3.path(s3.newKey()), headers, body: 'abc' })
  assert.equal(status, 400)
})

check('two checksums at once are refused', async (s3) => {
  const headers = { 'x-amz-checksum-crc32': known.CRC32, 'x-amz-checksum-sha256': known.SHA256 }
  const { status } = await s3.signed({
    method: 'PUT',
    path: s3.path(s3.newKey()),
    headers,
    body: '123456789',
  })
  assert.equal(status, 400)
})

check('a presigned PUT checks the checksum that was signed with it', async (s3) => {
  const key = s3.newKey()
  const headers = { 'x-amz-checksum-crc32': known.CRC32, 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  const path = pathOf(await s3.putUrl(key, { ChecksumAlgorithm: 'CRC32', ChecksumCRC32: known.CRC32 }))
  saysNo(await s3.raw({ method: 'PUT', path, headers, body: '123456780' }), 400, 'BadDigest')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.raw({ method: 'PUT', path, headers, body: '123456789' })).status, 200)
})

check('a checksum is not told unless it is asked for', async (s3) => {
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

check('GetObject tells the checksum in checksum mode', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, '123456789', { ChecksumAlgorithm: 'SHA256' })
  const { ChecksumSHA256, Body } = await s3.client.send(
    new GetObjectCommand({ Bucket: s3.bucket, Key: key, ChecksumMode: 'ENABLED' }),
  )
  await Body?.transformToByteArray()
  assert.equal(ChecksumSHA256, known.SHA256)
})

async function multipart(s3: Subject, Key: string, algorithm: ChecksumAlgorithm, type?: ChecksumType) {
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

check('a composite checksum is the checksum of the parts’ checksums', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'SHA256')
  await complete()
  const digests = [onePart, '123456789'].map((bytes) => createHash('sha256').update(bytes).digest())
  const expected = `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`
  const { ChecksumSHA256, ChecksumType: type } = await headWith(s3, key)
  assert.deepEqual([ChecksumSHA256, type], [expected, 'COMPOSITE'])
})

check('a full object CRC of parts is the CRC of all bytes', async (s3) => {
  const [whole, inParts] = [s3.newKey('whole'), s3.newKey('parts')]
  for (const name of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    await s3.put(whole, Buffer.concat([onePart, Buffer.from('123456789')]), { ChecksumAlgorithm: name })
    const { complete } = await multipart(s3, inParts, name, 'FULL_OBJECT')
    await complete()
    const [a, b] = [await headWith(s3, whole), await headWith(s3, inParts)]
    holds(a[`Checksum${name}`], `a ${name} is told`)
    assert.deepEqual([b[`Checksum${name}`], b.ChecksumType], [a[`Checksum${name}`], 'FULL_OBJECT'])
  }
})

check('a composite upload needs each part’s checksum to complete', async (s3) => {
  const { parts, complete } = await multipart(s3, s3.newKey(), 'CRC32')
  await isRefused(
    complete(parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))),
    400,
    'InvalidRequest',
  )
})

check('a part’s checksum that is not the stored one is InvalidPart', async (s3) => {
  const { parts, complete } = await multipart(s3, s3.newKey(), 'CRC32')
  await isRefused(
    complete(parts.map((part) => ({ ...part, ChecksumCRC32: known.CRC32.replace('y', 'z') }))),
    400,
    'InvalidPart',
    'BadDigest',
  )
})

check('a part with another kind of checksum than the upload’s is refused', async (s3) => {
  const Key = s3.newKey()
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key, ChecksumAlgorithm: 'SHA256' }),
  )
  await isRefused(
    s3.client.send(
      new UploadPartCommand({
        Bucket: s3.bucket,
        Key,
        UploadId,
        PartNumber: 1,
        Body: 'x',
        ChecksumAlgorithm: 'CRC32',
      }),
    ),
    400,
    'InvalidRequest',
  )
})

check('Complete with the wrong checksum of the whole is BadDigest', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'CRC32', 'FULL_OBJECT')
  await isRefused(
    complete(undefined, { ChecksumCRC32: known.CRC32, ChecksumType: 'FULL_OBJECT' }),
    400,
    'BadDigest',
  )
  assert.equal(await s3.read(key), undefined)
})

check('Complete with the wrong size of the whole is refused', async (s3) => {
  const key = s3.newKey()
  const { complete } = await multipart(s3, key, 'CRC64NVME')
  await isRefused(complete(undefined, { MpuObjectSize: 5 }), 400, 'InvalidRequest')
  assert.equal(await s3.read(key), undefined)
})

check('a SHA-256 cannot be a full object checksum of parts', async (s3) => {
  await isRefused(
    s3.client.send(
      new CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: s3.newKey(),
        ChecksumAlgorithm: 'SHA256',
        ChecksumType: 'FULL_OBJECT',
      }),
    ),
    400,
    'InvalidRequest',
  )
})

check('a wrong checksum of a part is BadDigest', async (s3) => {
  const Key = s3.newKey()
  const { UploadId } = await s3.startMultipart(Key, [])
  const headers = { 'x-amz-checksum-crc32': known.CRC32, 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  saysNo(
    await s3.signed({
      method: 'PUT',
      path: `${s3.path(Key)}?partNumber=1&uploadId=${UploadId}`,
      headers,
      body: 'other',
    }),
    400,
    'BadDigest',
  )
})
