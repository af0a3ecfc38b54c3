import { plainEtag } from '../protocol/etag.ts'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { maxSingleSize, partCount, partSizeFor } from '../protocol/limits.ts'
import { isConflict, isGone, isNotImplemented, isPrecondition } from './s3-errors.ts'
import type { Bucket } from './s3-sign.ts'
import type { FinalObject, Found, StoredObject } from './storage.ts'

export interface CopyLimits {
  /** Above this many bytes the copy is made in parts. S3's own limit is 5 GiB. */
  readonly partsAbove: number
  /** Bytes of each part of it. */
  readonly partSize: number
}

const s3Limits: CopyLimits = { partsAbove: maxSingleSize, partSize: 256 * 1024 ** 2 }

/** The object's mark: which upload it is. */
export const uploadIdMetadata = 'putaway-id'
export const verifiedMetadata = 'putaway-verified'
/** Width and height of an image: `800x600`. */
export const dimensionsMetadata = 'putaway-dimensions'

/**
 * Copies exactly what was verified, by its ETag, and where S3 knows the condition only while nothing is at the final
 * key. Undefined where one of the two did not hold. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyObject(
  from: Bucket,
  source: Found,
  bucket: Bucket,
  to: FinalObject,
  limits: CopyLimits = s3Limits,
): Promise<StoredObject | undefined> {
  const job = { bucket, source: sourceOf(from, source), size: source.size, to, limits }
  // What is copied in parts was sent in parts, and cannot be sent again.
  const inParts = source.size > limits.partsAbove
  const etag = await (inParts ? attempt(copyInParts) : attempt(copyAtOnce))
  if (etag === false) return undefined
  if (!inParts && source.etag !== undefined && !(await isVerified(bucket, source.etag, to, etag)))
    return undefined
  const { type, uploadId, verified, dimensions } = to
  const known = { type, uploadId, verified, ...(dimensions && { dimensions }) }
  return { size: source.size, ...known, ...(etag !== undefined && { etag }) }

  async function attempt(copy: Copy): Promise<string | undefined | false> {
    let onlyNew = !to.replaces
    for (let tries = 1; ; tries += 1) {
      try {
        return await copy({ ...job, onlyNew })
      } catch (thrown) {
        if (isGone(thrown) || isPrecondition(thrown)) return false
        if (isNotImplemented(thrown) && onlyNew) onlyNew = false
        else if (isConflict(thrown) && tries < 5) await new Promise((done) => setTimeout(done, 100 * tries))
        else throw thrown
      }
    }
  }
}

/** The clients whose storage was found to know conditions: it is asked once. */
const knowConditions = new WeakSet<S3Client>()

/**
 * Whether the copy is of the object that was verified. Where it has another ETag that is no proof: AWS gives copies
 * of multipart and of KMS encrypted objects a new one. But Ceph 16 ignores the condition of the copy, so then the
 * storage is asked whether it knows conditions at all. If not, the copy is of something else, and goes.
 */
async function isVerified(
  { client, name }: Bucket,
  verified: string,
  to: FinalObject,
  etag: string | undefined,
) {
  const place = { Bucket: name, Key: to.key }
  const copied = etag ?? plainEtag((await client.send(new HeadObjectCommand(place))).ETag)
  if (copied === verified || knowConditions.has(client)) return true

  const neverTrue = { CopySource: copySource(name, to.key), CopySourceIfMatch: '"putaway"' }
  try {
    await client.send(
      new CopyObjectCommand({ ...place, ...neverTrue, ...propertiesOf(to), MetadataDirective: 'REPLACE' }),
    )
  } catch (thrown) {
    if (!isPrecondition(thrown)) throw thrown
    knowConditions.add(client)
    return true
  }
  await client.send(new DeleteObjectCommand(place))
  return false
}

interface CopyJob {
  readonly bucket: Bucket
  readonly source: { readonly CopySource: string; readonly CopySourceIfMatch?: string }
  /** Bytes. */
  readonly size: number
  readonly to: FinalObject
  readonly limits: CopyLimits
  readonly onlyNew: boolean
}

type Copy = (job: CopyJob) => Promise<string | undefined>

const copyAtOnce: Copy = async ({ bucket: { client, name }, source, to, onlyNew }) => {
  const { CopyObjectResult } = await client.send(
    new CopyObjectCommand({
      Bucket: name,
      Key: to.key,
      ...source,
      ...propertiesOf(to),
      MetadataDirective: 'REPLACE',
      ...(onlyNew && { IfNoneMatch: '*' }),
    }),
  )
  return plainEtag(CopyObjectResult?.ETag)
}

const copyInParts: Copy = async ({ bucket: { client, name }, source, size, to, onlyNew, limits }) => {
  const place = { Bucket: name, Key: to.key }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ...propertiesOf(to) }))
  const upload = { ...place, UploadId }
  try {
    const partSize = partSizeFor(size, limits.partSize)
    const etags: (string | undefined)[] = []
    let next = 0
    const copySome = async () => {
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
    await Promise.all([copySome(), copySome(), copySome(), copySome()])
    const { ETag } = await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: etags.map((each, index) => ({ PartNumber: index + 1, ETag: each })) },
        ...(onlyNew && { IfNoneMatch: '*' }),
      }),
    )
    return plainEtag(ETag)
  } catch (thrown) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw thrown
  }
}

function sourceOf({ name }: Bucket, { key, etag }: Found): CopyJob['source'] {
  return {
    CopySource: copySource(name, key),
    ...(etag !== undefined && { CopySourceIfMatch: `"${etag}"` }),
  }
}

/**
 * Bucket and key, or the ARN of an object behind an access point, whose slashes stay as they are:
 * `arn:aws:s3:<region>:<account>:accesspoint/<name>/object/<key>`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
 */
function copySource(bucket: string, key: string): string {
  const source = isAccessPoint(bucket) ? `${bucket}/object/${key}` : `${bucket}/${key}`
  return source.split('/').map(encodeURIComponent).join('/')
}

/** Whether a bucket is named by the ARN of an access point, of S3 itself or of S3 on Outposts. */
export function isAccessPoint(bucket: string): boolean {
  return bucket.startsWith('arn:')
}

function propertiesOf({ type, contentDisposition, uploadId, verified, dimensions }: FinalObject) {
  return {
    ContentType: type,
    ContentDisposition: contentDisposition,
    Metadata: {
      [uploadIdMetadata]: uploadId,
      ...(verified && { [verifiedMetadata]: 'yes' }),
      ...(dimensions && { [dimensionsMetadata]: `${dimensions.width}x${dimensions.height}` }),
    },
  }
}
