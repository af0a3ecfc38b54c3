import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, test } from 'vitest'
import { start } from './harness/servers.ts'

const object = { Bucket: 'uploads', Key: 'a' }

async function startWithTemporaryKey(seconds = 60) {
  let now = Date.now()
  const { server, client } = await start({ clock: () => now })
  const credentials = server.issueTemporaryCredentials(seconds)
  const { endpoint, region } = server
  const clientOf = (key: Partial<typeof credentials>) =>
    new S3Client({
      endpoint,
      region,
      credentials: { ...credentials, ...key },
      forcePathStyle: true,
      maxAttempts: 1,
    })
  return { client, credentials, clientOf, pass: (ms: number) => (now += ms) }
}

test('a temporary key works with its token until it ends, and then every request is ExpiredToken', async () => {
  const { clientOf, credentials, pass } = await startWithTemporaryKey()
  const client = clientOf({})
  await client.send(new PutObjectCommand({ ...object, Body: 'x' }))
  const url = await getSignedUrl(client, new GetObjectCommand(object), { expiresIn: 3600 })
  expect((await fetch(url)).status).toBe(200)
  const form = await createPresignedPost(client, { ...object, Expires: 3600 })
  const post = async () => {
    const body = new FormData()
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value)
    body.append('file', new Blob(['y']))
    return (await fetch(form.url, { method: 'POST', body })).text()
  }
  expect(await post()).toBe('')

  pass(60_000)
  expect(credentials.expiration.getTime()).toBeLessThanOrEqual(Date.now() + 60_000)
  await expect(client.send(new GetObjectCommand(object))).rejects.toMatchObject({ name: 'ExpiredToken' })
  expect(await (await fetch(url)).text()).toContain('ExpiredToken')
  expect(await post()).toContain('ExpiredToken')
})

test('a temporary key without its token, and with another token, is refused', async () => {
  const { client, clientOf } = await startWithTemporaryKey()
  await client.send(new PutObjectCommand({ ...object, Body: 'x' }))
  await expect(clientOf({ sessionToken: 'other' }).send(new GetObjectCommand(object))).rejects.toMatchObject({
    name: 'InvalidToken',
  })
  // An empty token is none.
  await expect(clientOf({ sessionToken: '' }).send(new GetObjectCommand(object))).rejects.toMatchObject({
    name: 'InvalidAccessKeyId',
  })
  expect((await clientOf({}).send(new GetObjectCommand(object))).ETag).toMatch(/^"/)
})
