import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { partCount } from '../../protocol/s3-limits.ts'
import type { PartUrl, PostTicket, PutTicket } from '../../protocol/ticket.ts'
import type {
  RequestedPart,
  OpenMultipart,
  PolicyTarget,
  PresignTarget,
  SignedGetOptions,
} from './storage.ts'

/** A bucket and the client that reaches it. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
}

/**
 * Signs Content-Type, which the SDK does not sign by default: a browser could send another type, and newer Ceph rejects
 * unsigned ones. Content-Length is signed by default, which is an exact size limit.
 */
const signContentType = new Set(['content-type'])

/** Signs a PUT. The ticket lists the signed headers for the browser, except Content-Length, which it sets itself. */
export async function signPut(bucket: Bucket, target: PresignTarget, expiresIn: number): Promise<PutTicket> {
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
 * Signs a policy for one key, one type and one exact size. With status 201, S3 answers XML with key and ETag.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signPost(
  bucket: Bucket,
  target: PresignTarget,
  expiresIn: number,
): Promise<PostTicket> {
  const { key, size, type } = target
  return { kind: 'post', ...(await signForm(bucket, key, type, [size, size], expiresIn)) }
}

/**
 * Signs a policy for all keys below a prefix: the SDK turns a key that ends in `${filename}` into a starts-with
 * condition.
 */
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
    // The SDK adds an exact condition for every field.
    Fields: { 'Content-Type': type, success_action_status: '201' },
  })
}

/** The SDK would move these headers to the query, where S3 ignores them. */
const unhoistedHeaders = new Set(['x-amz-checksum-crc64nvme', 'x-amz-sdk-checksum-algorithm'])

/** Signs each part for its exact size and, if it has a checksum, for exactly these bytes. */
export async function signPartUrls(
  bucket: Bucket,
  { key, uploadId, size, partSize }: OpenMultipart,
  parts: readonly RequestedPart[],
  expiresIn: number,
): Promise<PartUrl[]> {
  const lastPartNumber = partCount(size, partSize)
  return Promise.all(
    parts.map(async ({ partNumber, checksum }) => {
      const command = new UploadPartCommand({
        Bucket: bucket.name,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        ContentLength: partNumber < lastPartNumber ? partSize : size - (lastPartNumber - 1) * partSize,
        ...(checksum !== undefined && { ChecksumAlgorithm: 'CRC64NVME', ChecksumCRC64NVME: checksum }),
      })
      const options = { expiresIn, unhoistableHeaders: unhoistedHeaders }
      return {
        partNumber,
        // Content-Type is not signed: a slice of a file has none, so the browser could not send the signed one.
        url: await getSignedUrl(bucket.client, command, options),
        ...(checksum !== undefined && {
          headers: { 'x-amz-checksum-crc64nvme': checksum, 'x-amz-sdk-checksum-algorithm': 'CRC64NVME' },
        }),
      }
    }),
  )
}

/** Signs a HEAD of the bucket, which browsers use to preconnect. */
export function signHello({ client, name }: Bucket, expiresIn: number): Promise<string> {
  return getSignedUrl(client, new HeadBucketCommand({ Bucket: name }), { expiresIn })
}

/** Signs a GET. The headers of the response are part of the signature. */
export function signGet(
  { client, name }: Bucket,
  key: string,
  { expiresIn, type, contentDisposition }: SignedGetOptions & { readonly expiresIn: number },
): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: name,
    Key: key,
    ...(type !== undefined && { ResponseContentType: type }),
    ...(contentDisposition !== undefined && { ResponseContentDisposition: contentDisposition }),
  })
  return getSignedUrl(client, command, { expiresIn })
}
