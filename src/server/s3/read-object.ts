import { plainEtag } from '../../protocol/etag.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import type { Dimensions } from '../../protocol/image-rules.ts'
import { uploadIdMetadataKey, dimensionsMetadataKey, verifiedMetadataKey } from './copy.ts'
import type { Bucket } from './connection.ts'
import { sendWithFallback } from './feature-memory.ts'
import { httpStatusOf, isNotFound, isPreconditionFailed, createStorageError } from './errors.ts'
import { cancelBody, readAtMost, sendAndRead, sendForHeaders } from './request.ts'
import type { FindHints, LocatedObject, StoredObject } from './storage.ts'

/** Reads a range of an object. Returns undefined if the object was deleted or its ETag has changed. */
export async function readObjectRange(
  bucket: Bucket,
  { key, etag, size }: LocatedObject,
  start: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const end = Math.min(size, start + length) - 1
  // A Range header cannot express zero bytes.
  if (end < start) return new Uint8Array()
  const rangeHeaders = {
    range: `bytes=${start}-${end}`,
    ...(etag !== undefined && { 'if-match': `"${etag}"` }),
  }
  try {
    // If the object has a Content-Encoding, the query asks for a response without Content-Encoding, so that `fetch`
    // does not decode the body.
    return (
      (await readRange(bucket, key, rangeHeaders, start, end, {})) ??
      (await readRange(bucket, key, rangeHeaders, start, end, { 'response-content-encoding': 'identity' })) ??
      throwEncoded()
    )
  } catch (thrown) {
    if (isNotFound(thrown) || isPreconditionFailed(thrown)) return undefined
    throw thrown
  }
}

/**
 * Reads a range. Returns undefined for an object that was stored with a Content-Encoding, because `fetch` would
 * decode its body.
 */
function readRange(
  bucket: Bucket,
  key: string,
  headers: Readonly<Record<string, string>>,
  start: number,
  end: number,
  query: Readonly<Record<string, string>>,
): Promise<Uint8Array | undefined> {
  const operation = 'GetObject'
  return sendAndRead(bucket, { operation, method: 'GET', key, headers, query }, async (response) => {
    if (isEncoded(response.headers)) {
      await cancelBody(response)
      return undefined
    }
    // A store that ignores the range sends the object from its start.
    const bytesToSkip = response.status === 206 ? 0 : start
    const wantedLength = end - start + 1
    const bytes = (await readAtMost(response, bytesToSkip + wantedLength, operation)).subarray(bytesToSkip)
    if (bytes.length === wantedLength) return bytes
    const message = `the answer ended after ${bytes.length} of ${wantedLength} bytes.`
    throw createStorageError({ operation, message })
  })
}

/** Whether `fetch` decodes the body, so that its bytes and its length are not the stored ones. */
function isEncoded(headers: Headers): boolean {
  return /gzip|deflate|compress|br|zstd/i.test(headers.get('content-encoding') ?? '')
}

function throwEncoded(): never {
  throw new Error('GetObject: the object has a Content-Encoding, so that its stored bytes cannot be read.')
}

/**
 * Maximum size of an object that is read whole although only its first bytes are needed. Amazon S3, MinIO and Ceph omit
 * the checksum of the object from the response to a range (docs/stores.md). For a larger object, a HEAD request beside the
 * range costs less than the bytes.
 */
const maxWholeSize = 256 * 1024

/**
 * Returns the object at a key with its checksums, or undefined when there is none. With hints, also reads its first bytes,
 * by requests that are sent at the same time.
 */
export async function findStoredObject(
  bucket: Bucket,
  key: string,
  hints?: FindHints,
): Promise<StoredObject | undefined> {
  // A Range header cannot express the bytes of an empty object.
  if (!hints || hints.size === 0 || hints.headLength === 0) return describeObject(bucket, key)
  const { size, headLength } = hints
  const hasChecksums = hints.checksums && (await bucket.features.get()).checksums
  const isReadWhole = size <= (hasChecksums ? maxWholeSize : headLength)
  try {
    if (isReadWhole) return await findByGet(bucket, key, headLength, hasChecksums)
    if (!hasChecksums) return await findByGet(bucket, key, headLength, false, { range: rangeOf(headLength) })
    const [start, object] = await Promise.all([
      getStart(bucket, key, headLength, false, { range: rangeOf(headLength) }),
      describeObject(bucket, key),
    ])
    // Both requests must have found the same object.
    const isSame = object?.etag !== undefined && object.etag === start?.etag
    return object && { ...object, ...(isSame && start?.head && { head: start.head }) }
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    // The object is empty, so it has no range, or its bytes are in an archive.
    if (httpStatusOf(thrown) === 416 || isArchived(thrown)) return describeObject(bucket, key)
    throw explainForbidden(thrown, 'GetObject')
  }
}

/** Whether the object has a storage class whose objects must be restored before they can be read, such as GLACIER. */
const isArchived = (thrown: unknown) => thrown instanceof Error && thrown.name === 'InvalidObjectState'

const rangeOf = (length: number) => `bytes=0-${length - 1}`

