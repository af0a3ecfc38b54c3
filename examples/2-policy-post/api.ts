import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import type { PGlite } from '@electric-sql/pglite'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import express from 'express'
import type { Chat } from '../shared/server/chat.ts'
import { extensionOf, keep, maxImages, readSize } from '../shared/server/images.ts'
import { Refusal, answerError, readText, readTexts } from '../shared/server/refusal.ts'
import { userOf } from '../shared/server/serve.ts'
import type { Storage } from '../shared/server/storage.ts'
import { openUploads } from './uploads.ts'

export const Bucket = process.env.S3_BUCKET ?? 'album'

/** Policy POST: the server stores the file details at presign, and is notified of completion and of failure. */
export async function createApi({ s3, urlOf }: Storage, chat: Chat & { readonly db: PGlite }) {
  const uploads = await openUploads(chat.db)
  const app = express()
  app.use(express.json())

  app.post('/api/uploads', async (request, response) => {
    const owner = userOf(request)
    const name = readText(request.body, 'name')
    const type = readText(request.body, 'type')
    const size = readSize(request.body, 'size')
    const id = `${randomUUID()}.${extensionOf(type)}`
    const prefix = `uploads/${owner}/`
    const { url, fields } = await createPresignedPost(s3, {
      Bucket,
      Key: prefix + id,
      Expires: 300,
      Fields: { 'Content-Type': type, success_action_status: '201' },
      // Storage refuses a file that does not match exactly.
      Conditions: [
        ['starts-with', '$key', prefix],
        ['content-length-range', size, size],
        ['eq', '$Content-Type', type],
      ],
    })
    await uploads.add({ id, owner, name, type, size })
    response.json({ id, url, fields })
  })

  app.post('/api/uploads/:id/completed', async (request, response) => {
    const owner = userOf(request)
    const { id } = request.params
    if (!(await uploads.isOf(owner, id))) throw new Refusal(404, 'This upload does not exist.')
    const image = await keep(s3, uploadOf(owner, id), imageOf(owner, id))
    await chat.addImage({ ...image, key: imageOf(owner, id).Key, owner })
    await uploads.end(owner, id, 'completed')
    response.json({ key: id })
  })

  app.post('/api/uploads/:id/failed', async (request, response) => {
    const owner = userOf(request)
    const { id } = request.params
    const { affectedRows } = await uploads.end(owner, id, 'failed', readText(request.body, 'reason'))
    // Deletes the bytes that arrived before the failure. The answer makes a retry request another policy.
    await s3.send(new DeleteObjectCommand(uploadOf(owner, id)))
    response.json({ deleted: affectedRows === 1 })
  })

  app.delete('/api/images/:id', async (request, response) => {
    const owner = userOf(request)
    const { id } = request.params
    await s3.send(new DeleteObjectCommand(uploadOf(owner, id)))
    const image = imageOf(owner, id)
    if (await chat.removeImage(owner, image.Key)) await s3.send(new DeleteObjectCommand(image))
    response.status(204).end()
  })

  app.get('/api/uploads', async (request, response) => {
    response.json(await uploads.of(userOf(request)))
  })
  app.get('/api/messages', async (_request, response) => {
    response.json(await chat.messages((key) => urlOf(Bucket, key)))
  })
  app.post('/api/messages', async (request, response) => {
    const owner = userOf(request)
    const images = readTexts(request.body, 'images', maxImages)
    const keys = images.map((id) => imageOf(owner, id).Key)
    await chat.send(owner, readText(request.body, 'text', 2000), keys)
    response.status(201).json({})
  })
  app.use(answerError)
  return app
}

/** Key prefix of a user's policies. A lifecycle rule of the bucket deletes uploads that neither complete nor fail. */
function uploadOf(owner: string, id: string) {
  return { Bucket, Key: `uploads/${owner}/${id}` }
}

function imageOf(owner: string, id: string) {
  return { Bucket, Key: `images/${owner}/${id}` }
}
