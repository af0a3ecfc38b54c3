/** CORS rule of a bucket for uploads from pages of these origins, in the format of PutBucketCors and the S3 console. */
export interface UploadCorsRule {
  readonly AllowedOrigins: string[]
  readonly AllowedMethods: ('PUT' | 'POST' | 'GET' | 'HEAD')[]
  readonly AllowedHeaders: string[]
  readonly ExposeHeaders: string[]
  readonly MaxAgeSeconds: number
}

/**
 * Returns the CORS rule for uploads. It allows GET, so that pages can show pictures of the bucket, and HEAD, so that pages
 * can send the preflight of POSTs before a file is chosen. A page can read only those headers of a response that the rule
 * exposes.
 */
export function corsRule(origins: readonly string[]): UploadCorsRule {
  return {
    AllowedOrigins: [...origins],
    AllowedMethods: ['PUT', 'POST', 'GET', 'HEAD'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'x-amz-request-id'],
    MaxAgeSeconds: 3600,
  }
}
