import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { partCount } from '../protocol/limits.ts'
import type { PartUrl, PostTicket, PutTicket } from '../protocol/ticket.ts'
import type { AskedPart, OpenParts, PolicyTarget, Target } from './storage.ts'

/** A bucket and the client that reaches it. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
}

/**
 * The SDK leaves Content-Type out of what it signs; then a browser may send another one, and newer Ceph refuses any.
 * Content-Length is signed as it is, and that is an exact size limit.
 */
const signContentType = new Set(['content-type'])

/** The browser sets Content-Length by itself; everything else that is signed it must be told. */
export async function signPut(bucket: Bucket, target: Target, expiresIn: number): Promise<PutTicket> {
  const { key, size, type, writeOnce } = target
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    ContentType: type,
    ContentLength: size,
    ...(writeOnce && { IfNoneMatch: '*' }),
  })
  const url = await getSignedUrl(bucket.client, command, { expiresIn, signableHeaders: signContentType })
  return { kind: 'put', url, headers: { 'Content-Type': type, ...(writeOnce && { 'If-None-Match': '*' }) } }
}

/**
 * A policy for one key, one type and one exact size. 201 makes S3 answer with XML that names key and ETag.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signPost(bucket: Bucket, target: Target, expiresIn: number): Promise<PostTicket> {
  const { key, size, type } = target
  return { kind: 'post', ...(await signForm(bucket, key, type, [size, size], expiresIn)) }
}

/** A policy for every key below a prefix: of a key that ends like this the SDK makes a condition of how it begins. */
export function signPolicy(bucket: Bucket, target: PolicyTarget, expiresIn: number) {
  const { prefix, type, minSize, maxSize } = target
  return signForm(bucket, `${prefix}\${filename}`, type, [minSize, maxSize], expiresIn)
}

async function signForm(
  { client, name }: Bucket,
  key: string,
  type: string,
  size: readonly [number, number],
  expiresIn: number,
): Promise<Pick<PostTicket, 'url' | 'fields'>> {
  return createPresignedPost(client, {
    Bucket: name,
    Key: key,
    Expires: expiresIn,
    Conditions: [['content-length-range', ...size]],
    // The SDK makes an exact condition of every field.
    Fields: { 'Content-Type': type, success_action_status: '201' },
  })
}

/** Else the SDK would make query parameters of them, which S3 does not look at. */
const checksumHeaders = new Set(['x-amz-checksum-crc64nvme', 'x-amz-sdk-checksum-algorithm'])

/** Each part is signed for exactly the bytes that the plan gives it and, where it has a checksum, for no others. */
export async function signParts(
  bucket: Bucket,
  { key, uploadId, size, partSize }: OpenParts,
  parts: readonly AskedPart[],
  expiresIn: number,
): Promise<PartUrl[]> {
  const last = partCount(size, partSize)
  return Promise.all(
    parts.map(async ({ partNumber, checksum }) => {
      const command = new UploadPartCommand({
        Bucket: bucket.name,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        ContentLength: partNumber < last ? partSize : size - (last - 1) * partSize,
        ...(checksum !== undefined && { ChecksumAlgorithm: 'CRC64NVME', ChecksumCRC64NVME: checksum }),
      })
      const options = { expiresIn, unhoistableHeaders: checksumHeaders }
      return {
        partNumber,
        // Without Content-Type: a slice of a file has none, and the SDK's own would have to be sent exactly.
        url: await getSignedUrl(bucket.client, command, options),
        ...(checksum !== undefined && {
          headers: { 'x-amz-checksum-crc64nvme': checksum, 'x-amz-sdk-checksum-algorithm': 'CRC64NVME' },
        }),
      }
    }),
  )
}

/** HEAD of the bucket. */
export function signHello({ client, name }: Bucket, expiresIn: number): Promise<string> {
  return getSignedUrl(client, new HeadBucketCommand({ Bucket: name }), { expiresIn })
}

export function signGet(bucket: Bucket, key: string, expiresIn: number): Promise<string> {
  return getSignedUrl(bucket.client, new GetObjectCommand({ Bucket: bucket.name, Key: key }), { expiresIn })
}
