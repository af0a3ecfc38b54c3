import type { Bucket } from './sign.ts'

/**
 * Throws a TypeError for a URL, a path or another ARN in place of a bucket name. Without this check the SDK signs POSTs
 * for the path of another bucket, and the page reports a broken connection.
 */
export function checkBucketName(bucket: string | undefined): void {
  // A build may load the route without its environment variables. `storageIdOf` throws at the first request.
  if (!bucket || /^arn:[\w-]+:s3[\w-]*:[^:/]*:\d+:(accesspoint|outpost)[:/][^\s*]+$/.test(bucket)) return
  const bare = /^(?:s3:\/\/|arn:[\w-]+:s3:::)?([^\s/:*]+)/i.exec(bucket.trim())?.[1] ?? 'my-bucket'
  const isArn = /^arn:/i.test(bucket)
  if (!isArn && !/[\s/]/.test(bucket)) return
  throw new TypeError(
    `s3Storage: bucket is ${JSON.stringify(bucket)}. Give ` +
      (isArn && !/:s3:::/i.test(bucket)
        ? 'a name, or the ARN of an access point: arn:aws:s3:<region>:<account>:accesspoint/<name>.'
        : /^https?:/i.test(bucket)
          ? "the bucket's name alone; the address of a store is the client's option endpoint."
          : `the name alone, ${JSON.stringify(bare)}; a folder in it is the option prefix.`),
  )
}

/**
 * Returns a unique id of a bucket. AWS bucket names are globally unique; elsewhere the endpoint is part of the id.
 * Throws a TypeError for an empty name.
 */
export async function storageIdOf({ client, name }: Bucket): Promise<string> {
  if (!name) {
    throw new TypeError('s3Storage: bucket is empty. Is its environment variable set where the server runs?')
  }
  const endpoint = await client.config.endpoint?.()
  const host = endpoint && [endpoint.hostname, endpoint.port ?? '', endpoint.path]
  return JSON.stringify([host ?? 'aws', name])
}
