import { plainEtag } from '../../protocol/etag.ts'
import { maxSingleSize, partCount, partSizeFor } from '../../protocol/s3-limits.ts'
import { encodeKey } from './address.ts'
import { isAccessPoint } from './bucket-name.ts'
import type { Bucket, Connection } from './connection.ts'
import { isConflict, isNotFound, isPreconditionFailed, isUnsupported } from './errors.ts'
import { sendWithFallback } from './feature-memory.ts'
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

/** Metadata key with the id of the object's upload. */
export const uploadIdMetadataKey = 'putaway-id'
export const verifiedMetadataKey = 'putaway-verified'
/** Metadata key with an image's width and height: `800x600`. */
export const dimensionsMetadataKey = 'putaway-dimensions'

/**
 * Copies exactly the verified object, by its ETag. Copies only to an empty key, or replaces only the object with the given
 * ETag, if the store supports these conditions.
 * Returns undefined when a condition failed. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyVerifiedObject(
  sourceBucket: Bucket,
  source: LocatedObject,
  bucket: Bucket,
  to: FinalObject,
  limits: CopyLimits = s3Limits,
): Promise<StoredObject | undefined> {
  const copyJob = { bucket, source: sourceOf(sourceBucket, source), size: source.size, to, limits }
  // An object above the limit was a multipart upload, whose ticket cannot write again, so its ETag needs no check.
  const isMultipart = source.size > limits.partsAbove
  const etag = await (isMultipart ? withRetry(copyMultipart) : withRetry(copySingle))
  if (etag === false) return undefined
  if (!isMultipart && source.etag !== undefined && !(await isCopyOfVerified(bucket, source.etag, to, etag)))
    return undefined
  const { type, uploadId, verified, dimensions } = to
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
 * Whether the copy is of the verified object. A different ETag does not prove that it is another object, because AWS
 * gives a new ETag to copies of multipart and of KMS encrypted objects. But if the store ignores the condition of a
 * copy, the copy may be of another object. It is then deleted.
 */
async function isCopyOfVerified(
  bucket: Bucket,
  verifiedEtag: string,
  to: FinalObject,
  etag: string | undefined,
) {
  const { key } = to
  const copiedEtag = etag ?? (await headEtag(bucket, key))
  if (copiedEtag === verifiedEtag) return true

  const source = {
    'x-amz-copy-source': copySource(bucket.name, key),
    'x-amz-copy-source-if-match': '"putaway"',
  }
  const failingCopy = () => sendCopy(bucket, key, { ...source, ...propertiesOf(to) })
  if (await supportsCopyConditions(bucket.connection, failingCopy)) return true
  await sendForHeaders(bucket, { operation: 'DeleteObject', method: 'DELETE', key })
  return false
}

async function headEtag(bucket: Bucket, key: string): Promise<string | undefined> {
  const headers = await sendForHeaders(bucket, { operation: 'HeadObject', method: 'HEAD', key })
  return plainEtag(headers.get('etag') ?? undefined)
}

interface CopyJob {
  readonly bucket: Bucket
  /** Headers that name the source. */
  readonly source: Readonly<Record<string, string>>
  /** Bytes. */
  readonly size: number
  readonly to: FinalObject
  readonly limits: CopyLimits
}

type CopyFunction = (job: CopyJob) => Promise<string | undefined>

const copySingle: CopyFunction = async ({ bucket, source, to }) => {
  const headers = { ...source, ...propertiesOf(to) }
  const { replaces, replacedEtag } = to
  const feature = replaces ? 'copyIfMatch' : 'copyIfAbsent'
  const header = (await bucket.features.get())[feature]
  const value = replaces ? replacedEtag && `"${replacedEtag}"` : '*'
  if (header === false || value === undefined) return sendCopy(bucket, to.key, headers)
  return sendWithFallback(
    bucket,
    feature,
    (withCondition) => sendCopy(bucket, to.key, { ...headers, ...(withCondition && { [header]: value }) }),
    replaces ? isWrongRefusal(bucket, to) : undefined,
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

const copyMultipart: CopyFunction = async ({ bucket, source, size, to, limits }) => {
  const { key } = to
  const uploadId = await createUpload(bucket, key, propertiesOf(to))
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
            headers: { ...source, 'x-amz-copy-source-range': `bytes=${index * partSize}-${end}` },
            timeoutMs: longTimeoutMs,
          },
          'CopyPartResult',
        )
        parts[index] = { partNumber, etag: plainEtag(elementText(xml, 'ETag')) }
      }
    }
    await Promise.all([copyNextParts(), copyNextParts(), copyNextParts(), copyNextParts()])
    return await completeUpload(bucket, upload, parts, completionConditionOf(bucket, to))
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
 * Returns a function that recognizes a store without conditions on the replaced object: it does not support them, or says that the
 * condition failed although the object still has the ETag. Ceph 16 does that to a PUT, because it compares the quotes too.
 */
function isWrongRefusal(bucket: Bucket, { key, replacedEtag }: FinalObject) {
  return async (thrown: unknown) => {
    if (isUnsupported(thrown)) return true
    return (
      isPreconditionFailed(thrown) && (await headEtag(bucket, key).catch(() => undefined)) === replacedEtag
    )
  }
}

function sourceOf({ name }: Bucket, { key, etag }: LocatedObject): CopyJob['source'] {
  return {
    'x-amz-copy-source': copySource(name, key),
    ...(etag !== undefined && { 'x-amz-copy-source-if-match': `"${etag}"` }),
  }
}

/**
 * Returns bucket and key. For an object behind an access point it returns the object's ARN, whose slashes are not
 * encoded: `arn:aws:s3:<region>:<account>:accesspoint/<name>/object/<key>`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
 */
function copySource(bucket: string, key: string): string {
  return encodeKey(isAccessPoint(bucket) ? `${bucket}/object/${key}` : `${bucket}/${key}`)
}

function propertiesOf(to: FinalObject) {
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

/** Connections to stores that support conditional copies. Each is tested once. */
const conditionalStores = new WeakSet<Connection>()

/**
 * Whether the store checks the conditions of a copy, which Ceph 16 ignores. `failingCopy` sends a copy with a condition
 * that never holds.
 */
async function supportsCopyConditions(
  connection: Connection,
  failingCopy: () => Promise<unknown>,
): Promise<boolean> {
  if (conditionalStores.has(connection)) return true
  try {
    await failingCopy()
    return false
  } catch (thrown) {
    if (!isPreconditionFailed(thrown)) throw thrown
    conditionalStores.add(connection)
    return true
  }
}
