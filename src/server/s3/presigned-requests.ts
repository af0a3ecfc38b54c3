import { partCount } from '../../protocol/s3-limits.ts'
import type { PartUrl, PostTicket, PutTicket } from '../../protocol/ticket.ts'
import type { PreflightRequest } from '../../protocol/wire.ts'
import { objectUrl } from './address.ts'
import type { Bucket } from './connection.ts'
import { signForm } from './post-policy.ts'
import { signHeaders, signQuery, startSignature } from './signer.ts'
import type {
  RequestedPart,
  OpenMultipart,
  PolicyTarget,
  PresignTarget,
  SignedGetOptions,
  WithExpiry,
} from './storage.ts'

/**
 * Signs a PUT. The ticket lists the signed headers for the browser, except Content-Length, which the browser sets
 * itself.
 */
export async function signPut(
  bucket: Bucket,
  { key, size, type, writeOnce, headers: objectHeaders }: PresignTarget,
  expiresIn: number,
): Promise<WithExpiry<PutTicket>> {
  const mayWriteOnce = writeOnce && (await bucket.features.get()).writeOnce
  const headers = { 'Content-Type': type, ...objectHeaders, ...(mayWriteOnce && { 'If-None-Match': '*' }) }
  // A signed Content-Length is an exact size limit.
  const signedHeaders = { ...headers, 'Content-Length': String(size) }
  return {
    kind: 'put',
    ...(await signUrl(bucket, { method: 'PUT', key, headers: signedHeaders }, expiresIn)),
    headers,
  }
}

/**
 * Signs a policy for one key, one type and one exact size. With status 201, S3 answers XML with key and ETag.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signPost(
  bucket: Bucket,
  { key, size, type, headers }: PresignTarget,
  expiresIn: number,
): Promise<WithExpiry<PostTicket>> {
  return { kind: 'post', ...(await signForm(bucket, { key }, { type, headers }, [size, size], expiresIn)) }
}

/** Signs a policy for all keys below a prefix. */
export function signPolicy(bucket: Bucket, target: PolicyTarget, expiresIn: number) {
  const { prefix, type, headers, minSize, maxSize } = target
  return signForm(bucket, { prefix }, { type, headers }, [minSize, maxSize], expiresIn)
}

/** Signs a URL for each part. The signature contains the size of the part and, if there is one, its checksum. */
export async function signPartUrls(
  bucket: Bucket,
  { key, uploadId, size, partSize }: OpenMultipart,
  parts: readonly RequestedPart[],
  expiresIn: number,
): Promise<PartUrl[]> {
  const lastPartNumber = partCount(size, partSize)
  return Promise.all(
    parts.map(async ({ partNumber, checksum }) => {
      const length = partNumber < lastPartNumber ? partSize : size - (lastPartNumber - 1) * partSize
      // Checksums are signed as headers, because S3 ignores them in the query.
      const headers = checksum !== undefined && {
        'x-amz-checksum-crc64nvme': checksum,
        'x-amz-sdk-checksum-algorithm': 'CRC64NVME',
      }
      const { url } = await signUrl(
        bucket,
        {
          method: 'PUT',
          key,
          query: { partNumber: String(partNumber), uploadId },
          // Does not sign Content-Type, because a slice of a file has no type, so the browser could not send the
          // signed type.
          headers: { 'Content-Length': String(length), ...headers },
        },
        expiresIn,
      )
      return { partNumber, url, ...(headers && { headers }) }
    }),
  )
}

/** Signs a HEAD of the bucket, which browsers use to preconnect. */
export async function signHello(bucket: Bucket, expiresIn: number): Promise<string> {
  return (await signUrl(bucket, { method: 'HEAD' }, expiresIn)).url
}

/**
 * Lifetime of a signature by headers, which has no expiry of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
const headerSignatureSeconds = 15 * 60

/**
 * Signs a HEAD by headers for each URL of the bucket's POSTs. `origins` are the further origins of the bucket. Returns
 * nothing if the credentials end before the signature.
 */
export async function signPreflights(
  { connection, name }: Bucket,
  origins: readonly string[],
): Promise<PreflightRequest[]> {
  const address = await connection.publicAddressOf(name)
  const { accessKey, now, seconds } = await startSignature(connection, headerSignatureSeconds)
  if (seconds < headerSignatureSeconds) return []
  const { origin: ownOrigin, href } = objectUrl(address)
  return Promise.all(
    [ownOrigin, ...origins].map(async (origin) => {
      const url = href.replace(ownOrigin, () => origin)
      const request = {
        method: 'HEAD',
        url: new URL(url),
        headers: {},
        region: address.region,
        accessKey,
        now,
      }
      return { url, headers: Object.fromEntries(await signHeaders(request)) }
    }),
  )
}

/** Signs a GET. The headers of the response are part of the signature. */
export async function signGet(
  bucket: Bucket,
  key: string,
  { expiresIn, type, contentDisposition }: SignedGetOptions & { readonly expiresIn: number },
): Promise<string> {
  const query = {
    ...(type !== undefined && { 'response-content-type': type }),
    ...(contentDisposition !== undefined && { 'response-content-disposition': contentDisposition }),
  }
  return (await signUrl(bucket, { method: 'GET', key, query }, expiresIn)).url
}

interface UrlToSign {
  readonly method: string
  /** Object key. Absent for a request to the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

async function signUrl(
  { connection, name }: Bucket,
  { method, key, query = {}, headers = {} }: UrlToSign,
  expiresIn: number,
): Promise<{ url: string; expiresAt: number }> {
  const address = await connection.publicAddressOf(name)
  const url = objectUrl(address, key)
  for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value)
  const { seconds, expiresAt, ...signature } = await startSignature(connection, expiresIn)
  const request = { method, url, headers, region: address.region, ...signature }
  return { url: await signQuery(request, seconds), expiresAt }
}
