import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { FinalStorage, UploadStorage } from 'putaway/server'
import type { Asked } from './storage.ts'
import { now } from './place.ts'

/**
 * Storage that costs almost no CPU time: it counts bytes and drops them. S3 and the backend are other
 * machines in production; here they share two cores with the browser, and a strict S3 uses five times as much of them as the browser
 * does. Before every bench, local-s3 checks that contestants sign and send valid requests.
 */
interface Kept {
  size: number
  type: string
  etag: string
  /** First bytes of the object, for a backend that inspects them. */
  head: Buffer
  uploadId?: string
  verified?: boolean
}

export interface Faults {
  /** Fraction (0 to 1) of writes that fail: half with a 503, half with a broken connection. */
  share: number
  /** Fraction (0 to 1) of calls to the backend that fail with a 503. Default: 0. */
  apiShare?: number
  seed: number
}

interface Parts {
  key: string
  type: string
  parts: Map<number, Kept>
}

const objects = new Map<string, Kept>()
const multipart = new Map<string, Parts>()
let asked: Asked[] = []
let random = () => 1
let randomOfApi = () => 1
let [share, apiShare] = [0, 0]

const cors = (origin: string | undefined) => ({
  'access-control-allow-origin': origin ?? '*',
  'access-control-expose-headers': 'ETag, Location',
  vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
})

type Incoming = IncomingMessage | Http2ServerRequest
type Outgoing = ServerResponse | Http2ServerResponse

export async function respondLightly(request: Incoming, response: Outgoing) {
  const began = now()
  const { method = '', headers } = request
  let bytesIn = 0
  const answer = (operation: string, status: number, more: Record<string, string> = {}, body = '') => {
    asked.push({ operation, status, bytesIn, at: now(), milliseconds: now() - began })
    const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    response.statusCode = status
    for (const [name, value] of Object.entries({ ...cors(headers.origin), ...length, ...more })) {
      response.setHeader(name, value)
    }
    response.end(body)
  }
  if (method === 'OPTIONS') {
    return answer('Preflight', 200, {
      'access-control-allow-methods': headers['access-control-request-method'] ?? '',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-max-age': '3000',
    })
  }
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://s3')
  const path = decodeURIComponent(pathname.split('/').slice(2).join('/'))
  const uploadId = searchParams.get('uploadId') ?? ''
  const operation = operationOf(method, searchParams)
  const fate = operation === 'Warm' ? 1 : random()
  if (fate < share / 2) {
    asked.push({ operation, status: 0, bytesIn, at: now(), milliseconds: now() - began })
    return 'stream' in response ? response.stream.close(2) : void request.socket.destroy()
  }
  const head: Buffer[] = []
  let kept = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytesIn += chunk.length
    if (kept < 16_384) head.push(chunk)
    kept += chunk.length
  }
  if (fate < share) {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Less.</Message></Error>'
    return answer(operation, 503, { 'content-type': 'application/xml' }, xml)
  }
  if (operation === 'Warm') return answer('Warm', 200)
  const etag = randomBytes(16).toString('hex')
  const first = Buffer.concat(head)
  // A presigned request may have it in its URL.
  const type = headers['content-type'] ?? searchParams.get('content-type') ?? ''
  const asXml = (root: string, body: string) =>
    answer(
      operation,
      200,
      { 'content-type': 'application/xml' },
      `<?xml version="1.0"?><${root}>${body}</${root}>`,
    )
  if (operation === 'PutObject') {
    objects.set(path, { size: bytesIn, type, etag, head: first })
    return answer(operation, 200, { etag: `"${etag}"` })
  }
  if (operation === 'UploadPart') {
    const part = { size: bytesIn, type: '', etag, head: first }
    multipart.get(uploadId)?.parts.set(Number(searchParams.get('partNumber')), part)
    return answer(operation, 200, { etag: `"${etag}"` })
  }
  if (operation === 'CreateMultipartUpload') {
    const id = openLightly(path, type)
    return asXml(
      'InitiateMultipartUploadResult',
      `<Bucket>bench</Bucket><Key>${path}</Key><UploadId>${id}</UploadId>`,
    )
  }
  if (operation === 'CompleteMultipartUpload') {
    completeLightly(uploadId)
    return asXml(
      'CompleteMultipartUploadResult',
      `<Location>https://s3/bench/${path}</Location><Bucket>bench</Bucket><Key>${path}</Key><ETag>"${etag}"</ETag>`,
    )
  }
  const form = readForm(first, type)
  const { key, from, trailer } = form
  objects.set(key, { size: bytesIn - from - trailer, type: form.type, etag, head: first.subarray(from) })
  const xml = `<?xml version="1.0" encoding="UTF-8"?><PostResponse><Location>https://s3/${key}</Location><Bucket>bench</Bucket><Key>${key}</Key><ETag>"${etag}"</ETag></PostResponse>`
  return answer(operation, 201, { 'content-type': 'application/xml', etag: `"${etag}"` }, xml)
}

