import { AwsV4Signer } from 'aws4fetch'
import type { Connection } from './connection.ts'
import type { AccessKey } from './credentials.ts'

/** A request to sign. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  /** All headers are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly region: string
  readonly accessKey: AccessKey
  /** Time of the signature in epoch milliseconds. */
  readonly now: number
}

/**
 * Cache of derived signing keys, one per secret, day and region. Without the cache, a signature takes twice the time.
 */
let derivedKeys = new Map<string, ArrayBuffer>()

function signerOf(
  { method, url, headers, region, accessKey: key, now }: UnsignedRequest,
  isInQuery: boolean,
): AwsV4Signer {
  const { accessKeyId, secretAccessKey, sessionToken } = key
  // Empties the cache, because most of its signing keys are for old secrets and past days.
  if (derivedKeys.size > 100) derivedKeys = new Map()
  return new AwsV4Signer({
    method,
    url: url.href,
    headers,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service: 's3',
    region,
    cache: derivedKeys,
    datetime: amzDate(now),
    signQuery: isInQuery,
    // Without this option Content-Type, Content-Length and Range are not signed, so that a browser could change them.
    allHeaders: true,
  })
}

/** Returns the headers of the request, with its signature. */
export async function signHeaders(request: UnsignedRequest): Promise<Headers> {
  const { headers } = await signerOf(request, false).sign()
  return headers
}

/** Returns the URL with a signature in its query, valid for the given seconds. */
export async function signQuery(request: UnsignedRequest, expiresIn: number): Promise<string> {
  const url = new URL(request.url)
  url.searchParams.set('X-Amz-Expires', String(expiresIn))
  const { url: signedUrl } = await signerOf({ ...request, url }, true).sign()
  // Some stores do not read + as a space: https://github.com/mhart/aws4fetch/issues/83
  return signedUrl.href.replaceAll('+', '%20')
}

/** Formats the time of a signature as AWS requires: `20261129T082000Z`. */
export function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}

/**
 * Maximum lifetime of a signature by temporary credentials whose expiry is unknown. For example, the environment of AWS
 * Lambda does not contain the expiry.
 */
const maxSecondsWithoutExpiry = 15 * 60

/**
 * Returns the access key, the time and the lifetime of a new signature. A signature is never valid longer than the
 * credentials.
 */
export async function startSignature({ credentials, now: currentTime }: Connection, expiresIn: number) {
  const accessKey = await credentials.get()
  const now = currentTime()
  const { expiresAt: keyExpiresAt, sessionToken } = accessKey
  const maxSeconds =
    keyExpiresAt === undefined
      ? sessionToken
        ? maxSecondsWithoutExpiry
        : Infinity
      : (keyExpiresAt - now) / 1000
  // S3 rejects a lifetime that is not a whole number of seconds, from 1. The date of a signature also has no fractions.
  const seconds = Math.max(1, Math.floor(Math.min(expiresIn, maxSeconds)))
  return { accessKey, now, seconds, expiresAt: (Math.floor(now / 1000) + seconds) * 1000 }
}
