import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import express from 'express'
import type { Chat } from '../shared/server/chat.ts'
import { extensionOf, keep, maxImages } from '../shared/server/images.ts'
import { Refusal, answerError, readText, readTexts } from '../shared/server/refusal.ts'
import { userOf } from '../shared/server/serve.ts'
import type { Storage } from '../shared/server/storage.ts'

const { S3_UPLOAD_BUCKET = 'incoming', S3_PUBLIC_BUCKET = 'public' } = process.env
export const buckets = [S3_UPLOAD_BUCKET, S3_PUBLIC_BUCKET] as const

/** Create and finish: tickets are signed with a credential that can only write to a bucket without readers. */
export function createApi({ s3, as, publicUrlOf }: Storage, chat: Chat) {
  const uploadOnly = as(process.env.S3_UPLOAD_ACCESS_KEY_ID, process.env.S3_UPLOAD_SECRET_ACCESS_KEY)
  const app = express()
  app.use(express.json())

  app.post('/upload/create', async (request, response) => {
    const type = readText(request.body, 'content_type')
    readText(request.body, 'original_filename')
    const key = `${userOf(request)}/${randomUUID()}.${extensionOf(type)}`
    const command = new PutObjectCommand({ Bucket: S3_UPLOAD_BUCKET, Key: key, ContentType: type })
    const url = await getSignedUrl(uploadOnly, command, {
      expiresIn: 300,
      // Signs the type. Otherwise the browser could send another one.
      signableHeaders: new Set(['content-type']),
    })
    response.json({ key, presigned_upload_url: url })
  })

  app.post('/upload/finish', async (request, response) => {
    const owner = userOf(request)
    const key = ownKey(owner, readText(request.body, 'upload_key'))
    const filename = readText(request.body, 'filename')
    // Presign does not know the size in this contract: files that are too large are found and deleted here.
    const image = await keep(
      s3,
      { Bucket: S3_UPLOAD_BUCKET, Key: key },
      { Bucket: S3_PUBLIC_BUCKET, Key: key },
    )
    await chat.addImage({ ...image, key, owner })
    response.json({ key, filename, url: publicUrlOf(S3_PUBLIC_BUCKET, key) })
  })

  app.delete('/api/images/:key', async (request, response) => {
    const owner = userOf(request)
    const Key = ownKey(owner, request.params.key)
    await s3.send(new DeleteObjectCommand({ Bucket: S3_UPLOAD_BUCKET, Key }))
    if (await chat.removeImage(owner, Key)) {
      await s3.send(new DeleteObjectCommand({ Bucket: S3_PUBLIC_BUCKET, Key }))
    }
    response.status(204).end()
  })

  app.get('/api/messages', async (_request, response) => {
    response.json(await chat.messages((key) => publicUrlOf(S3_PUBLIC_BUCKET, key)))
  })
  app.post('/api/messages', async (request, response) => {
    const images = readTexts(request.body, 'images', maxImages)
    await chat.send(userOf(request), readText(request.body, 'text', 2000), images)
    response.status(201).json({})
  })
  app.use(answerError)
  return app
}

/** Reads the owner from the key, so that a user cannot finish or remove files of others. @throws Refusal 403 */
function ownKey(owner: string, key: string): string {
  if (key.startsWith(`${owner}/`)) return key
  throw new Refusal(403, 'This upload belongs to another user.')
}
