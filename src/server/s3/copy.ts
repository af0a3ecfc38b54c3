import { plainEtag } from '../../protocol/etag.ts'
import { maxSingleSize, partCount, partSizeFor } from '../../protocol/s3-limits.ts'
import { encodeKey } from './address.ts'
import { isAccessPoint } from './bucket-name.ts'
import type { Bucket } from './connection.ts'
import { isConflict, isNotFound, isPreconditionFailed, isUnsupported } from './errors.ts'
import { learnCopyCondition, sendWithFallback, supportsCopyConditions } from './feature-memory.ts'
import { abortParts, completeUpload, createUpload, onlyIfAbsent } from './multipart.ts'
import type { CompletionCondition } from './multipart.ts'
import { longTimeoutMs, sendForHeaders, sendForXml } from './request.ts'
import type { FinalObject, LocatedObject, StoredObject } from './storage.ts'
import { elementText } from './xml.ts'

export interface CopyLimits {
  /** Maximum bytes of a single CopyObject. Larger objects are copied in parts. S3's limit is 5 GiB. */
  readonly partsAbove: number
  /** Bytes of each copied part. */
  readonly partSize: number
}

const s3Limits: CopyLimits = { partsAbove: maxSingleSize, partSize: 256 * 1024 ** 2 }

/** Name of the object metadata that has the id of the object's upload. */
export const uploadIdMetadataKey = 'putaway-id'
export const verifiedMetadataKey = 'putaway-verified'
/** Name of the object metadata that has the width and height of an image: `800x600`. */
export const dimensionsMetadataKey = 'putaway-dimensions'

/**
 * Copies exactly the verified object, by its ETag. If the store supports these conditions, copies only to an empty key,
 * or replaces only the object with the given ETag. Returns undefined when a condition failed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyVerifiedObject(
  sourceBucket: Bucket,
  source: LocatedObject,
  bucket: Bucket,
  destination: FinalObject,
  limits: CopyLimits = s3Limits,
): Promise<StoredObject | undefined> {
  const copyJob = {
    bucket,
    sourceHeaders: sourceHeadersOf(sourceBucket, source),
    size: source.size,
    destination,
    limits,
  }
  // Only a multipart upload can be larger than the limit. After its completion, its ticket cannot write the object
  // again, so the ETag needs no check.
  const isMultipart = source.size > limits.partsAbove
  const etag = await (isMultipart ? withRetry(copyMultipart) : withRetry(copySingle))
  if (etag === false) return undefined
  if (
    !isMultipart &&
    source.etag !== undefined &&
    !(await isCopyOfVerified(bucket, source.etag, destination, etag))
  )
    return undefined
  const { type, uploadId, verified, dimensions } = destination
  const properties = { type, uploadId, verified, ...(dimensions && { dimensions }) }
  return { size: source.size, ...properties, ...(etag !== undefined && { etag }) }

  async function withRetry(copy: CopyFunction): Promise<string | undefined | false> {
    for (let tryCount = 1; ; tryCount += 1) {
      try {
        return await copy(copyJob)
      } catch (thrown) {
        if (isNotFound(thrown) || isPreconditionFailed(thrown)) return false
        if (!isConflict(thrown) || tryCount >= 5) throw thrown
        await new Promise((resolve) => setTimeout(resolve, 100 * tryCount))
      }
    }
  }
}

/**
 * Whether the copy has the bytes of the verified object. A different ETag does not prove that the bytes differ, because
 * AWS gives a new ETag to copies of multipart uploads and of KMS encrypted objects. But if the store ignores the
 * condition of a copy, the bytes may be those of another object. This function then deletes the copy.
 */
async function isCopyOfVerified(
  bucket: Bucket,
  verifiedEtag: string,
  destination: FinalObject,
  etag: string | undefined,
) {
  const { key } = destination
  const copiedEtag = etag ?? (await headEtag(bucket, key))
  if (copiedEtag === verifiedEtag) return true

  const sourceHeaders = {
    'x-amz-copy-source': copySourceHeaderOf(bucket.name, key),
    'x-amz-copy-source-if-match': '"putaway"',
  }
  const failingCopy = () => sendCopy(bucket, key, { ...sourceHeaders, ...objectHeadersOf(destination) })
  if (await supportsCopyConditions(bucket.connection, failingCopy)) return true
  await sendForHeaders(bucket, { operation: 'DeleteObject', method: 'DELETE', key })
  return false
}

/**
 * Tests whether the store refuses to replace an object by a copy: copies the object at the key to the same key, so that a
 * store which ignores the condition replaces the object by itself. See `refusesToReplace`.
 */
export function probeCopyCondition(bucket: Bucket, key: string): Promise<void> {
  const source = { 'x-amz-copy-source': copySourceHeaderOf(bucket.name, key) }
  return learnCopyCondition(bucket, (condition) => sendCopy(bucket, key, { ...source, ...condition }))
}

async function headEtag(bucket: Bucket, key: string): Promise<string | undefined> {
  const headers = await sendForHeaders(bucket, { operation: 'HeadObject', method: 'HEAD', key })
  return plainEtag(headers.get('etag') ?? undefined)
}

interface CopyJob {
  readonly bucket: Bucket
  /** Headers with bucket, key and ETag of the source. */
  readonly sourceHeaders: Readonly<Record<string, string>>
  /** Bytes. */
  readonly size: number
  readonly destination: FinalObject
  readonly limits: CopyLimits
}

