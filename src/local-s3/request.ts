import type { IncomingMessage } from 'node:http'
import { S3Error } from './error.ts'

/** A request as S3 sees it: which bucket, which key, what was asked. */
export interface S3Request {
  method: string
  bucket: string | undefined
  key: string | undefined
  /** `?partNumber=`, where it is a number. */
  part: number | undefined
  /** Path as one canonical URI encoding, for the signature. */
  canonicalPath: string
  query: URLSearchParams
  /** Lower-case names; text is UTF-8. */
  headers: Readonly<Record<string, string | undefined>>
  /** The raw bytes of the body; breaking off leaves the connection usable. */
  body: () => AsyncIterable<Buffer>
}

/** What an operation answers. A body that is a stream is sent as it comes. */
export interface Answer {
  status: number
  headers?: Record<string, string | number | undefined>
  body?: string | AsyncIterable<Uint8Array>
  /** The key, where the URL did not say it: a form names it in a field. */
  key?: string
}

const longestKey = 1024

/** @throws S3Error KeyTooLongError */
export function checkKeyLength(key: string) {
  const size = Buffer.byteLength(key)
  if (size > longestKey)
    throw new S3Error('KeyTooLongError', undefined, { Size: size, MaxSizeAllowed: longestKey })
}

const decoder = new TextDecoder('utf-8')

/** RFC 3986, the way SigV4 wants it: everything but unreserved characters. */
export const encodeUri = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Keeps the slashes of a key. */
export const encodePath = (path: string) => path.split('/').map(encodeUri).join('/')

function decodePath(path: string) {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

/** Node reads header and request lines as Latin-1; S3 reads UTF-8. */
const utf8 = (text: string) => decoder.decode(Buffer.from(text, 'latin1'))

/** `photos` for the Host `photos.localhost:9000`; path-style otherwise. */
const hostBucket = (host: string | undefined) =>
  /^([a-z0-9][a-z0-9.-]+)\.localhost(:\d+)?$/.exec(host ?? '')?.[1]

/** @throws S3Error InvalidURI, KeyTooLongError */
export function readRequest(incoming: IncomingMessage, body: () => AsyncIterable<Buffer>): S3Request {
  // A proxy-style request line carries the whole URL.
  const target = utf8(incoming.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const split = target.indexOf('?')
  const path = decodePath(split < 0 ? target : target.slice(0, split)) || '/'
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === 'string') headers[name] = utf8(value)
  }

  const query = new URLSearchParams(split < 0 ? '' : target.slice(split + 1))
  const virtual = hostBucket(headers.host)
  const slash = path.indexOf('/', 1)
  const bucket = virtual ?? (slash < 0 ? path.slice(1) : path.slice(1, slash))
  const key = virtual ? path.slice(1) : slash < 0 ? '' : path.slice(slash + 1)
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
 * In a query these are of the signature, or do nothing: checksums and tags count only as headers
 * (https://github.com/aws/aws-sdk-js-v3/issues/3496).
 */
const notHoisted =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|tagging|user-agent|sdk-checksum-algorithm|trailer|checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/

const checksum = /^x-amz-(sdk-checksum-algorithm|checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/

/**
 * A presigner moves x-amz-… headers into the query, where S3 reads them just the same.
 * @param withChecksums whether a checksum counts there too
 */
export function withHoisted(request: S3Request, withChecksums = false): S3Request {
  const hoisted = [...request.query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(
      ([name]) =>
        name.startsWith('x-amz-') && (!notHoisted.test(name) || (withChecksums && checksum.test(name))),
    )
  if (hoisted.length === 0) return request
  return { ...request, headers: { ...Object.fromEntries(hoisted), ...request.headers } }
}
