import assert from 'node:assert/strict'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { pathOf } from '../../harness/http.ts'
import { refusal } from '../../harness/refusal.ts'
import type { TestBucket } from '../../harness/test-bucket.ts'
import { known, algorithms, headWith } from './checksummed-upload.ts'

const { check, checks } = createTopic('integrity')
export { checks as objectChecksums }

const header = (name: string) => `x-amz-checksum-${name.toLowerCase()}`

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
  const headers = { 'content-md5': md5('abc').toString('base64') }
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
    accepted: putKnown(s3, { 'content-md5': md5('123456789').toString('base64') }),
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
