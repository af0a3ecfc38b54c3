import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startLocalS3 } from 'local-s3'

export type Storage = Awaited<ReturnType<typeof openStorage>>

/**
 * Connects to the S3 that S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY select. Without S3_ENDPOINT
 * and S3_REGION it starts a local S3, which checks signatures and policies as S3 does and keeps nothing. Its keys are
 * random unless the other two variables are set. Creates missing buckets.
 */
export async function openStorage(...buckets: readonly string[]) {
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '' } = process.env
  const given = { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
  const hasKeys = S3_ACCESS_KEY_ID !== '' && S3_SECRET_ACCESS_KEY !== ''
  const local =
    S3_ENDPOINT || S3_REGION
      ? undefined
      : await startLocalS3({ buckets: [], ...(hasKeys && { credentials: given }) })
  const endpoint = local?.endpoint ?? S3_ENDPOINT
  const settings = {
    region: S3_REGION ?? 'us-east-1',
    ...(endpoint && { endpoint, forcePathStyle: true }),
    // Otherwise a presigned PUT would contain the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
  }
  const credentials = local?.credentials ?? given
  const s3 = new S3Client({ ...settings, credentials })
  for (const bucket of buckets) await ensureBucket(s3, bucket)
  console.log(`  Storage is ${endpoint ?? `AWS ${settings.region}`}, in ${buckets.join(' and ')}.`)

  return {
    s3,
    /** Environment variables for another process that uses the same storage. */
    environment: {
      ...(endpoint && { S3_ENDPOINT: endpoint }),
      S3_REGION: settings.region,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    /** The same storage with other credentials; the local S3 has only one pair. */
    as: (accessKeyId: string | undefined, secretAccessKey: string | undefined) =>
      accessKeyId && secretAccessKey && !local
        ? new S3Client({ ...settings, credentials: { accessKeyId, secretAccessKey } })
        : s3,
    /** A signed URL of an object that expires after ten minutes. */
    urlOf: (Bucket: string, Key: string) =>
      getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 600 }),
    /** URL of an object in a public bucket. */
    publicUrlOf: (bucket: string, key: string) =>
      `${endpoint ? `${endpoint}/${bucket}` : `https://${bucket}.s3.${settings.region}.amazonaws.com`}/${key}`,
    /** Allows anonymous reads of a bucket. */
    async makePublic(Bucket: string) {
      const Statement = [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
      ]
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    },
    async close() {
      s3.destroy()
      await local?.close()
    },
  }
}

/** Creates a bucket with a CORS rule. An existing bucket keeps its rules. */
async function ensureBucket(s3: S3Client, Bucket: string) {
  try {
    await s3.send(new HeadBucketCommand({ Bucket }))
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'NotFound')) throw thrown
    await s3.send(new CreateBucketCommand({ Bucket }))
    const CORSRules = [
      {
        AllowedOrigins: ['http://127.0.0.1:*'],
        AllowedMethods: ['GET', 'PUT', 'POST', 'HEAD'],
        AllowedHeaders: ['*'],
        ExposeHeaders: ['ETag', 'x-amz-request-id'],
        MaxAgeSeconds: 3600,
      },
    ]
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
  }
}
