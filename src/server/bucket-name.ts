/**
 * Throws a TypeError for what is no bucket, but is often given for one. Without it the SDK throws at the first PUT, signs
 * POSTs for the path of another bucket, and the page reports a broken connection.
 */
export function checkBucketName(bucket: string | undefined): void {
  // A build may load the route without its environment. The first request says what is missing: `requireBucketName`.
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

/** Throws a TypeError where there is no name. */
export function requireBucketName(bucket: string | undefined): void {
  if (bucket) return
  throw new TypeError('s3Storage: bucket is empty. Is its environment variable set where the server runs?')
}
