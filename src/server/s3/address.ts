import { percentEncode } from '../../internal/percent-encoding.ts'
import type { S3CredentialSource } from './credentials.ts'

/** URL and region of a bucket. */
export interface BucketAddress {
  /** URL of the bucket, without a slash at its end. */
  readonly url: URL
  readonly region: string
}

/** Access to a store. Reads it from the options of `s3Storage`, or from a client of the AWS SDK. */
export interface AccessReader {
  readonly credentials: S3CredentialSource
  addressOf(bucket: string): Promise<BucketAddress>
  /** Returns the configured endpoint, or undefined for AWS. */
  endpoint(): Promise<URL | undefined>
}

export function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username) return url
  throw new TypeError(
    `s3Storage: endpoint is ${JSON.stringify(endpoint.replace(/\/\/[^/@]*@/, '//…@'))}. Give the URL of the store alone: ` +
      'https://<account>.r2.cloudflarestorage.com',
  )
}

export function bucketUrl(endpoint: URL, bucket: string, isPathStyle: boolean): URL {
  const url = new URL(endpoint)
  const urlPath = url.pathname.replace(/\/+$/, '')
  if (isPathStyle) url.pathname = `${urlPath}/${encodeURIComponent(bucket)}`
  else {
    const hostname = `${bucket}.${url.hostname}`
    url.hostname = hostname
    // The setter of `hostname` ignores an invalid name, for example a bucket name before an IP address, and converts
    // upper case to lower case. In both cases the URL has another host than this bucket's.
    if (url.hostname !== hostname) {
      throw new TypeError(
        `s3Storage: ${JSON.stringify(hostname)} is not a host name. Set forcePathStyle: true, so that the bucket's name is in the path.`,
      )
    }
    url.pathname = urlPath
  }
  return url
}

/**
 * Whether a bucket's name can be part of AWS's host names. The AWS SDK has the same rule, and puts other names in the
 * path.
 */
export function fitsHostName(bucket: string): boolean {
  return /^[a-z\d-]{3,63}$/.test(bucket)
}

/** Returns the address of an ARN: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html */
export function accessPointAddress(arn: string): BucketAddress {
  const [, service, region = '', account, name] =
    /^arn:[\w-]+:(s3[\w-]*):([\w-]*):(\d+):accesspoint[:/]([\w-]+)$/.exec(arn) ?? []
  if (service !== 's3' || !region) throw unsupportedArn(arn)
  const host = `${name}-${account}.s3-accesspoint.${region}.${dnsSuffixOf(region)}`
  return { url: new URL(`https://${host}`), region }
}

/**
 * Returns the error for an ARN that is not supported. Multi-Region Access Points need signatures of another kind
 * (SigV4A). Outposts and Object Lambda need another service.
 */
export function unsupportedArn(arn: string): TypeError {
  return new TypeError(
    `s3Storage: bucket is ${JSON.stringify(arn)}. Only access points of one region are supported: ` +
      'arn:aws:s3:<region>:<account>:accesspoint/<name>. Multi-Region Access Points, Outposts and Object Lambda are not.',
  )
}

/** Throws a TypeError for a directory bucket (S3 Express One Zone), because its requests need a session token. */
export function checkNotDirectory(bucket: string): void {
  if (!bucket.endsWith('--x-s3')) return
  throw new TypeError(
    `s3Storage: ${JSON.stringify(bucket)} is a directory bucket (S3 Express One Zone), which accepts no presigned ` +
      'uploads of this kind. Use a general purpose bucket.',
  )
}

/**
 * Returns the DNS suffix of a region (https://docs.aws.amazon.com/general/latest/gr/s3.html). The isolated regions of
 * the US need the option `endpoint`.
 */
export function dnsSuffixOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn'
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com'
}

/**
 * Returns the URL of an object, or the URL of the bucket if `key` is undefined. Throws a TypeError for a key that no URL
 * can express. For example, URL parsers remove the segments `.` and `..`, so the object would get another key.
 */
export function objectUrl({ url }: BucketAddress, key?: string): URL {
  const basePath = url.pathname.replace(/\/+$/, '')
  if (key === undefined) return withPath(url, basePath || '/')
  if (key === '' || /(?:^|\/)\.{1,2}(?:\/|$)/.test(key) || /\p{Surrogate}/u.test(key)) {
    throw new TypeError(
      `The key ${JSON.stringify(key)} cannot be part of a URL: it is empty, has a segment "." or "..", or half a character.`,
    )
  }
  return withPath(url, `${basePath}/${encodeKey(key)}`)
}

function withPath(base: URL, path: string): URL {
  const url = new URL(base.origin + path)
  if (url.pathname !== path) throw new TypeError('The key was changed when it became a URL.')
  return url
}

/**
 * Encodes a key once, as AWS encodes paths:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function encodeKey(key: string): string {
  return key.split('/').map(percentEncode).join('/')
}
