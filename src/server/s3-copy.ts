import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { maxSingleSize, partCount, partSizeFor } from '../protocol/limits.ts'
import { etagOf, isConflict, isGone, isNotImplemented, isPrecondition } from './s3-errors.ts'
import type { Bucket } from './s3-sign.ts'
import type { FinalObject, StoredObject } from './storage.ts'

type Source = StoredObject & { readonly key: string }

export interface CopyLimits {
  /** Above this many bytes the copy is made in parts. S3's own limit is 5 GiB. */
  readonly partsAbove: number
  /** Bytes of each part of it. */
  readonly partSize: number
}

const s3Limits: CopyLimits = { partsAbove: maxSingleSize, partSize: 256 * 1024 ** 2 }

/** The object's mark: which upload it is. */
export const uploadIdMetadata = 'putaway-id'

/**
 * Copies exactly what was verified, by its ETag, and where S3 knows the condition only while nothing is at the final
 * key. Undefined where one of the two did not hold. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyObject(
  bucket: Bucket,
  source: Source,
  to: FinalObject,
  limits: CopyLimits = s3Limits,
): Promise<StoredObject | undefined> {
  const copy = source.size > limits.partsAbove ? copyInParts : copyAtOnce
  let onlyNew = !to.replaces
  for (let attempt = 1; ; attempt += 1) {
    try {
      const etag = await copy(bucket, source, to, onlyNew, limits)
      return { size: source.size, type: to.type, uploadId: to.uploadId, ...(etag !== undefined && { etag }) }
    } catch (thrown) {
      if (isGone(thrown) || isPrecondition(thrown)) return undefined
      if (isNotImplemented(thrown) && onlyNew) onlyNew = false
      else if (isConflict(thrown) && attempt < 5) await new Promise((done) => setTimeout(done, 100 * attempt))
      else throw thrown
    }
  }
}

type Copy = (
  bucket: Bucket,
  source: Source,
  to: FinalObject,
  onlyNew: boolean,
  limits: CopyLimits,
) => Promise<string | undefined>

const copyAtOnce: Copy = async ({ client, name }, source, to, onlyNew) => {
  const { CopyObjectResult } = await client.send(
    new CopyObjectCommand({
      Bucket: name,
      Key: to.key,
      ...sourceOf(name, source),
      ...propertiesOf(to),
      MetadataDirective: 'REPLACE',
      ...(onlyNew && { IfNoneMatch: '*' }),
    }),
  )
  return etagOf(CopyObjectResult?.ETag)
}

const copyInParts: Copy = async ({ client, name }, source, to, onlyNew, limits) => {
  const place = { Bucket: name, Key: to.key }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ...propertiesOf(to) }))
  const upload = { ...place, UploadId }
  try {
    const partSize = partSizeFor(source.size, limits.partSize)
    const etags: (string | undefined)[] = []
    let next = 0
    const copySome = async () => {
      for (let index = next++; index < partCount(source.size, partSize); index = next++) {
        const end = Math.min(source.size, (index + 1) * partSize) - 1
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...upload,
            ...sourceOf(name, source),
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
    return etagOf(ETag)
  } catch (thrown) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw thrown
  }
}

function sourceOf(bucket: string, { key, etag }: Source) {
  return {
    CopySource: [bucket, ...key.split('/')].map(encodeURIComponent).join('/'),
    ...(etag !== undefined && { CopySourceIfMatch: `"${etag}"` }),
  }
}

function propertiesOf({ type, contentDisposition, uploadId }: FinalObject) {
  return {
    ContentType: type,
    ContentDisposition: contentDisposition,
    Metadata: { [uploadIdMetadata]: uploadId },
  }
}
