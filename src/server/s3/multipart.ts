import { plainEtag } from '../../protocol/etag.ts'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { partSizeFor } from '../../protocol/s3-limits.ts'
import type { MultipartTicket, StoredPart } from '../../protocol/ticket.ts'
import { isNotFound, isPreconditionFailed } from './errors.ts'
import type { Bucket } from './sign.ts'
import type { OpenMultipart, PresignTarget } from './storage.ts'

export async function openParts(
  { client, name }: Bucket,
  { key, size, type }: PresignTarget,
  partSize: number | undefined,
  withChecksums: boolean,
): Promise<MultipartTicket> {
  const command = new CreateMultipartUploadCommand({
    Bucket: name,
    Key: key,
    ContentType: type,
    // S3 accepts checksums of parts only when the upload was created with the algorithm.
    ...(withChecksums && { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' }),
  })
  const { UploadId } = await client.send(command)
  if (!UploadId) throw new Error('Storage created a multipart upload without an UploadId.')
  return { kind: 'multipart', uploadId: UploadId, partSize: partSizeFor(size, partSize) }
}

/** Lists all parts. A page has at most 1,000: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listStoredParts(
  { client, name }: Bucket,
  { key, uploadId }: OpenMultipart,
): Promise<StoredPart[] | undefined> {
  const parts: StoredPart[] = []
  let marker: string | undefined
  try {
    do {
      const page = await client.send(
        new ListPartsCommand({ Bucket: name, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
      )
      for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
        const etag = plainEtag(ETag)
        parts.push({ partNumber: PartNumber ?? 0, size: Size ?? 0, ...(etag !== undefined && { etag }) })
      }
      const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
      // A store that repeats a marker would cause an endless loop.
      marker = next === marker ? undefined : next
    } while (marker !== undefined)
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    throw thrown
  }
  return parts
}

/** Completes the upload; false when it does not exist. The SDK also throws errors that S3 sends with status 200. */
export async function completeParts(
  { client, name }: Bucket,
  { key, uploadId }: OpenMultipart,
  parts: readonly StoredPart[],
  writeOnce: boolean,
): Promise<boolean> {
  const command = new CompleteMultipartUploadCommand({
    Bucket: name,
    Key: key,
    UploadId: uploadId,
    MultipartUpload: { Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })) },
    ...(writeOnce && { IfNoneMatch: '*' }),
  })
  try {
    await client.send(command)
    return true
  } catch (thrown) {
    if (isNotFound(thrown) || isPreconditionFailed(thrown)) return false
    throw thrown
  }
}

export async function abortParts(
  { client, name }: Bucket,
  { key, uploadId }: Pick<OpenMultipart, 'key' | 'uploadId'>,
): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: name, Key: key, UploadId: uploadId }))
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
  }
}
