import { CreateBucketCommand, HeadBucketCommand, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3'
import { bucketRules } from 'putaway/server'
import type { UploadStorage } from 'putaway/server'
import { SetupError } from './settings.ts'
import type { S3Settings } from './settings.ts'

/** Returns the options of `s3Storage` that reach a store. */
export function accessOf({ endpoint, region, accessKeyId, secretAccessKey, forcePathStyle }: S3Settings) {
  const credentials = { accessKeyId, secretAccessKey }
  return { region, forcePathStyle, credentials, ...(endpoint && { endpoint }) }
}

/** A client of the AWS SDK, which creates buckets; uploads do not need it. */
export function connect(settings: S3Settings): S3Client {
  return new S3Client(accessOf(settings))
}

/**
 * Creates the bucket, with a CORS rule, when it is missing. An existing bucket is not changed: it may have another
 * owner, and PutBucketCors would replace all of its rules.
 * @returns whether it was created
 * @throws SetupError
 */
export async function ensureBucket(client: S3Client, { bucket, endpoint, region }: S3Settings) {
  const where = endpoint ?? `AWS ${region}`
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }))
    return false
  } catch (thrown) {
    const status = statusOf(thrown)
    if (status === undefined) throw new SetupError(`No S3 answers at ${where}: ${String(thrown)}`)
    if (status !== 404) {
      throw new SetupError(
        `${where} answers ${status} for the bucket "${bucket}". ` +
          (status === 403
            ? 'The keys are wrong, or they may not use it.'
            : 'Are S3_REGION and S3_FORCE_PATH_STYLE right?'),
      )
    }
  }
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    // Any port, because the demo uses the next free one.
    const origins = ['http://127.0.0.1:*', 'http://localhost:*']
    const CORSRules = [bucketRules({ bucket, origins }).cors]
    await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }))
    return true
  } catch (thrown) {
    throw new SetupError(`The bucket "${bucket}" at ${where} could not be set up: ${String(thrown)}`)
  }
}

/** Sends the preflight that a browser would send: it needs no permission and works on every S3. */
export async function allowsUploadsFrom(origin: string, storage: UploadStorage): Promise<boolean> {
  const { url } = await storage.signPut({ key: 'preflight', size: 1, type: 'text/plain', writeOnce: false })
  const preflights = ['PUT', 'POST'].map(async (method) => {
    const { ok, headers } = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        ...(method === 'PUT' && { 'Access-Control-Request-Headers': 'content-type' }),
      },
    })
    const allowed = headers.get('access-control-allow-origin')
    return ok && (allowed === '*' || allowed === origin)
  })
  return (await Promise.all(preflights)).every(Boolean)
}

function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('$metadata' in thrown)) return undefined
  return (thrown.$metadata as { httpStatusCode?: number }).httpStatusCode // the shape of SDK errors
}
