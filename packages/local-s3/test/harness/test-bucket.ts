import { randomUUID } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type CORSRule,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'
import { md5 } from './md5.ts'
import { send, answerOf, type RawRequest } from './http.ts'

/** Endpoint and credentials of an S3. */
export interface Target {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

export type TestBucket = Awaited<ReturnType<typeof openTestBucket>>

export const origin = 'https://app.example'
/** The time in this number of minutes. */
export const minutes = (count: number) => new Date(Date.now() + count * 60_000)
export const MiB = 1024 ** 2
export const onePart = Buffer.alloc(5 * MiB, 'p')

const rule: CORSRule = {
  AllowedOrigins: [origin, 'https://*.trusted.example'],
  AllowedMethods: ['PUT', 'POST', 'GET'],
  AllowedHeaders: ['content-type', 'x-amz-*'],
  ExposeHeaders: ['ETag', 'x-amz-request-id'],
  MaxAgeSeconds: 600,
}

/** Creates a new bucket on a target and returns helpers for requests to it. */
export async function openTestBucket(target: Target, bucket = `checks-${randomUUID().slice(0, 8)}`) {
  const { endpoint, region, credentials } = target
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }))
  // The SDK's default signs a checksum of an empty body into a URL.
  const presignClient = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  let keys = 0
  const newKey = (name = 'object') => `${++keys}/${name}`

  const presigner = new SignatureV4({
    service: 's3',
    region,
    credentials,
    sha256: client.config.sha256,
    uriEscapePath: false,
    applyChecksum: false,
  })
  const raw = (request: RawRequest) => send(endpoint, request)
  const uploadPart = (
    Key: string,
    UploadId: string | undefined,
    PartNumber: number,
    Body: string | Buffer = 'x',
  ) => client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body }))

  return {
    ...target,
    client,
    bucket,
    newKey,
    raw,
    uploadPart,
    /** The encoded path of a key. */
    path: (key: string) => `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,

    /** Signs the given headers and sends exactly those and `extra`. */
    async signed(
      { method, path, headers = {}, body }: RawRequest,
      extra: Record<string, string> = {},
      date = new Date(),
    ) {
      const { hostname, host } = new URL(endpoint)
      const [pathname = '', search = ''] = path.split('?')
      const query: Record<string, string[]> = Object.create(null)
      for (const [name, value] of new URLSearchParams(search)) (query[name] ??= []).push(value)
      const toSign = {
        method,
        protocol: 'http:',
        hostname,
        path: pathname.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
        query,
        headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
      }
      const { headers: done } = await presigner.sign(toSign, { signingDate: date })
      return raw({ method, path, headers: { ...done, ...extra }, ...(body !== undefined && { body }) })
    },

    /** A presigned PUT that signs these headers. */
    putUrl: (
      key: string,
      input: Partial<PutObjectCommandInput> = {},
      expiresIn = 600,
      signingDate = new Date(),
    ) =>
      getSignedUrl(presignClient, new PutObjectCommand({ Bucket: bucket, Key: key, ...input }), {
        expiresIn,
        signingDate,
        signableHeaders: new Set([
          ...(input.ContentType === undefined ? [] : ['content-type']),
          ...(input.ContentLength === undefined ? [] : ['content-length']),
        ]),
        unhoistableHeaders: new Set([
          'x-amz-checksum-crc32',
          'x-amz-sdk-checksum-algorithm',
          'x-amz-meta-color',
          'if-none-match',
        ]),
      }),

    put: (key: string, body: string | Buffer, input: Partial<PutObjectCommandInput> = {}) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...input })),

    head: (key: string) => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),

    /** The bytes of an object, or undefined. */
    async read(key: string) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return Buffer.from((await Body?.transformToByteArray()) ?? []).toString('latin1')
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined
        throw error
      }
    },

    policy: (key: string, more: Partial<PresignedPostOptions> = {}) =>
      createPresignedPost(client, { Bucket: bucket, Key: key, Expires: 600, ...more }),

    /** A form POST: fields in order, the file last. */
    async post(fields: Record<string, string>, file: string | Buffer | undefined, filename = 'photo.png') {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      if (file !== undefined) form.append('file', new Blob([Buffer.from(file)]), filename)
      const response = await fetch(`${endpoint}/${bucket}`, {
        method: 'POST',
        body: form,
        redirect: 'manual',
      })
      return answerOf(response.status, Object.fromEntries(response.headers), await response.text())
    },

    /** An open upload with these parts stored. */
    async startMultipart(
      key: string,
      parts: readonly (string | Buffer)[],
      input: Partial<PutObjectCommandInput> = {},
    ) {
      const { ContentType, Metadata } = input
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType, Metadata }),
      )
      const listed: { PartNumber: number; ETag: string | undefined }[] = []
      for (const [index, Body] of parts.entries()) {
        const PartNumber = index + 1
        const { ETag } = await uploadPart(key, UploadId, PartNumber, Body)
        listed.push({ PartNumber, ETag })
      }
      return {
        UploadId,
        parts: listed,
        complete: (Parts = listed, more: { IfNoneMatch?: string; IfMatch?: string } = {}) =>
          client.send(
            new CompleteMultipartUploadCommand({
              Bucket: bucket,
              Key: key,
              UploadId,
              MultipartUpload: { Parts },
              ...more,
            }),
          ),
      }
    },
  }
}

/** Sends a document with its Content-MD5, which S3 requires. */
export const sendXml = (s3: TestBucket, method: string, path: string, body: string) =>
  s3.signed({ method, path, headers: { 'content-md5': md5(body).toString('base64') }, body })