function operationOf(method: string, query: URLSearchParams) {
  if (method === 'PUT') return query.has('partNumber') ? 'UploadPart' : 'PutObject'
  if (method !== 'POST') return 'Warm'
  if (query.has('uploads')) return 'CreateMultipartUpload'
  return query.has('uploadId') ? 'CompleteMultipartUpload' : 'PostObject'
}

function openLightly(key: string, type: string) {
  const uploadId = randomBytes(16).toString('hex')
  multipart.set(uploadId, { key, type, parts: new Map() })
  return uploadId
}

/** Returns whether the upload exists. */
function completeLightly(uploadId: string) {
  const upload = multipart.get(uploadId)
  if (!upload) return false
  const { key, type, parts } = upload
  const sizes = [...parts.values()].map((part) => part.size)
  const etag = `${randomBytes(16).toString('hex')}-${parts.size}`
  const size = sizes.reduce((sum, each) => sum + each, 0)
  objects.set(key, { size, type, etag, head: parts.get(1)?.head ?? Buffer.alloc(0) })
  return multipart.delete(uploadId)
}

/** Reads the fields before the file, and the offset of the file. */
function readForm(first: Buffer, contentType: string) {
  const boundary = /boundary=(.+)/.exec(contentType)?.[1] ?? ''
  const text = first.toString('latin1')
  const field = (name: string) => new RegExp(`name="${name}"\r\n\r\n([^\r]*)`, 'i').exec(text)?.[1] ?? ''
  const file = text.indexOf('name="file"')
  return {
    key: field('key'),
    type: field('content-type'),
    from: text.indexOf('\r\n\r\n', file) + 4,
    trailer: boundary.length + 8,
  }
}

const byNumber = (one: { partNumber: number }, other: { partNumber: number }) =>
  one.partNumber - other.partNumber

/** Storage of a handler: signs for S3, and looks up objects in this process. */
export function lightly(s3: UploadStorage): UploadStorage {
  const final: FinalStorage = {
    filesPrefix: s3.filesPrefix,
    find: async (key) => objects.get(key),
    read: async ({ key }, start, length) => objects.get(key)?.head.subarray(start, start + length),
    async copy({ key, etag }, { key: to, type, uploadId, verified }) {
      const object = objects.get(key)
      if (!object || object.etag !== etag) return undefined
      const copied = { ...object, type, uploadId, verified }
      objects.set(to, copied)
      return copied
    },
    urlOf: (key) => Promise.resolve(`https://public.test/${key}`),
  }
  return {
    ...s3,
    ...final,
    openParts: async ({ key, type }) => ({
      kind: 'multipart',
      uploadId: openLightly(key, type),
      partSize: 8 * 1024 ** 2,
    }),
    listParts: async ({ uploadId }) => {
      const parts = multipart.get(uploadId)?.parts
      return (
        parts &&
        [...parts].map(([partNumber, { size, etag }]) => ({ partNumber, size, etag })).toSorted(byNumber)
      )
    },
    completeParts: async ({ uploadId }) => completeLightly(uploadId),
    abortParts: async ({ uploadId }) => void multipart.delete(uploadId),
    remove: async (key) => void objects.delete(key),
    promotedTo: () => final,
  }
}

export function putLightly(key: string, size: number) {
  objects.set(key, { size, type: '', etag: '', head: Buffer.alloc(0) })
}

/** mulberry32: the same sequence for every contestant. */
function randomFrom(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const lightState = {
  reset(faults: Faults) {
    asked = []
    objects.clear()
    multipart.clear()
    share = faults.share
    apiShare = faults.apiShare ?? 0
    random = randomFrom(faults.seed)
    randomOfApi = randomFrom(faults.seed + 1000)
  },
  /** Whether the next call to the backend fails. */
  apiFails: () => randomOfApi() < apiShare,
  asked: () => asked,
  stored() {
    const files = [...objects].filter(([key]) => key.startsWith('files/'))
    return { count: files.length, bytes: files.reduce((total, [, { size }]) => total + size, 0) }
  },
}
