import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import express from 'express'
import type { Chat } from '../shared/server/chat.ts'
import { extensionOf, keep, maxImages } from '../shared/server/images.ts'
import { answerError, readText, readTexts } from '../shared/server/refusal.ts'
import { userOf } from '../shared/server/serve.ts'
import type { Storage } from '../shared/server/storage.ts'

export const Bucket = process.env.S3_BUCKET ?? 'chat'

/** Presigned PUT in a chat: one URL per image, then a message that lists the images. */
export function createApi({ s3, urlOf }: Storage, chat: Chat) {
  const app = express()
  app.use(express.json())

  app.post('/api/images/presigned', async (request, response) => {
    const contentType = readText(request.body, 'contentType')
    const fileName = `${randomUUID()}.${extensionOf(contentType)}`
    const command = new PutObjectCommand({ ...uploadOf(userOf(request), fileName), ContentType: contentType })
    const presignedUrl = await getSignedUrl(s3, command, {
      expiresIn: 300,
      // Signs the type. Otherwise the browser could send another one.
      signableHeaders: new Set(['content-type']),
    })
    response.json({ presignedUrl, fileName })
  })

  app.post('/api/messages', async (request, response) => {
    const user = userOf(request)
    const text = readText(request.body, 'text', 2000)
    const images = readTexts(request.body, 'images', maxImages)
    const keys = images.map(async (fileName) => {
      // Presign does not know the size in this contract: files that are too large are found and deleted here.
      const image = await keep(s3, uploadOf(user, fileName), imageOf(user, fileName))
      const { Key: key } = imageOf(user, fileName)
      await chat.addImage({ ...image, key, owner: user })
      return key
    })
    await chat.send(user, text, await Promise.all(keys))
    response.status(201).json({})
  })

  app.delete('/api/images/:fileName', async (request, response) => {
    const { fileName } = request.params
    const user = userOf(request)
    const image = imageOf(user, fileName)
    await s3.send(new DeleteObjectCommand(uploadOf(user, fileName)))
    if (await chat.removeImage(user, image.Key)) await s3.send(new DeleteObjectCommand(image))
    response.status(204).end()
  })

  app.get('/api/messages', async (_request, response) => {
    response.json(await chat.messages((key) => urlOf(Bucket, key)))
  })
  app.use(answerError)
  return app
}

/** Key prefix of a user's tickets. A lifecycle rule of the bucket expires `uploads/`, with images of unsent messages. */
export function uploadOf(user: string, fileName: string) {
  return { Bucket, Key: `uploads/${user}/${fileName}` }
}

export function imageOf(user: string, fileName: string) {
  return { Bucket, Key: `images/${user}/${fileName}` }
}
