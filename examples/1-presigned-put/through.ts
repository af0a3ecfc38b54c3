import { randomUUID } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import express from 'express'
import type { Express } from 'express'
import multer from 'multer'
import type { Chat } from '../shared/server/chat.ts'
import { extensionOf, maxImages, maxSize } from '../shared/server/images.ts'
import { Refusal, readText, readTexts } from '../shared/server/refusal.ts'
import { userOf } from '../shared/server/serve.ts'
import type { Storage } from '../shared/server/storage.ts'
import { imageOf } from './api.ts'

/** Uploads through the server, the traditional way. Used only for the measurement. */
export function addThrough(app: Express, { s3 }: Storage, chat: Chat) {
  const form = multer({ storage: multer.memoryStorage(), limits: { fileSize: maxSize, files: 1 } })

  app.post('/through/multer', form.single('image'), async (request, response) => {
    if (!request.file) throw new Refusal(400, 'There is no image in the form.')
    const { buffer, mimetype, size } = request.file
    const owner = userOf(request)
    const place = imageOf(owner, `${randomUUID()}.${extensionOf(mimetype)}`)
    await s3.send(new PutObjectCommand({ ...place, Body: buffer, ContentType: mimetype }))
    await chat.addImage({ key: place.Key, owner, type: mimetype, size })
    response.json({ key: place.Key })
  })

  app.put('/through/stream', async (request, response) => {
    const type = request.headers['content-type'] ?? ''
    const size = Number(request.headers['content-length'])
    if (!(size <= maxSize)) throw new Refusal(413, `Images have at most ${maxSize} bytes.`)
    const owner = userOf(request)
    const place = imageOf(owner, `${randomUUID()}.${extensionOf(type)}`)
    await s3.send(new PutObjectCommand({ ...place, Body: request, ContentType: type, ContentLength: size }))
    await chat.addImage({ key: place.Key, owner, type, size })
    response.json({ key: place.Key })
  })

  app.post('/through/messages', express.json(), async (request, response) => {
    const images = readTexts(request.body, 'images', maxImages)
    await chat.send(userOf(request), readText(request.body, 'text', 2000), images)
    response.status(201).json({})
  })
}
