import { plainEtag } from '../../protocol/etag.ts'
import { partSizeFor } from '../../protocol/s3-limits.ts'
import type { StoredPart } from '../../protocol/ticket.ts'
import type { Bucket } from './connection.ts'
import { isNotFound, isPreconditionFailed } from './errors.ts'
import { sendWithFallback } from './feature-memory.ts'
import { longTimeoutMs, sendForHeaders, sendForXml } from './request.ts'
import type { CreatedMultipart, OpenMultipart, PresignTarget } from './storage.ts'
import { elementsOf, toXmlText, elementText } from './xml.ts'

type UploadRef = Pick<OpenMultipart, 'key' | 'uploadId'>

/** S3 accepts checksums of parts only if the multipart upload was created with the checksum algorithm. */
const partChecksumHeaders = { 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'FULL_OBJECT' }

export async function startMultipart(
  bucket: Bucket,
  { key, size, type, checksum }: PresignTarget,
  partSize: number | undefined,
): Promise<CreatedMultipart> {
  const startUpload = async (withChecksums: boolean) => ({
    ...(withChecksums && checksum && { checksum }),
    uploadId: await createUpload(bucket, key, {
      'content-type': type,
      ...(withChecksums && partChecksumHeaders),
    }),
  })
  const startedUpload = await (checksum
    ? sendWithFallback(bucket, 'checksums', startUpload)
    : startUpload(false))
  return { kind: 'multipart', ...startedUpload, partSize: partSizeFor(size, partSize) }
}

/** Creates a multipart upload. Returns its id. */
export async function createUpload(
  bucket: Bucket,
  key: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const operation = 'CreateMultipartUpload'
  const request = { operation, method: 'POST', key, query: { uploads: '' }, headers } as const
  const uploadId = elementText(await sendForXml(bucket, request, 'InitiateMultipartUploadResult'), 'UploadId')
  if (!uploadId) throw new Error('Storage created a multipart upload without an UploadId.')
  return uploadId
}

/**
 * Lists all parts. A response has at most 1,000 parts:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */
export async function listStoredParts(
  bucket: Bucket,
  { key, uploadId }: UploadRef,
): Promise<StoredPart[] | undefined> {
  const parts: StoredPart[] = []
  let marker: string | undefined
  try {
    do {
      const query = { uploadId, ...(marker !== undefined && { 'part-number-marker': marker }) }
      const request = { operation: 'ListParts', method: 'GET', key, query } as const
      const pageXml = await sendForXml(bucket, request, 'ListPartsResult')
      for (const partXml of elementsOf(pageXml, 'Part')) {
        const etag = plainEtag(elementText(partXml, 'ETag'))
        const partNumber = Number(elementText(partXml, 'PartNumber') ?? 0)
        parts.push({
          partNumber,
          size: Number(elementText(partXml, 'Size') ?? 0),
          ...(etag !== undefined && { etag }),
        })
      }
      const nextMarker =
        elementText(pageXml, 'IsTruncated') === 'true'
          ? elementText(pageXml, 'NextPartNumberMarker')
          : undefined
      // Some stores return the same marker again. The loop must then end.
      marker = nextMarker === marker ? undefined : nextMarker
    } while (marker !== undefined)
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    throw thrown
  }
  return parts
}

/**
 * Completes the upload. Returns false when the upload does not exist, or when the key already has an object. False
 * does not mean that the object is missing, because an earlier request may have completed the upload.
 */
export async function completeParts(
  bucket: Bucket,
  upload: UploadRef,
  parts: readonly StoredPart[],
  writeOnce: boolean,
): Promise<boolean> {
  try {
    await completeUpload(bucket, upload, parts, writeOnce)
    return true
  } catch (thrown) {
    if (isNotFound(thrown) || isPreconditionFailed(thrown)) return false
    throw thrown
  }
}

/** Completes the upload. Returns the ETag of the object. */
export async function completeUpload(
  bucket: Bucket,
  { key, uploadId }: UploadRef,
  parts: readonly { readonly partNumber: number; readonly etag?: string | undefined }[],
  onlyIfAbsent: boolean,
): Promise<string | undefined> {
  const partsXml = parts.map(({ partNumber, etag }) => {
    const etagXml = etag === undefined ? '' : `<ETag>${toXmlText(etag)}</ETag>`
    return `<Part><PartNumber>${partNumber}</PartNumber>${etagXml}</Part>`
  })
  const sendCompletion = async (withCondition: boolean) =>
    sendForXml(
      bucket,
      {
        operation: 'CompleteMultipartUpload',
        method: 'POST',
        key,
        query: { uploadId },
        headers: withCondition ? { 'if-none-match': '*' } : {},
        body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${partsXml.join('')}</CompleteMultipartUpload>`,
        timeoutMs: longTimeoutMs,
      },
      'CompleteMultipartUploadResult',
    )
  const xml = await (onlyIfAbsent
    ? sendWithFallback(bucket, 'writeOnce', sendCompletion)
    : sendCompletion(false))
  return plainEtag(elementText(xml, 'ETag'))
}

export async function abortParts(bucket: Bucket, { key, uploadId }: UploadRef): Promise<void> {
  try {
    const operation = 'AbortMultipartUpload'
    await sendForHeaders(bucket, { operation, method: 'DELETE', key, query: { uploadId } })
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
  }
}
