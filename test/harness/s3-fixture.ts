import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { checksumOf } from '../../packages/local-s3/src/checksums/checksums.ts'
import { createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { PreflightRequest, WireError, WirePolicy } from '../../src/protocol/wire.ts'
import type {
  FileInfo,
  Meta,
  Route,
  S3BucketOptions,
  S3KeyAccess,
  UploadHandler,
  UploadHandlerOptions,
  UploadStorage,
  UploadUser,
} from '../../src/server/index.ts'

export const secret = 'a secret of tests that is long enough'
export const MiB = 1024 ** 2

/** A response body with every field required: JSON is untyped, and a test that reads a missing field fails. */
interface ResponseBody {
  tickets: { id: string; ticket: AnyTicket; error: WireError }[]
  policies?: WirePolicy[]
  hello?: string
  preflights?: PreflightRequest[]
  ticket: AnyTicket
  parts: AnyPart[]
  results: ConfirmResult[]
  error: WireError
}
interface ConfirmResult {
  id: string
  result: {
    id: string
    key: string
    name: string
    size: number
    type: string
    url: string
    token: string
    verified: boolean
    width?: number
    height?: number
  }
  error: WireError
}
export interface AnyTicket {
  kind: string
  key: string
  token: string
  expiresAt: number
  url: string
  headers?: Record<string, string>
  fields?: Record<string, string>
  uploadId: string
  partSize: number
  checksum?: string
  connections?: number
  earlyConfirm?: boolean
}
export interface AnyPart {
  partNumber: number
  url: string
  size: number
  headers?: Record<string, string>
}

/** The part checksums that a browser sends with `sign-parts`. */
export function checksumsOf(bytes: Uint8Array, partSize = 5 * MiB): Record<number, string> {
  const count = Math.max(1, Math.ceil(bytes.length / partSize))
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      index + 1,
      checksumOf('CRC64NVME', bytes.subarray(index * partSize, (index + 1) * partSize)),
    ]),
  )
}

export type S3Fixture = Awaited<ReturnType<typeof openS3Fixture>>

/**
 * Creates a new bucket in local-s3, or in the S3 named by S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY. Its
 * client is the AWS SDK: it reads and writes what the tests compare, so that no error of ours hides behind itself.
 */
