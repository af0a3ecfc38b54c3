import { plainEtag } from '../../protocol/etag.ts'
import { maxSingleSize, partCount, partSizeFor } from '../../protocol/s3-limits.ts'
import { encodeKey } from './address.ts'
import { isAccessPoint } from './bucket-name.ts'
import type { Bucket, Connection } from './connection.ts'
import { isConflict, isNotFound, isPreconditionFailed } from './errors.ts'
import { sendWithFallback } from './feature-memory.ts'
import { abortParts, completeUpload, createUpload } from './multipart.ts'
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
 * Copies exactly the verified object, by its ETag. If the store supports that condition, copies only if no object
 * exists at the destination key. Returns undefined when a condition failed.
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
  const { copyIfAbsent } = await bucket.features.get()
  if (destination.replaces || copyIfAbsent === false) return sendCopy(bucket, destination.key, headers)
  return sendWithFallback(bucket, 'copyIfAbsent', (withCondition) =>
    sendCopy(bucket, destination.key, { ...headers, ...(withCondition && { [copyIfAbsent]: '*' }) }),
  )
}

async function sendCopy(bucket: Bucket, key: string, headers: Readonly<Record<string, string>>) {
  const xml = await sendForXml(
    bucket,
    {
      operation: 'CopyObject',
      method: 'PUT',
      key,
      headers: { ...headers, 'x-amz-metadata-directive': 'REPLACE' },
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
    return await completeUpload(bucket, upload, parts, !destination.replaces)
  } catch (thrown) {
    await abortParts(bucket, upload).catch(() => undefined)
    throw thrown
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

function objectHeadersOf({ type, contentDisposition, uploadId, verified, dimensions }: FinalObject) {
  return {
    'content-type': type,
    'content-disposition': contentDisposition,
    [`x-amz-meta-${uploadIdMetadataKey}`]: uploadId,
    ...(verified && { [`x-amz-meta-${verifiedMetadataKey}`]: 'yes' }),
    ...(dimensions && {
      [`x-amz-meta-${dimensionsMetadataKey}`]: `${dimensions.width}x${dimensions.height}`,
    }),
  }
}

/**
 * Connections to stores that passed the test of `supportsCopyConditions`. The test does not run again for these
 * connections.
 */
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
