import assert from 'node:assert/strict'
import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('object')
export { checks as copyChecks }

check('a copy has the bytes, type and metadata of its source', async (s3) => {
  const [from, to] = [s3.newKey('a b'), s3.newKey('copy')]
  await s3.put(from, 'copied', { ContentType: 'text/css', Metadata: { color: 'red' } })
  const { CopyObjectResult } = await s3.client.send(
    new CopyObjectCommand({ Bucket: s3.bucket, Key: to, CopySource: s3.path(from) }),
  )
  assert.equal(CopyObjectResult?.ETag, `"${md5('copied').toString('hex')}"`)
  const { ContentType, Metadata } = await s3.head(to)
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
  const { ContentType, Metadata } = await s3.head(key)
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
    const { StorageClass: stored = 'STANDARD', Metadata } = await s3.head(key)
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
    accepted: copy(`"${md5('swapped!').toString('hex')}"`),
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
    accepted: copy(`"${md5('other').toString('hex')}"`),
  })
})

check('a copy of a missing object is NoSuchKey', async (s3) => {
  const there = s3.newKey()
  await s3.put(there, 'x')
  const copy = (key: string) => () =>
    s3.client.send(new CopyObjectCommand({ Bucket: s3.bucket, Key: s3.newKey(), CopySource: s3.path(key) }))
  await refusal({ refused: copy('nothing'), as: [404, 'NoSuchKey'], accepted: copy(there) })
})