async function findByGet(...call: Parameters<typeof getStart>): Promise<StoredObject | undefined> {
  const [bucket, key] = call
  return (await getStart(...call)) ?? describeObject(bucket, key)
}

/** Gets an object from its start. Returns undefined if the response does not describe the stored object. */
function getStart(
  bucket: Bucket,
  key: string,
  headLength: number,
  hasChecksums: boolean,
  headers: Readonly<Record<string, string>> = {},
): Promise<StoredObject | undefined> {
  const operation = 'GetObject'
  const send = (withChecksums: boolean) => {
    const allHeaders = { ...headers, ...(withChecksums && checksumMode) }
    const request = { operation, method: 'GET', key, headers: allHeaders } as const
    return sendAndRead(bucket, request, (response) => readStart(response, headLength, operation))
  }
  return hasChecksums ? sendWithFallback(bucket, 'checksums', send, isChecksumRefusal) : send(false)
}

async function readStart(
  response: Response,
  headLength: number,
  operation: string,
): Promise<StoredObject | undefined> {
  const { status, headers } = response
  const size =
    status === 206
      ? /^bytes 0-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
      : headers.get('content-length')
  if (!size || isEncoded(headers)) {
    await cancelBody(response)
    return undefined
  }
  const object = objectOfHeaders(headers, Number(size))
  const wantedLength = Math.min(headLength, object.size)
  // Reads a small object to its end, because a canceled body costs the connection.
  const maxLength = status === 206 || object.size > maxWholeSize ? wantedLength : object.size
  const bytes = await readAtMost(response, maxLength, operation)
  if (bytes.length < maxLength) {
    const message = `the answer ended after ${bytes.length} of ${maxLength} bytes.`
    throw createStorageError({ operation, message })
  }
  return { ...object, head: bytes.subarray(0, wantedLength) }
}

const checksumMode = { 'x-amz-checksum-mode': 'ENABLED' }

/** Whether the store may refuse the header of checksums. The response to HEAD has no body, so the error has only the status. */
const isChecksumRefusal = (thrown: unknown) => [400, 501].includes(httpStatusOf(thrown) ?? 0)

/** Returns the object at a key with its checksums, or undefined when there is none. */
async function describeObject(bucket: Bucket, key: string): Promise<StoredObject | undefined> {
  try {
    const operation = 'HeadObject'
    const head = await sendWithFallback(
      bucket,
      'checksums',
      (withChecksums) =>
        sendForHeaders(bucket, {
          operation,
          method: 'HEAD',
          key,
          headers: withChecksums ? checksumMode : {},
        }),
      isChecksumRefusal,
    )
    const size = head.get('content-length')
    if (size === null) throw new Error('HeadObject: the answer has no Content-Length.')
    return objectOfHeaders(head, Number(size))
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    throw explainForbidden(thrown, 'HeadObject')
  }
}

/** Returns an error that names the missing permissions or the wrong clock. Returns any other error unchanged. */
function explainForbidden(thrown: unknown, operation: string): unknown {
  if (httpStatusOf(thrown) !== 403 || !(thrown instanceof Error)) return thrown
  const clock = 'the clock of this server is wrong.'
  const permissions = `the client needs s3:GetObject and s3:ListBucket. Or ${clock}`
  // The response to HEAD has no error code, so its error is a StorageError.
  const causes = new Map([
    ['RequestTimeTooSkewed', clock],
    ['AccessDenied', permissions],
    ['StorageError', permissions],
  ])
  const cause = causes.get(thrown.name)
  if (cause === undefined) return thrown
  return new Error(`Storage answered 403 to ${operation}: ${cause}`, { cause: thrown })
}

function objectOfHeaders(headers: Headers, size: number): StoredObject {
  const etag = plainEtag(headers.get('etag') ?? undefined)
  const uploadId = headers.get(`x-amz-meta-${uploadIdMetadataKey}`)
  const dimensions = readDimensions(headers.get(`x-amz-meta-${dimensionsMetadataKey}`) ?? '')
  return {
    size,
    type: headers.get('content-type') ?? '',
    ...(etag !== undefined && { etag }),
    checksums: readChecksums(headers),
    ...(uploadId !== null && {
      uploadId,
      verified: headers.get(`x-amz-meta-${verifiedMetadataKey}`) === 'yes',
    }),
    ...(dimensions && { dimensions }),
  }
}

function readDimensions(text: string): Dimensions | undefined {
  const [, width, height] = /^(\d{1,9})x(\d{1,9})$/.exec(text) ?? []
  return width && height ? { width: Number(width), height: Number(height) } : undefined
}

const returnedChecksums = ['CRC64NVME', 'CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const

/**
 * Reads an object's checksums. S3 computes a CRC64NVME if the upload had no checksum. Other stores keep a checksum only
 * if the upload contained one.
 */
function readChecksums(headers: Headers): Checksum[] {
  return returnedChecksums.flatMap((algorithm) => {
    const value = headers.get(`x-amz-checksum-${algorithm.toLowerCase()}`)
    return value === null ? [] : [{ algorithm, value }]
  })
}
