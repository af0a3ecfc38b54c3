import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('object')
export { checks as rangeChecks }

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
