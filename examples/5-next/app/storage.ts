import { s3Storage } from 'putaway/server'

const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = process.env

export const storage = s3Storage({
  endpoint: S3_ENDPOINT,
  region: S3_REGION ?? 'us-east-1',
  credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY },
  bucket: process.env.S3_BUCKET ?? 'next',
})

/** A signed URL of an object that expires after ten minutes. */
export function urlOf(key: string): Promise<string> {
  return storage.urlOf(key, { expiresIn: 600 })
}
