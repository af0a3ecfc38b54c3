import { request as httpRequest } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createSecureServer } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type * as Server from 'putaway/server'
import { lightState, lightly, putLightly, respondLightly } from './light.ts'
import type { Faults } from './light.ts'
import { bucket, certificate, dist, hosts, listen, now } from './place.ts'
import type { Place } from './place.ts'
import { serveParent } from './process.ts'

/**
 * The app: its page and API over HTTP/2, in a separate process. Every contestant presigns and confirms through our
 * handler; if a library has its own protocol, a few lines here translate it.
 */
const { createUploadHandler, route, s3Storage } = (await import(dist('server/index.js'))) as typeof Server

const { endpoint, region, credentials, pages } = JSON.parse(process.env.BENCH_BACKEND ?? '{}') as {
  /** Storage as this process reaches it, without the slow line. */
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  pages: string
}

/** Signs for the host name that browsers use. */
function accessTo(host: string) {
  return { region, credentials, endpoint: `https://${host}` }
}

/** A client that other libraries use. Sends its own requests directly. */
function clientFor(host: string) {
  const client = new S3Client({ ...accessTo(host), forcePathStyle: true })
  client.middlewareStack.add(
    (next) => (asked) => {
      const { protocol, hostname, port } = new URL(endpoint)
      Object.assign(asked.request as object, { protocol, hostname, port: Number(port) })
      return next(asked)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'bench-short-way' },
  )
  return client
}

/** Sends a request that is signed for a host name directly to storage, which checks the signed name. */
function sendDirectly(
  url: string,
  { method = 'GET', headers, body, signal }: RequestInit,
): Promise<Response> {
  const { host, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { ...Object.fromEntries(new Headers(headers)), host },
      ...(signal && { signal }),
    }
    const request = httpRequest(new URL(pathname + search, endpoint), options, (answer) => {
      const { statusCode: status = 500, headers: answered } = answer
      const hasBody = method !== 'HEAD' && status !== 204
      if (!hasBody) answer.resume()
      resolve(
        new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream) : null, {
          status,
          headers: answered as Record<string, string>,
        }),
      )
    })
    request.once('error', reject)
    request.end(body)
  })
}

const rules = { accept: '*', maxSize: '5GB', authorize: () => ({ id: 'bench' }) } as const
function handlerFor(host: string, isLight: boolean, more: { origins?: string[]; connections?: number } = {}) {
  const access = accessTo(host)
  const client = clientFor(host)
  const storage = s3Storage({
    ...access,
    fetch: sendDirectly,
    bucket,
    publicUrl: 'https://public.test',
    ...more,
  })
  const handler = createUploadHandler({
    storage: isLight ? lightly(storage) : storage,
    secret: 'a secret that only the bench uses for tokens',
    routes: { files: route({ ...rules, earlyConfirm: true }), put: route({ ...rules, strategy: 'put' }) },
  })
  return { client, handler, isLight }
}
const backends = {
  light: handlerFor(hosts.light, true, { origins: [`https://${hosts.lightB}`] }),
  'light-h2': handlerFor(hosts.lightH2, true, { connections: 32 }),
  strict: handlerFor(hosts.strict, false),
}
type Backend = (typeof backends)['light']

let counts: Record<string, number> = {}
let asked: { what: string; at: number; milliseconds: number; files: number }[] = []

