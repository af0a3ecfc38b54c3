import { plainEtag } from '../../protocol/etag.ts'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { maxSingleSize, partCount, partSizeFor } from '../../protocol/s3-limits.ts'
import { isAccessPoint, supportsCopyConditions } from './compatibility.ts'
import { isConflict, isNotFound, isNotImplemented, isPreconditionFailed } from './errors.ts'
import type { Bucket } from './sign.ts'
import type { FinalObject, LocatedObject, StoredObject } from './storage.ts'

export interface CopyLimits {
  /** Maximum bytes of a single CopyObject; larger objects are copied in parts. S3's limit is 5 GiB. */
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
 * Copies exactly the verified object, by its ETag, and only to an empty key where the store supports that condition.
 * Undefined when a condition failed. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyVerifiedObject(
  from: Bucket,
  source: LocatedObject,
  bucket: Bucket,
  to: FinalObject,
  limits: CopyLimits = s3Limits,
): Promise<StoredObject | undefined> {
  const job = { bucket, source: sourceOf(from, source), size: source.size, to, limits }
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
    let onlyIfAbsent = !to.replaces
    for (let tries = 1; ; tries += 1) {
      try {
        return await copy({ ...job, onlyIfAbsent })
      } catch (thrown) {
        if (isNotFound(thrown) || isPreconditionFailed(thrown)) return false
        if (isNotImplemented(thrown) && onlyIfAbsent) onlyIfAbsent = false
        else if (isConflict(thrown) && tries < 5) await new Promise((done) => setTimeout(done, 100 * tries))
        else throw thrown
      }
    }
  }
}

/**
 * Whether the copy is of the verified object. A different ETag does not prove that it is another object: AWS gives copies of multipart
 * and of KMS encrypted objects a new one. But if the store ignores the condition of the copy, the copy may be of another
 * object and is deleted.
 */
async function isCopyOfVerified(
  { client, name }: Bucket,
  verifiedEtag: string,
  to: FinalObject,
  etag: string | undefined,
) {
  const destination = { Bucket: name, Key: to.key }
  const copiedEtag = etag ?? plainEtag((await client.send(new HeadObjectCommand(destination))).ETag)
  if (copiedEtag === verifiedEtag) return true

  const failingCondition = { CopySource: copySource(name, to.key), CopySourceIfMatch: '"putaway"' }
  const failingCopy = () =>
    client.send(
      new CopyObjectCommand({
        ...destination,
        ...failingCondition,
        ...propertiesOf(to),
        MetadataDirective: 'REPLACE',
      }),
    )
  if (await supportsCopyConditions(client, failingCopy)) return true
  await client.send(new DeleteObjectCommand(destination))
  return false
}

interface CopyJob {
  readonly bucket: Bucket
  readonly source: { readonly CopySource: string; readonly CopySourceIfMatch?: string }
  /** Bytes. */
  readonly size: number
  readonly to: FinalObject
  readonly limits: CopyLimits
  readonly onlyIfAbsent: boolean
}

type CopyFunction = (job: CopyJob) => Promise<string | undefined>

const copySingle: CopyFunction = async ({ bucket: { client, name }, source, to, onlyIfAbsent }) => {
  const { CopyObjectResult } = await client.send(
    new CopyObjectCommand({
      Bucket: name,
      Key: to.key,
      ...source,
      ...propertiesOf(to),
      MetadataDirective: 'REPLACE',
      ...(onlyIfAbsent && { IfNoneMatch: '*' }),
    }),
  )
  return plainEtag(CopyObjectResult?.ETag)
}

const copyMultipart: CopyFunction = async ({
  bucket: { client, name },
  source,
  size,
  to,
  onlyIfAbsent,
  limits,
}) => {
  const destination = { Bucket: name, Key: to.key }
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...destination, ...propertiesOf(to) }),
  )
  const upload = { ...destination, UploadId }
  try {
    const partSize = partSizeFor(size, limits.partSize)
    const etags: (string | undefined)[] = []
    let next = 0
    const copyNextParts = async () => {
      for (let index = next++; index < partCount(size, partSize); index = next++) {
        const end = Math.min(size, (index + 1) * partSize) - 1
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...upload,
            ...source,
            PartNumber: index + 1,
            CopySourceRange: `bytes=${index * partSize}-${end}`,
          }),
        )
        etags[index] = CopyPartResult?.ETag
      }
    }
    await Promise.all([copyNextParts(), copyNextParts(), copyNextParts(), copyNextParts()])
    const { ETag } = await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: etags.map((each, index) => ({ PartNumber: index + 1, ETag: each })) },
        ...(onlyIfAbsent && { IfNoneMatch: '*' }),
      }),
    )
    return plainEtag(ETag)
  } catch (thrown) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw thrown
  }
}

function sourceOf({ name }: Bucket, { key, etag }: LocatedObject): CopyJob['source'] {
  return {
    CopySource: copySource(name, key),
    ...(etag !== undefined && { CopySourceIfMatch: `"${etag}"` }),
  }
}

/**
 * Returns bucket and key, or the ARN of an object behind an access point, whose slashes are not encoded:
 * `arn:aws:s3:<region>:<account>:accesspoint/<name>/object/<key>`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
 */
function copySource(bucket: string, key: string): string {
  const source = isAccessPoint(bucket) ? `${bucket}/object/${key}` : `${bucket}/${key}`
  return source.split('/').map(encodeURIComponent).join('/')
}

function propertiesOf({ type, contentDisposition, uploadId, verified, dimensions }: FinalObject) {
  return {
    ContentType: type,
    ContentDisposition: contentDisposition,
    Metadata: {
      [uploadIdMetadataKey]: uploadId,
      ...(verified && { [verifiedMetadataKey]: 'yes' }),
      ...(dimensions && { [dimensionsMetadataKey]: `${dimensions.width}x${dimensions.height}` }),
    },
  }
}
