import assert from 'node:assert/strict'
import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { md5 } from '../../harness/md5.ts'
import { createTopic } from '../../harness/topic.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('object')
export { checks as deleteChecks }

check('DELETE answers 204, whether the key exists or not', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const remove = async () =>
    (await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: key }))).$metadata.httpStatusCode
  assert.deepEqual([await remove(), await remove()], [204, 204])
  assert.equal(await s3.read(key), undefined)
})

check('DeleteObjects deletes the listed keys and reports them', async (s3) => {
  const keys = [s3.newKey('a'), s3.newKey('b & <c>')]
  for (const key of keys) await s3.put(key, 'x')
  const Objects = [...keys, 'never-there'].map((Key) => ({ Key }))
  const { Deleted, Errors } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects } }),
  )
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    [...keys, 'never-there'],
  )
  assert.equal(Errors, undefined)
  assert.equal(await s3.read(keys[1] ?? ''), undefined)
})

check('a quiet DeleteObjects reports nothing', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { Deleted } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects: [{ Key: key }], Quiet: true } }),
  )
  assert.equal(Deleted, undefined)
})

check('DeleteObjects without a checksum or Content-MD5 is refused', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'stays')
  const body = `<Delete><Object><Key>${key}</Key></Object></Delete>`
  const remove = (headers: Record<string, string>) => () =>
    s3.signed({ method: 'POST', path: `/${s3.bucket}?delete=`, body, headers })
  await refusal({
    refused: remove({}),
    as: [400],
    afterRefusal: async () => assert.equal(await s3.read(key), 'stays'),
    accepted: remove({ 'content-md5': md5(body).toString('base64') }),
  })
})

check('DeleteObjects accepts null as the version of an unversioned object', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'x')
  const { Deleted, Errors } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects: [{ Key: key, VersionId: 'null' }] } }),
  )
  assert.deepEqual([Deleted?.map(({ Key }) => Key), Errors], [[key], undefined])
  assert.equal(await s3.read(key), undefined)
})

check('XML that is not well-formed is MalformedXML', async (s3) => {
  const remove = (body: string) => () => {
    const headers = { 'content-md5': md5(body).toString('base64') }
    return s3.signed({ method: 'POST', path: `/${s3.bucket}?delete=`, body, headers })
  }
  await refusal({
    refused: remove('<Delete><Object><Key>a</Key></Delete>'),
    as: [400, 'MalformedXML'],
    accepted: remove('<Delete><Object><Key>a</Key></Object></Delete>'),
  })
})