export async function openS3Fixture() {
  const {
    S3_ENDPOINT,
    S3_ACCESS_KEY_ID = '',
    S3_SECRET_ACCESS_KEY = '',
    S3_REGION = 'us-east-1',
  } = process.env
  const local = S3_ENDPOINT === undefined ? await startLocalServer() : undefined
  const access = {
    region: local?.region ?? S3_REGION,
    endpoint: local?.endpoint ?? S3_ENDPOINT ?? '',
    credentials: local?.credentials ?? {
      accessKeyId: S3_ACCESS_KEY_ID,
      secretAccessKey: S3_SECRET_ACCESS_KEY,
    },
  }
  const client = new S3Client({ ...access, forcePathStyle: true })
  const bucket = `putaway-test-${crypto.randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))

  const bucketAccess = openBucket(client, bucket)
  return {
    ...bucketAccess,
    client,
    access,
    bucket,
    /** Another bucket of the same storage. */
    otherBucket: (name: string) => openBucket(client, name),
    storage: (options: Partial<S3KeyAccess & S3BucketOptions> = {}) =>
      s3Storage({ ...access, bucket, partSize: 5 * MiB, ...options }),
    async close() {
      await bucketAccess.close()
      client.destroy()
      await local?.close()
    },
  }
}

/** A `fetch` for `s3Storage` that records its requests. */
export function recordFetch() {
  const sent: { method: string; url: URL; headers: Headers }[] = []
  return {
    sent,
    fetch: (url: string, init: RequestInit) => {
      sent.push({ method: init.method ?? '', url: new URL(url), headers: new Headers(init.headers) })
      return fetch(url, init)
    },
  }
}

/** Access of a store that no test reaches. */
export const unreachable = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
}

function openBucket(client: S3Client, bucket: string) {
  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key = '' }) => Key)
  }
  const uploads = async () => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    return Uploads
  }
  const empty = async () => {
    const deleted = (await keys()).map((Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })))
    const aborted = (await uploads()).map(({ Key, UploadId }) =>
      client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
    )
    await Promise.all([...deleted, ...aborted])
  }
  return {
    keys,
    empty,
    openUploads: async () => (await uploads()).map(({ UploadId }) => UploadId),
    async read(key: string) {
      const { Body, ContentType, ContentDisposition, Metadata } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key }),
      )
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      return { bytes, type: ContentType, disposition: ContentDisposition, metadata: Metadata }
    },
    put: (key: string, body: Uint8Array, type: string) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type })),
    async close() {
      await empty()
      await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    },
  }
}

async function startLocalServer() {
  const { startLocalS3 } = await import('local-s3')
  return startLocalS3()
}

export interface BackendOptions {
  routes?: UploadHandlerOptions['routes']
  now?: () => number
  filesPerRequest?: number
  onError?: (error: unknown) => void
}

/** A handler on a bucket that reads the user from a header. It collects reported errors in `errors`. */
export function backend(storage: UploadStorage, options: BackendOptions = {}) {
  const errors: unknown[] = []
  const unfinishedWork = new Set<Promise<unknown>>()
  const handler = createUploadHandler({
    storage,
    secret,
    // The client below waits for this work, so that a test sees its result.
    waitUntil: (work) => void unfinishedWork.add(work),
    routes: options.routes ?? { photos: photos() },
    onError: (error) => errors.push(error),
    ...(options.now && { now: options.now }),
    ...(options.filesPerRequest !== undefined && { filesPerRequest: options.filesPerRequest }),
  })
  return {
    handler,
    errors,
    as: (user: string) => createClient(handler, user, unfinishedWork),
    ...createClient(handler, 'anna', unfinishedWork),
  }
}

/** A route for images up to 20 MB that reads the user from a header. */
export function photos<Input = Meta, Known = Input>(
  rules: Partial<Route<UploadUser, unknown, Input, Known>> = {},
): Route<UploadUser, unknown, Input, Known> {
  return { accept: 'image/*', maxSize: '20MB', authorize: readUser, ...rules }
}

export function readUser(request: Request) {
  const id = request.headers.get('x-user')
  return id === null ? null : { id }
}

export function post(body: unknown, headers: Record<string, string> = {}) {
  return new Request('http://app.test/api/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function createClient(handler: UploadHandler, user: string, unfinishedWork: ReadonlySet<Promise<unknown>>) {
  const call = async (body: unknown): Promise<{ status: number; body: ResponseBody }> => {
    const answer = await handler(post(body, { 'x-user': user }))
    await Promise.all(unfinishedWork)
    return { status: answer.status, body: await answer.json() }
  }
  return {
    call,
    /** The ticket or the error of one file. */
    async presign(file: Partial<Omit<FileInfo, 'meta'> & { readonly meta: unknown }>) {
      const files = [{ id: 'f1', name: 'cat.png', size: bytes.length, type: 'image/png', ...file }]
      return (await call({ type: 'presign', files })).body.tickets[0] ?? throwMissing()
    },
    async confirm({ token }: AnyTicket): Promise<ConfirmResult> {
      const { body } = await call({ type: 'confirm', receipts: [{ id: 'f1', token }] })
      return body.results?.[0] ?? throwMissing()
    },
    discard: ({ token }: AnyTicket) => call({ type: 'discard', tokens: [token] }),
  }
}

function throwMissing(): never {
  throw new Error('The response has no ticket.')
}

/** A PNG of one pixel. */
export const bytes = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (char) => char.charCodeAt(0),
)

export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(all.subarray(at, at + 65_536))
  return all
}

/** The head of a PNG followed by noise. */
export function randomImage(size: number): Uint8Array<ArrayBuffer> {
  const all = randomBytes(size)
  all.set(bytes.subarray(0, Math.min(size, 41)))
  return all
}

/** Sends bytes as a browser does, by PUT or POST. `changes` override the ticket. */
export async function send(
  ticket: AnyTicket,
  body: Uint8Array<ArrayBuffer> = bytes,
  changes: {
    headers?: Record<string, string>
    fields?: Record<string, string>
    url?: (url: string) => string
  } = {},
): Promise<Response> {
  const url = changes.url?.(ticket.url) ?? ticket.url
  if (ticket.kind === 'post') {
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...ticket.fields, ...changes.fields }))
      form.append(name, value)
    form.append('file', new Blob([body]))
    return fetch(url, { method: 'POST', body: form })
  }
  return fetch(url, { method: 'PUT', headers: { ...ticket.headers, ...changes.headers }, body })
}

/** Sends all parts of a multipart ticket, as a browser does, and completes it. */
export async function sendParts(
  { call }: ReturnType<typeof createClient>,
  { token, partSize, checksum }: AnyTicket,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const count = Math.ceil(body.length / partSize)
  const partNumbers = Array.from({ length: count }, (_, index) => index + 1)
  const checksums = checksum === undefined ? {} : { checksums: checksumsOf(body, partSize) }
  const signed = await call({ type: 'sign-parts', token, partNumbers, ...checksums })
  for (const { partNumber, url, headers = {} } of signed.body.parts) {
    const part = body.slice((partNumber - 1) * partSize, partNumber * partSize)
    const { status } = await fetch(url, { method: 'PUT', headers, body: part })
    if (status !== 200) throw new Error(`Storage answered ${status} to part ${partNumber}.`)
  }
  const { status } = await call({ type: 'complete', token })
  if (status !== 200) throw new Error(`The backend answered ${status} to complete.`)
}