async function readAll(request: Http2ServerRequest) {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Calls our handler from the server, for a library with another protocol. */
async function ask<T>({ handler }: Backend, body: object): Promise<T> {
  const request = new Request('http://app.test/api/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await (await handler(request)).json()) as T
}

interface PeerFile {
  id: string
  name: string
  size: number
  type: string
}
interface PutTicket {
  url: string
  key: string
  token: string
  headers?: Record<string, string>
}

async function presignAll(backend: Backend, files: PeerFile[]) {
  const slices = Array.from({ length: Math.ceil(files.length / 50) }, (_, index) =>
    files.slice(index * 50, index * 50 + 50),
  )
  const answers = await Promise.all(
    slices.map((slice) =>
      ask<{ tickets: { id: string; ticket: PutTicket }[] }>(backend, {
        type: 'presign',
        files: slice.map((file) => ({ ...file, route: 'put' })),
      }),
    ),
  )
  return new Map(answers.flatMap(({ tickets }) => tickets.map(({ id, ticket }) => [id, ticket] as const)))
}

/** better-upload's protocol: one presign for all files. */
async function betterPresign(backend: Backend, body: { files: Omit<PeerFile, 'id'>[] }) {
  const files = body.files.map((file) => ({ id: randomUUID(), ...file }))
  const tickets = await presignAll(backend, files)
  return {
    metadata: {},
    files: files.map(({ id, name, size, type }) => {
      const { url, key, token, headers = {} } = tickets.get(id) as PutTicket
      const others = Object.entries(headers).filter(([header]) => header.toLowerCase() !== 'content-type')
      // The page reads the token from the key.
      const objectInfo = { key: `${id} ${token} ${key}`, metadata: {}, cacheControl: undefined }
      return { signedUrl: url, headers: Object.fromEntries(others), file: { name, size, type, objectInfo } }
    }),
  }
}

/** Requests of Uppy's `signRequest`: a PUT, or each step of a multipart upload. */
async function uppySign(
  backend: Backend,
  {
    request,
    file,
  }: { request: { method: string; key: string; uploadId?: string; partNumber?: number }; file: PeerFile },
) {
  const { method, key: Key, uploadId: UploadId, partNumber: PartNumber } = request
  const target = { Bucket: bucket, Key, UploadId }
  if (UploadId !== undefined) {
    const url =
      method === 'PUT'
        ? getSignedUrl(backend.client, new UploadPartCommand({ ...target, PartNumber }))
        : getSignedUrl(backend.client, new CompleteMultipartUploadCommand(target))
    return { url: await url }
  }
  const ticket = (await presignAll(backend, [file])).get(file.id) as PutTicket
  if (method === 'PUT') return ticket
  const create = new CreateMultipartUploadCommand({ Bucket: bucket, Key: ticket.key, ContentType: file.type })
  return { url: await getSignedUrl(backend.client, create), key: ticket.key, token: ticket.token }
}

/** Upload through the server: receives the file in a form and forwards it to storage. */
async function through(backend: Backend, request: Http2ServerRequest) {
  const boundary = /boundary=(.+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? ''
  const chunks = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let head = Buffer.alloc(0)
  while (!head.includes('\r\n\r\n')) {
    const { value, done } = await chunks.next()
    if (done) throw new Error('A form without a file')
    head = Buffer.concat([head, value])
  }
  const from = head.indexOf('\r\n\r\n') + 4
  const size = Number(request.headers['content-length']) - from - boundary.length - 8
  const type = /content-type: (.+)/i.exec(head.subarray(0, from).toString())?.[1]?.trim() ?? ''
  const Key = `files/${randomUUID()}`
  if (backend.isLight) {
    for (let next = await chunks.next(); !next.done; next = await chunks.next());
    putLightly(Key, size)
    return { key: Key }
  }
  const command = new PutObjectCommand({ Bucket: bucket, Key, ContentType: type, ContentLength: size })
  const url = new URL(await getSignedUrl(backend.client, command))
  await new Promise<void>((resolve, reject) => {
    const onward = httpRequest(endpoint + url.pathname + url.search, {
      method: 'PUT',
      headers: { host: url.host, 'content-type': type, 'content-length': size },
    })
    onward.on('error', reject)
    onward.on('response', (answer) => {
      answer.resume()
      if (answer.statusCode === 200) answer.on('end', resolve)
      else reject(new Error(`storage answered ${answer.statusCode}`))
    })
    async function copy() {
      let left = size
      const write = async (bytes: Buffer) => {
        const part = bytes.subarray(0, left)
        left -= part.length
        if (!onward.write(part)) await new Promise((drained) => onward.once('drain', drained))
      }
      await write(head.subarray(from))
      for (let next = await chunks.next(); !next.done; next = await chunks.next())
        if (left > 0) await write(next.value)
      onward.end()
    }
    copy().catch(reject)
  })
  return { key: Key }
}

const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' }

async function respond(request: Http2ServerRequest, response: Http2ServerResponse) {
  const path = request.url.split('?')[0] ?? '/'
  const began = now()
  const [, place = '', ...rest] = path.split('/')
  const backend = backends[place as Place]
  const name = rest.length > 0 ? `/${rest.join('/')}` : path
  const json = (body: unknown) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  }
  const note = (what: string, files = 1) => {
    counts[what] = (counts[what] ?? 0) + 1
    asked.push({ what, at: now(), milliseconds: now() - began, files })
  }
  if (name.startsWith('/api/') && lightState.apiFails()) {
    response.statusCode = 503
    response.end()
    return note('failed')
  }
  switch (name) {
    case '/api/uploads': {
      const text = await readAll(request)
      const body = JSON.parse(text) as { type: string; files?: unknown[]; receipts?: unknown[] }
      const asking = new Request('https://app.test/api/uploads', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      })
      const said = await backend.handler(asking)
      response.statusCode = said.status
      for (const [header, value] of said.headers) response.setHeader(header, value)
      response.end(await said.text())
      return note(body.type, (body.files ?? body.receipts)?.length)
    }
    case '/api/better':
      json(await betterPresign(backend, JSON.parse(await readAll(request)) as never))
      return note('presign')
    case '/api/confirm-all': {
      const receipts = JSON.parse(await readAll(request)) as object[]
      const slices = Array.from({ length: Math.ceil(receipts.length / 50) }, (_, index) =>
        receipts.slice(index * 50, index * 50 + 50),
      )
      const answers = await Promise.all(
        slices.map((slice) => ask<{ results: object[] }>(backend, { type: 'confirm', receipts: slice })),
      )
      json({ results: answers.flatMap(({ results }) => results) })
      return note('confirm', receipts.length)
    }
    case '/api/sign':
      json(await uppySign(backend, JSON.parse(await readAll(request)) as never))
      return note('presign')
    case '/api/through':
      json(await through(backend, request))
      return note('file')
    default:
      return page(path, response)
  }
}

async function page(path: string, response: Http2ServerResponse) {
  if (path.endsWith('.js') || path.endsWith('.css')) {
    response.setHeader('content-type', types[extname(path)] ?? '')
    // Cached, as in an app: lazily loaded code is not requested again.
    response.setHeader('cache-control', 'public, max-age=3600')
    return void createReadStream(join(pages, path))
      .on('error', () => {
        response.statusCode = 404
        response.end()
      })
      .pipe(response as never)
  }
  response.setHeader('content-type', 'text/html')
  // Counts commits with the hook that React's DevTools use: https://github.com/facebook/react/blob/main/packages/react-reconciler/src/ReactFiberDevToolsHook.js
  const commits =
    '<script>window.commits = 0; window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = { supportsFiber: true, inject: () => 1, ' +
    'onCommitFiberRoot: () => (window.commits += 1), onCommitFiberUnmount() {} }</script>'
  const contestant = path.slice(1)
  const style = await readFile(join(pages, `${contestant}.css`), 'utf8').catch(() => '')
  response.end(
    `<!doctype html><meta charset="utf-8"><title>${contestant}</title><link rel="icon" href="data:,"><style>${style}</style>${commits}` +
      `<input type="file" multiple id="files"><div id="root"></div><script type="module" src="/${contestant}.js"></script>`,
  )
}

const tls = { ...certificate(), minVersion: 'TLSv1.3' as const }
const windows = { settings: { initialWindowSize: 8 << 20, maxConcurrentStreams: 128 } }

/** Serves a browser over HTTP/2, with a flow-control window that no line here fills. */
function openHttp2(serve: (request: Http2ServerRequest, response: Http2ServerResponse) => Promise<unknown>) {
  const server = createSecureServer({ ...tls, ...windows }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.stream.destroyed) return
      console.error(error)
      if (!response.headersSent) response.statusCode = 500
      response.end()
    })
  })
  server.on('session', (session) => session.setLocalWindowSize(32 << 20))
  return listen(server)
}

const ports = {
  app: await openHttp2(respond),
  light: await listen(
    createHttps({ ...tls, keepAliveTimeout: 60_000 }, (request, response) => {
      respondLightly(request, response).catch(() => response.destroy())
    }),
  ),
  lightH2: await openHttp2(respondLightly),
}

serveParent({
  about: async () => ({ ports }),
  /** Counts the objects at their final keys. Empties a strict bucket. */
  async stored(place: Place) {
    if (place !== 'strict') return lightState.stored()
    const { client } = backends.strict
    let [count, bytes] = [0, 0]
    for (;;) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
      if (Contents.length === 0) return { count, bytes }
      for (const { Key = '', Size = 0 } of Contents) {
        if (!Key.startsWith('files/')) continue
        count += 1
        bytes += Size
      }
      const Objects = Contents.map(({ Key }) => ({ Key }))
      await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
    }
  },
  async reset(faults: Faults) {
    counts = {}
    asked = []
    lightState.reset(faults)
  },
  asked: async () => ({ counts, asked, light: lightState.asked() }),
})
