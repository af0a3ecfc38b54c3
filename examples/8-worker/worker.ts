import { createUploadHandler, route, s3Storage } from 'putaway/server'
import type { UploadHandler } from 'putaway/server'

/** Variables and secrets of the Worker. */
interface Env {
  /** `https://<account>.r2.cloudflarestorage.com` */
  readonly S3_ENDPOINT: string
  readonly S3_REGION: string
  readonly S3_BUCKET: string
  readonly S3_ACCESS_KEY_ID: string
  readonly S3_SECRET_ACCESS_KEY: string
  readonly UPLOAD_SECRET: string
}

let uploads: UploadHandler | undefined

/** Creates the handler at the first request, because bindings come with requests. */
function createUploads(env: Env): UploadHandler {
  return createUploadHandler({
    storage: s3Storage({
      endpoint: env.S3_ENDPOINT,
      region: env.S3_REGION,
      bucket: env.S3_BUCKET,
      credentials: { accessKeyId: env.S3_ACCESS_KEY_ID, secretAccessKey: env.S3_SECRET_ACCESS_KEY },
    }),
    secret: env.UPLOAD_SECRET,
    routes: { photos: route({ accept: 'image/*', maxSize: '10MB', authorize: userOf }) },
  })
}

/** Returns the user of a request. Replace it with your session check. */
function userOf(request: Request) {
  const id = /(?:^|; )user=([\w-]{36})(?:;|$)/.exec(request.headers.get('cookie') ?? '')?.[1]
  return id === undefined ? null : { id }
}

// oxlint-disable-next-line import/no-default-export -- Workers require it
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    uploads ??= createUploads(env)
    if (new URL(request.url).pathname === '/api/uploads') return uploads(request)
    return new Response('Not found', { status: 404 })
  },
}
