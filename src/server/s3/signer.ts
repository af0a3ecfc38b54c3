import { AwsV4Signer } from 'aws4fetch'
import type { Connection } from './connection.ts'
import type { SigningKey } from './credentials.ts'

/** A request to sign. The only file that uses aws4fetch. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  /** All are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly region: string
  readonly key: SigningKey
  /** Time of the signature in epoch milliseconds. */
  readonly now: number
}

/** Derived keys, one per secret, day and region: without them a signature takes twice the time. */
let derivedKeys = new Map<string, ArrayBuffer>()

function signerOf(
  { method, url, headers, region, key, now }: UnsignedRequest,
  inQuery: boolean,
): AwsV4Signer {
  const { accessKeyId, secretAccessKey, sessionToken } = key
  // Old secrets are not kept.
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
    signQuery: inQuery,
    // Else Content-Type, Content-Length and Range stay unsigned: a browser could send others.
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
  const { url: signed } = await signerOf({ ...request, url }, true).sign()
  // Some stores do not read + as a space: https://github.com/mhart/aws4fetch/issues/83
  return signed.href.replaceAll('+', '%20')
}

/** The day and second of a signature: `20261129T082000Z`. */
export function amzDate(now: number): string {
  return new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}

/** Temporary credentials whose end is not known may end soon: AWS Lambda does not tell it. */
const unknownLifetimeSeconds = 15 * 60

/** Returns the key and the time of a new signature, and its lifetime: it ends with the credentials at the latest. */
export async function startSignature({ credentials, now: time }: Connection, expiresIn: number) {
  const key = await credentials.get()
  const now = time()
  const { expiresAt: end, sessionToken } = key
  const most = end === undefined ? (sessionToken ? unknownLifetimeSeconds : Infinity) : (end - now) / 1000
  // S3 rejects fractions of a second and less than one, and the date of a signature has whole seconds.
  const seconds = Math.max(1, Math.floor(Math.min(expiresIn, most)))
  return { key, now, seconds, expiresAt: (Math.floor(now / 1000) + seconds) * 1000 }
}
