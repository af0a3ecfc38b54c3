import { plainEtag } from '../../protocol/etag.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import type { Dimensions } from '../../protocol/image-rules.ts'
import { uploadIdMetadataKey, dimensionsMetadataKey, verifiedMetadataKey } from './copy.ts'
import type { Bucket } from './connection.ts'
import { sendWithFallback } from './feature-memory.ts'
import { httpStatusOf, isNotFound, isPreconditionFailed, createStorageError } from './errors.ts'
import { cancelBody, readAtMost, sendAndRead, sendForHeaders } from './request.ts'
import type { LocatedObject, StoredObject } from './storage.ts'

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
    if (/gzip|deflate|compress|br|zstd/i.test(response.headers.get('content-encoding') ?? '')) {
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

function throwEncoded(): never {
  throw new Error('GetObject: the object has a Content-Encoding, so that its stored bytes cannot be read.')
}

/** Returns the object at a key with its checksums, or undefined when there is none. */
export async function describeObject(bucket: Bucket, key: string): Promise<StoredObject | undefined> {
  try {
    const head = await sendWithFallback(
      bucket,
      'checksums',
      (withChecksums) => {
        const headers = withChecksums ? { 'x-amz-checksum-mode': 'ENABLED' } : {}
        return sendForHeaders(bucket, { operation: 'HeadObject', method: 'HEAD', key, headers })
      },
      // The response to HEAD has no body, so the error has only the status.
      (thrown) => [400, 501].includes(httpStatusOf(thrown) ?? 0),
    )
    const size = head.get('content-length')
    if (size === null) throw new Error('HeadObject: the answer has no Content-Length.')
    const etag = plainEtag(head.get('etag') ?? undefined)
    const uploadId = head.get(`x-amz-meta-${uploadIdMetadataKey}`)
    const dimensions = readDimensions(head.get(`x-amz-meta-${dimensionsMetadataKey}`) ?? '')
    return {
      size: Number(size),
      type: head.get('content-type') ?? '',
      ...(etag !== undefined && { etag }),
      checksums: readHeadChecksums(head),
      ...(uploadId !== null && {
        uploadId,
        verified: head.get(`x-amz-meta-${verifiedMetadataKey}`) === 'yes',
      }),
      ...(dimensions && { dimensions }),
    }
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    // The response to HEAD has no body, so the error has only the status.
    if (httpStatusOf(thrown) !== 403) throw thrown
    const message =
      'Storage answered 403 to HeadObject: the client needs s3:GetObject and s3:ListBucket. Or the clock of this server is wrong.'
    throw new Error(message, { cause: thrown })
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
function readHeadChecksums(head: Headers): Checksum[] {
  return returnedChecksums.flatMap((algorithm) => {
    const value = head.get(`x-amz-checksum-${algorithm.toLowerCase()}`)
    return value === null ? [] : [{ algorithm, value }]
  })
}
