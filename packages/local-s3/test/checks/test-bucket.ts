import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  GetObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type CORSRule,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'

/** One fact about S3 that needs only an endpoint. It holds for local-s3 and any S3 that follows the AWS documentation. */
export interface Check {
  name: string
  run: (s3: TestBucket) => Promise<void>
}

/** Endpoint and credentials of an S3. */
export interface Target {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

export interface RawRequest {
  method: string
  /** As sent: encoded, with its query. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface RawResponse {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** The code of an XML error. */
  code: string | undefined
}

export type TestBucket = Awaited<ReturnType<typeof openTestBucket>>

export const origin = 'https://app.example'
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

  return {
    ...target,
    client,
    bucket,
    newKey,
    raw,
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
        const { ETag } = await client.send(
          new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber, Body }),
        )
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

/** Sends plain HTTP: no normalization, no added headers, no redirects. */
function send(endpoint: string, { method, path, headers = {}, body }: RawRequest): Promise<RawResponse> {
  const { hostname, port, host } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = httpRequest(
      { hostname, port, method, path, headers: { host, ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const answerOf = (status: number, headers: IncomingHttpHeaders, body: string): RawResponse => ({
  status,
  headers,
  body,
  code: /<Code>([^<]*)<\/Code>/.exec(body)?.[1],
})

/** The path and query of a URL. */
export const pathOf = (url: string) => url.slice(new URL(url).origin.length)

/** A request that S3 refuses, with its accepted counterpart. */
interface Refusal {
  refused: () => Promise<unknown>
  /** The accepted statuses and error codes; without codes any code is accepted. */
  as: readonly [status: number | readonly number[], ...codes: string[]]
  /** Checks the state after the refusal and before the counterpart, for example that nothing was stored. */
  afterRefusal?: () => Promise<void>
  /**
   * The same request with only the refused part corrected. A server that refuses both has another reason than the
   * check names, so every refusal needs it.
   */
  accepted: () => Promise<unknown>
}

/** Asserts that S3 refuses a request. Checks use nothing else for it. Requests are SDK calls or raw. */
export async function refusal({
  refused,
  as: [statuses, ...codes],
  afterRefusal: meanwhile,
  accepted,
}: Refusal) {
  const no = await outcomeOf(refused)
  const status = [statuses].flat().find((one) => one === no.status) ?? [statuses].flat().join(' or ')
  const code = codes.length === 0 || codes.includes(no.code) ? no.code : codes.join(' or ')
  assert.equal(`${no.status} ${no.code}`, `${status} ${code}`)
  await meanwhile?.()
  const yes = await outcomeOf(accepted)
  holds(yes.status < 400, `the twin of a refusal is accepted, and not answered ${yes.status} ${yes.code}`)
}

async function outcomeOf(request: () => Promise<unknown>): Promise<{ status: number; code: string }> {
  try {
    const answer: {
      status?: unknown
      code?: unknown
      $metadata?: { httpStatusCode?: unknown }
      Body?: { transformToByteArray?: () => Promise<unknown> }
    } = Object(await request())
    await answer.Body?.transformToByteArray?.() // an unread body keeps the connection busy
    const status = answer.$metadata?.httpStatusCode ?? answer.status
    if (typeof status !== 'number') assert.fail('A refusal and its twin return the answer of S3.')
    return { status, code: typeof answer.code === 'string' ? answer.code : 'without a code' }
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error
    return { status: error.$metadata.httpStatusCode ?? 0, code: error.name }
  }
}

/** `assert.ok` without a message parses source files to make one, which takes minutes under tsx. */
export const holds = (condition: unknown, expectation: string) =>
  assert.ok(condition, `expected: ${expectation}`)

/** Asserts that the value is one of the given ones. */
export const oneOf = <Value>(value: Value, ...allowed: readonly Value[]) =>
  assert.ok(allowed.includes(value), `${String(value)} and not ${allowed.join(' or ')}`)

/** Collects the checks of a topic. */
export function createTopic(topic: string) {
  const checks: Check[] = []
  return {
    checks,
    check: (name: string, run: Check['run']) => void checks.push({ name: `${topic}: ${name}`, run }),
  }
}
