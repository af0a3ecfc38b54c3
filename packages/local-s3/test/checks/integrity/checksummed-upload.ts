import { createHash } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import { checksumOf } from '../../../src/checksums/checksums.ts'
import { onePart, type TestBucket } from '../../harness/test-bucket.ts'

/** Checksums of "123456789", from published check values and node:crypto. */
export const known = {
  CRC32: 'y/Q5Jg==',
  CRC32C: '4waSgw==',
  CRC64NVME: 'rosUhgp5mIg=',
  SHA1: createHash('sha1').update('123456789').digest('base64'),
  SHA256: createHash('sha256').update('123456789').digest('base64'),
} as const

/** Checksums of "123456780": well formed, but wrong. */
export const wrong = {
  CRC32: checksumOf('CRC32', Buffer.from('123456780')),
  CRC32C: checksumOf('CRC32C', Buffer.from('123456780')),
  CRC64NVME: checksumOf('CRC64NVME', Buffer.from('123456780')),
  SHA1: checksumOf('SHA1', Buffer.from('123456780')),
  SHA256: checksumOf('SHA256', Buffer.from('123456780')),
} as const

export const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

export const headWith = ({ client, bucket }: TestBucket, Key: string) =>
  client.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }))

export const objectBytes = Buffer.concat([onePart, Buffer.from('123456789')])

export async function multipart(
  s3: TestBucket,
  Key: string,
  algorithm: ChecksumAlgorithm,
  type?: ChecksumType,
) {
  const Bucket = s3.bucket
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ChecksumAlgorithm: algorithm,
      ...(type && { ChecksumType: type }),
    }),
  )
  const parts: CompletedPart[] = []
  for (const [index, Body] of [onePart, '123456789'].entries()) {
    const {
      ETag,
      $metadata: _metadata,
      ...rest
    } = await s3.client.send(
      new UploadPartCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: index + 1,
        Body,
        ChecksumAlgorithm: algorithm,
      }),
    )
    const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = rest
    parts.push({
      PartNumber: index + 1,
      ETag,
      ChecksumCRC32,
      ChecksumCRC32C,
      ChecksumCRC64NVME,
      ChecksumSHA1,
      ChecksumSHA256,
    })
  }
  const complete = (Parts: CompletedPart[] = parts, more: Record<string, string | number> = {}) =>
    s3.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    )
  return { UploadId, parts, complete }
}