type CopyFunction = (job: CopyJob) => Promise<string | undefined>

const copySingle: CopyFunction = async ({ bucket, sourceHeaders, destination }) => {
  const headers = { ...sourceHeaders, ...objectHeadersOf(destination) }
  const { replaces, replacedEtag } = destination
  const feature = replaces ? 'copyIfMatch' : 'copyIfAbsent'
  const header = (await bucket.features.get())[feature]
  const value = replaces ? replacedEtag && `"${replacedEtag}"` : '*'
  if (header === false || value === undefined) return sendCopy(bucket, destination.key, headers)
  return sendWithFallback(
    bucket,
    feature,
    (withCondition) =>
      sendCopy(bucket, destination.key, { ...headers, ...(withCondition && { [header]: value }) }),
    replaces ? isWrongRefusal(bucket, destination) : undefined,
  )
}

async function sendCopy(bucket: Bucket, key: string, headers: Readonly<Record<string, string>>) {
  const xml = await sendForXml(
    bucket,
    {
      operation: 'CopyObject',
      method: 'PUT',
      key,
      headers: {
        ...headers,
        'x-amz-metadata-directive': 'REPLACE',
        // Without it the copy gets the tags of its source.
        ...('x-amz-tagging' in headers && { 'x-amz-tagging-directive': 'REPLACE' }),
      },
      timeoutMs: longTimeoutMs,
    },
    'CopyObjectResult',
  )
  return plainEtag(elementText(xml, 'ETag'))
}

const copyMultipart: CopyFunction = async ({ bucket, sourceHeaders, size, destination, limits }) => {
  const { key } = destination
  const uploadId = await createUpload(bucket, key, objectHeadersOf(destination))
  const upload = { key, uploadId }
  try {
    const partSize = partSizeFor(size, limits.partSize)
    const parts: { partNumber: number; etag: string | undefined }[] = []
    let nextIndex = 0
    const copyNextParts = async () => {
      for (let index = nextIndex++; index < partCount(size, partSize); index = nextIndex++) {
        const end = Math.min(size, (index + 1) * partSize) - 1
        const partNumber = index + 1
        const xml = await sendForXml(
          bucket,
          {
            operation: 'UploadPartCopy',
            method: 'PUT',
            key,
            query: { partNumber: String(partNumber), uploadId },
            headers: { ...sourceHeaders, 'x-amz-copy-source-range': `bytes=${index * partSize}-${end}` },
            timeoutMs: longTimeoutMs,
          },
          'CopyPartResult',
        )
        parts[index] = { partNumber, etag: plainEtag(elementText(xml, 'ETag')) }
      }
    }
    await Promise.all([copyNextParts(), copyNextParts(), copyNextParts(), copyNextParts()])
    return await completeUpload(bucket, upload, parts, completionConditionOf(bucket, destination))
  } catch (thrown) {
    await abortParts(bucket, upload).catch(() => undefined)
    throw thrown
  }
}

function completionConditionOf(bucket: Bucket, to: FinalObject): CompletionCondition | undefined {
  if (!to.replaces) return onlyIfAbsent
  if (to.replacedEtag === undefined) return undefined
  const headers = { 'if-match': `"${to.replacedEtag}"` }
  return { feature: 'copyIfMatch', headers, isRefusal: isWrongRefusal(bucket, to) }
}

/**
 * Returns a function that recognizes a store without conditions on the replaced object: it does not support them, or
 * says that the condition failed although the object still has the ETag. Ceph 16 does that to a PUT, because it compares
 * the quotes too.
 */
function isWrongRefusal(bucket: Bucket, { key, replacedEtag }: FinalObject) {
  return async (thrown: unknown) => {
    if (isUnsupported(thrown)) return true
    return (
      isPreconditionFailed(thrown) && (await headEtag(bucket, key).catch(() => undefined)) === replacedEtag
    )
  }
}

function sourceHeadersOf({ name }: Bucket, { key, etag }: LocatedObject): CopyJob['sourceHeaders'] {
  return {
    'x-amz-copy-source': copySourceHeaderOf(name, key),
    ...(etag !== undefined && { 'x-amz-copy-source-if-match': `"${etag}"` }),
  }
}

/**
 * Returns the value of the header x-amz-copy-source: bucket and key. For an object behind an access point, the value is
 * the object's ARN, whose slashes are not encoded: `arn:aws:s3:<region>:<account>:accesspoint/<name>/object/<key>`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
 */
function copySourceHeaderOf(bucket: string, key: string): string {
  return encodeKey(isAccessPoint(bucket) ? `${bucket}/object/${key}` : `${bucket}/${key}`)
}

function objectHeadersOf(to: FinalObject) {
  const { type, contentDisposition, headers, uploadId, verified, dimensions } = to
  return {
    ...headers,
    'content-type': type,
    'content-disposition': contentDisposition,
    [`x-amz-meta-${uploadIdMetadataKey}`]: uploadId,
    ...(verified && { [`x-amz-meta-${verifiedMetadataKey}`]: 'yes' }),
    ...(dimensions && {
      [`x-amz-meta-${dimensionsMetadataKey}`]: `${dimensions.width}x${dimensions.height}`,
    }),
  }
}
