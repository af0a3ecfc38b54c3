import type { UseUpload } from 'putaway'
import { UploadError, useUpload } from 'putaway'
import { createConnectionPool } from 'putaway/core'
import { image } from 'putaway/image'
import { ko } from 'putaway/locales'
import { startLocalS3 } from 'local-s3'
import { createUploadHandler, route, toNodeHandler } from 'putaway/server'
import type { UploadStorage } from 'putaway/server'
import { fakeUploads } from 'putaway/testing'

/** Mounts the handler like a NestJS or Express app. */
export function mount(storage: UploadStorage) {
  const photos = route({ accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'me' }) })
  return toNodeHandler(createUploadHandler({ storage, secret: 'x'.repeat(32), routes: { photos } }))
}

export function useAvatar(): UseUpload<{ id: string }> {
  return useUpload<{ id: string }>({ accept: 'image/*' })
}

// Missing types would be `any`, which compiles, so each of these must be an error.
// @ts-expect-error putaway is typed
export const entry: 'any' = UploadError
// @ts-expect-error putaway/core is typed
export const core: 'any' = createConnectionPool
// @ts-expect-error putaway/image is typed
export const pictures: 'any' = image
// @ts-expect-error putaway/locales is typed
export const locale: 'any' = ko
// @ts-expect-error putaway/server is typed
export const server: 'any' = createUploadHandler
// @ts-expect-error putaway/testing is typed
export const testing: 'any' = fakeUploads
// @ts-expect-error local-s3 is typed
export const localS3: 'any' = startLocalS3
