/**
 * Throws a TypeError if a bucket name is a URL, a path, or an ARN of another kind than an access point. Without this
 * check, POSTs would be signed for the path of another bucket, and the page would report a network error.
 */
export function checkBucketName(bucket: string | undefined): void {
  // Accepts an undefined name, because a build may import the route without environment variables. `requireOption`
  // throws at the first request.
  if (!bucket || /^arn:[\w-]+:s3[\w-]*:[^:/]*:\d+:(accesspoint|outpost)[:/][^\s*]+$/.test(bucket)) return
  const bareName = /^(?:s3:\/\/|arn:[\w-]+:s3:::)?([^\s/:*]+)/i.exec(bucket.trim())?.[1] ?? 'my-bucket'
  const isArn = /^arn:/i.test(bucket)
  if (!isArn && !/[\s/]/.test(bucket)) return
  throw new TypeError(
    `s3Storage: bucket is ${JSON.stringify(bucket)}. Give ` +
      (isArn && !/:s3:::/i.test(bucket)
        ? 'a name, or the ARN of an access point: arn:aws:s3:<region>:<account>:accesspoint/<name>.'
        : /^https?:/i.test(bucket)
          ? "the bucket's name alone; the address of a store is the option endpoint."
          : `the name alone, ${JSON.stringify(bareName)}; a folder in it is the option prefix.`),
  )
}

/**
 * Whether a bucket name is the ARN of an access point. AWS does not list POST among the operations of access points.
 */
export function isAccessPoint(bucket: string): boolean {
  return bucket.startsWith('arn:')
}
