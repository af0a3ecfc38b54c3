import { createUploadHandler, route, s3Storage, toLambdaHandler } from 'putaway/server'

const { S3_ENDPOINT, S3_REGION, AWS_REGION, S3_BUCKET = 'lambda' } = process.env

const uploads = createUploadHandler({
  storage: s3Storage({
    // On AWS there is no endpoint: leave the line out.
    endpoint: S3_ENDPOINT,
    region: S3_REGION ?? AWS_REGION,
    bucket: S3_BUCKET,
    // The role of the function. Lambda replaces these before they end, so they are read again.
    credentials: () => ({
      accessKeyId: process.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
      sessionToken: process.env.AWS_SESSION_TOKEN,
    }),
  }),
  secret: process.env.UPLOAD_SECRET,
  routes: { photos: route({ accept: 'image/*', maxSize: '10MB', authorize: userOf }) },
})

/** Returns the user of a request. Replace it with your session check. */
function userOf(request: Request) {
  const id = /(?:^|; )user=([\w-]{36})(?:;|$)/.exec(request.headers.get('cookie') ?? '')?.[1]
  return id === undefined ? null : { id }
}

/** Entry of the function, for a function URL, an HTTP API and a REST API. */
export const handler = toLambdaHandler(uploads)
