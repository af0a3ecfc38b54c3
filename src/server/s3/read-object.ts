import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { plainEtag } from '../../protocol/etag.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import { httpStatusOf } from '../error-response.ts'
import type { Dimensions } from '../inspection/image/image-rules.ts'
import { uploadIdMetadataKey, dimensionsMetadataKey, verifiedMetadataKey } from './copy.ts'
import { withDeadline } from './deadline.ts'
import { isNotFound, isPreconditionFailed } from './errors.ts'
import type { Bucket } from './sign.ts'
import type { LocatedObject, StoredObject } from './storage.ts'

/** Reads a range of an object, if its ETag is unchanged. */
export async function readObjectRange(
  { client, name }: Bucket,
  { key, etag, size }: LocatedObject,
  start: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const end = Math.min(size, start + length) - 1
  // A Range header cannot express zero bytes.
  if (end < start) return new Uint8Array()
  try {
    const command = new GetObjectCommand({
      Bucket: name,
      Key: key,
      Range: `bytes=${start}-${end}`,
      ...(etag !== undefined && { IfMatch: `"${etag}"` }),
    })
    return await withDeadline(async (abortSignal) => {
      const { Body } = await client.send(command, { abortSignal })
      return Body?.transformToByteArray()
    })
  } catch (thrown) {
    if (isNotFound(thrown) || isPreconditionFailed(thrown)) return undefined
    throw thrown
  }
}

/** Returns the object at a key with its checksums; undefined when there is none. */
export async function describeObject(
  { client, name }: Bucket,
  key: string,
): Promise<StoredObject | undefined> {
  try {
    const command = new HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: 'ENABLED' })
    const head = await withDeadline((abortSignal) => client.send(command, { abortSignal }))
    const etag = plainEtag(head.ETag)
    const uploadId = head.Metadata?.[uploadIdMetadataKey]
    const dimensions = readDimensions(head.Metadata?.[dimensionsMetadataKey])
    return {
      size: head.ContentLength ?? 0,
      type: head.ContentType ?? '',
      ...(etag !== undefined && { etag }),
      checksums: readHeadChecksums(head),
      ...(uploadId !== undefined && { uploadId, verified: head.Metadata?.[verifiedMetadataKey] === 'yes' }),
      ...(dimensions && { dimensions }),
    }
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined
    // The response to HEAD has no body, so the SDK error has only the status.
    if (httpStatusOf(thrown) !== 403) throw thrown
    const message =
      'Storage answered 403 to HeadObject: the client needs s3:GetObject and s3:ListBucket. Or the clock of this server is wrong.'
    throw new Error(message, { cause: thrown })
  }
}

function readDimensions(text = ''): Dimensions | undefined {
  const [, width, height] = /^(\d{1,9})x(\d{1,9})$/.exec(text) ?? []
  return width && height ? { width: Number(width), height: Number(height) } : undefined
}

/** Reads an object's checksums. S3 computes CRC64NVME if the upload had none; other stores keep only a sent one. */
function readHeadChecksums(head: HeadObjectCommandOutput): Checksum[] {
  const { ChecksumCRC32: crc32, ChecksumCRC32C: crc32c, ChecksumCRC64NVME: crc64 } = head
  const { ChecksumSHA1: sha1, ChecksumSHA256: sha256 } = head
  return [
    { algorithm: 'CRC64NVME' as const, value: crc64 },
    { algorithm: 'CRC32' as const, value: crc32 },
    { algorithm: 'CRC32C' as const, value: crc32c },
    { algorithm: 'SHA1' as const, value: sha1 },
    { algorithm: 'SHA256' as const, value: sha256 },
  ].flatMap(({ algorithm, value }) => (value === undefined ? [] : [{ algorithm, value }]))
}
