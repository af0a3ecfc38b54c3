import { createUploadHandler, route } from 'putaway/server'
import { storage } from './storage.ts'
import { userOf } from './user.ts'

let handler: ReturnType<typeof create> | undefined

/** Created on first use: a build has no secret. */
export function uploads() {
  return (handler ??= create())
}

function create() {
  return createUploadHandler({
    storage,
    secret: process.env.UPLOAD_SECRET,
    routes: {
      photos: route({
        accept: ['image/jpeg', 'image/png', 'image/webp'],
        maxSize: '5MB',
        maxFiles: 10,
        image: { maxPixels: 50_000_000 },
        authorize: userOf,
      }),
    },
  })
}

declare module 'putaway' {
  interface Register {
    uploads: ReturnType<typeof create>
  }
}
