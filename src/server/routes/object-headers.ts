/** Headers of S3 that a route may set on its objects. */
export type ObjectHeaderName =
  | 'Cache-Control'
  | 'Content-Language'
  | 'Expires'
  | 'x-amz-acl'
  | 'x-amz-server-side-encryption'
  | 'x-amz-server-side-encryption-aws-kms-key-id'
  | 'x-amz-server-side-encryption-bucket-key-enabled'
  | 'x-amz-server-side-encryption-context'
  | 'x-amz-storage-class'
  | 'x-amz-tagging'
  | `x-amz-meta-${string}`

/** Headers of the objects of a route, by name. Upper and lower case are equal. */
export type ObjectHeaders = { readonly [Name in ObjectHeaderName]?: string }

/** Headers with names in lower case. */
export type PlainHeaders = Readonly<Record<string, string>>

const allowedName =
  /^(cache-control|content-language|expires|x-amz-acl|x-amz-storage-class|x-amz-tagging|x-amz-server-side-encryption(-aws-kms-key-id|-bucket-key-enabled|-context)?|x-amz-meta-[a-z\d._-]+)$/

/** Headers that look allowed, and what to do instead. */
const refusedNames: readonly (readonly [RegExp, string])[] = [
  [/^content-(type|disposition)$/, 'Confirm sets it from the bytes and the name of the file'],
  [/^content-encoding$/, 'Browsers send files as they are'],
  [/-customer-/, 'The browser would need the key of the customer. Use x-amz-server-side-encryption: aws:kms'],
  [/^x-amz-object-lock-/, 'Set the default retention of the bucket, and `objectLock` of s3Storage'],
  [/^x-amz-meta-putaway-/, 'This prefix belongs to putaway'],
]

/** Returns the sentence that says what is wrong with `objectHeaders`, or undefined. */
export function objectHeadersProblem(headers: unknown): string | undefined {
  if (headers === undefined) return undefined
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return 'objectHeaders must be an object: { "Cache-Control": "private, max-age=3600" }.'
  const names = new Set<string>()
  for (const [sentName, value] of Object.entries(headers) as [string, unknown][]) {
    const name = sentName.toLowerCase()
    const label = `objectHeaders has ${JSON.stringify(sentName)}`
    const [, advice] = refusedNames.find(([pattern]) => pattern.test(name)) ?? []
    if (advice !== undefined) return `${label}. ${advice}.`
    if (!allowedName.test(name)) return `${label}, which is not a header of an object.`
    if (names.has(name)) return `${label} twice, in upper and lower case.`
    names.add(name)
    // A header of another character cannot be signed by all browsers and stores in the same way.
    if (typeof value !== 'string' || !/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value))
      return `${label}, whose value is not text of printable ASCII characters without double spaces.`
    if (name === 'x-amz-tagging') {
      const tags = [...new URLSearchParams(value)]
      if (tags.length > 10 || tags.some(([key]) => key === ''))
        return `${label}, whose value is not a list of at most 10 tags: "project=blue&class=photo".`
    }
  }
  return undefined
}

/** Returns the headers with names in lower case. */
export function readObjectHeaders(headers: ObjectHeaders = {}): PlainHeaders {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([sentName, value]) => {
      if (value === undefined) return []
      const name = sentName.toLowerCase()
      // AWS reads a plus in tags as a space, and Ceph 16 does not. Both read `%20` as a space.
      return [[name, name === 'x-amz-tagging' ? value.replaceAll('+', '%20') : value]]
    }),
  )
}

/**
 * Returns the headers for the upload of a file that confirm copies. Bucket policies may demand encryption, tags and metadata of
 * every write. An ACL that opens the object to others would publish bytes that no confirm has checked. A storage
 * class is billed for 30 days and more, or cannot be read, and the upload is copied and expires within a day.
 */
export function headersOfUnconfirmed(headers: PlainHeaders): PlainHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        name !== 'x-amz-storage-class' &&
        (name !== 'x-amz-acl' || /^(private|bucket-owner-read|bucket-owner-full-control)$/.test(value)),
    ),
  )
}
