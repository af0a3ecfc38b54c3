import type { IncomingMessage } from 'node:http'
import { S3Error } from './error.ts'

/** A parsed S3 request. */
export interface S3Request {
  method: string
  bucket: string | undefined
  key: string | undefined
  /** `?partNumber=`, if it is a number. */
  part: number | undefined
  /** The path in canonical URI encoding, for the signature. */
  canonicalPath: string
  query: URLSearchParams
  /** Names in lower case, values decoded as UTF-8. */
  headers: Readonly<Record<string, string | undefined>>
  /** Returns the raw bytes of the body. An early exit leaves the connection usable. */
  body: () => AsyncIterable<Buffer>
}

/** The response of an operation. The body may be a stream. */
export interface S3Response {
  status: number
  headers?: Record<string, string | number | undefined>
  body?: string | AsyncIterable<Uint8Array>
  /** The key from a form field, if it is not in the URL. */
  key?: string
}

const maxKeyBytes = 1024

/** @throws S3Error KeyTooLongError */
export function checkKeyLength(key: string) {
  const size = Buffer.byteLength(key)
  if (size > maxKeyBytes)
    throw new S3Error('KeyTooLongError', undefined, { Size: size, MaxSizeAllowed: maxKeyBytes })
}

const decoder = new TextDecoder('utf-8')

/** Encodes as SigV4 requires: everything except RFC 3986's unreserved characters. */
export const encodeUri = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Encodes a path like `encodeUri`, but keeps slashes. */
export const encodePath = (path: string) => path.split('/').map(encodeUri).join('/')

function decodePath(path: string) {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

/** Node decodes headers and the request line as Latin-1; S3 decodes them as UTF-8. */
const decodeUtf8 = (text: string) => decoder.decode(Buffer.from(text, 'latin1'))

/** Returns the bucket of a virtual-hosted request: `photos` for the Host `photos.localhost:9000`. */
const readHostBucket = (host: string | undefined) =>
  /^([a-z0-9][a-z0-9.-]+)\.localhost(:\d+)?$/.exec(host ?? '')?.[1]

/** @throws S3Error InvalidURI, KeyTooLongError */
export function readS3Request(incoming: IncomingMessage, body: () => AsyncIterable<Buffer>): S3Request {
  // A request line in absolute form contains the complete URL.
  const target = decodeUtf8(incoming.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const queryStart = target.indexOf('?')
  const path = decodePath(queryStart < 0 ? target : target.slice(0, queryStart)) || '/'
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === 'string') headers[name] = decodeUtf8(value)
  }

  const query = new URLSearchParams(queryStart < 0 ? '' : target.slice(queryStart + 1))
  const virtualBucket = readHostBucket(headers.host)
  const slash = path.indexOf('/', 1)
  const bucket = virtualBucket ?? (slash < 0 ? path.slice(1) : path.slice(1, slash))
  const key = virtualBucket ? path.slice(1) : slash < 0 ? '' : path.slice(slash + 1)
  checkKeyLength(key)
  return {
    method: incoming.method ?? 'GET',
    bucket: bucket || undefined,
    key: key || undefined,
    part: /^\d+$/.test(query.get('partNumber') ?? '') ? Number(query.get('partNumber')) : undefined,
    canonicalPath: encodePath(path),
    query,
    headers,
    body,
  }
}

/**
 * Query parameters that do not count as headers: signature parameters, and checksums and tags
 * (https://github.com/aws/aws-sdk-js-v3/issues/3496).
 */
const notHoistedNames =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|tagging|user-agent|sdk-checksum-algorithm|trailer|checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/

const checksumNames = /^x-amz-(sdk-checksum-algorithm|checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/

/**
 * Adds x-amz-… query parameters to the headers: a presigner moves headers into the query, and S3 treats both alike.
 * @param withChecksums whether checksums in the query count too
 */
export function hoistQueryHeaders(request: S3Request, withChecksums = false): S3Request {
  const hoisted = [...request.query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(
      ([name]) =>
        name.startsWith('x-amz-') &&
        (!notHoistedNames.test(name) || (withChecksums && checksumNames.test(name))),
    )
  if (hoisted.length === 0) return request
  return { ...request, headers: { ...Object.fromEntries(hoisted), ...request.headers } }
}
