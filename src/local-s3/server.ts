import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerRequest, errorAnswer, type Answered } from './answer.ts'
import { openCors, type CorsRule } from './cors.ts'
import { readRequest, type Answer, type S3Request } from './request.ts'
import type { Authority, Credentials } from './signature.ts'
import { openStore } from './store.ts'

/** What was asked and answered; never holds a signature or a query. */
export interface RequestRecord {
  method: string
  /** S3's name for the operation, `Preflight` for OPTIONS, `Unknown` where there is none. */
  operation: string
  bucket: string | undefined
  key: string | undefined
  partNumber: number | undefined
  /** 0 when the connection broke before there was an answer. */
  status: number
  /** S3's code of an error. */
  code: string | undefined
  /** Bytes of the bodies, as they came over the wire. */
  bytesIn: number
  bytesOut: number
  /** From the request's headers to the answer's end. */
  milliseconds: number
}

export interface LocalS3Options {
  /** Default 0: any free port. */
  port?: number
  /** Default 127.0.0.1: only this machine. */
  host?: string
  /** Where buckets live, and are found again. Default: a temporary folder that `close` removes. */
  directory?: string
  /** Buckets that exist from the start. Default `['uploads']`. */
  buckets?: readonly string[]
  /** Default: made-up ones, fixed, good for development only. */
  credentials?: Credentials
  /** Default us-east-1. Signatures for another region are refused. */
  region?: string
  /** CORS rules of buckets created at start; `false` for none. Default: every origin, see `openCors`. */
  cors?: readonly CorsRule[] | false
  /** Epoch ms; for tests of expiry. Default Date.now. */
  clock?: () => number
  /** Called when a request has been answered, just before the last byte goes out. */
  onRequest?: (record: RequestRecord) => void
}

export interface LocalS3 {
  /** `http://127.0.0.1:port`; buckets are in the path. */
  endpoint: string
  region: string
  credentials: Credentials
  directory: string
  /** Ends every connection, waits for what was being stored, removes a temporary directory. */
  close(): Promise<void>
}

const devCredentials: Credentials = {
  accessKeyId: 'LOCALS3DEVACCESSKEY1',
  secretAccessKey: 'local-s3/made-up/secret/for/development/only',
}

/**
 * Starts an S3 that says no: signatures, policies, conditions and checksums are enforced as S3 does.
 * @throws Error when the port is taken or the directory cannot be written, from Node
 */
export async function startLocalS3(options: LocalS3Options = {}): Promise<LocalS3> {
  const {
    host = '127.0.0.1',
    region = 'us-east-1',
    credentials = devCredentials,
    clock = Date.now,
    onRequest,
  } = options
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'local-s3-')))
  const store = await openStore(directory, clock)
  const { cors = [openCors] } = options
  for (const name of options.buckets ?? ['uploads'])
    await store.createBucket(name, cors === false ? {} : { cors: [...cors] })

  const authority: Authority = { credentials, region, now: clock }
  const running = new Set<Promise<void>>()
  const serve = (incoming: IncomingMessage, response: ServerResponse, waits: boolean) => {
    const run = exchange(
      incoming,
      response,
      waits,
      (request) => answerRequest(request, store, authority),
      onRequest,
    ).finally(() => running.delete(run))
    running.add(run)
  }
  // Node's own limit of 300 s would cut a large upload off.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, highWaterMark: 256 * 1024 })
  server.on('request', (incoming, response) => serve(incoming, response, false))
  server.on('checkContinue', (incoming, response) => serve(incoming, response, true))
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  return {
    endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    region,
    credentials,
    directory,
    async close() {
      server.close()
      server.closeAllConnections()
      await Promise.allSettled(running)
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  waitsForContinue: boolean,
  answerTo: (request: S3Request) => Promise<Answered>,
  onRequest: LocalS3Options['onRequest'],
) {
  const started = performance.now()
  let bytesIn = 0
  let held = waitsForContinue
  async function* body(): AsyncGenerator<Buffer> {
    if (held) response.writeContinue()
    held = false
    // Leaving the loop early must not tear the connection down: there is an answer to give.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytesIn += chunk.length
      yield chunk
    }
  }
  let request: S3Request | undefined
  let answered: Answered
  try {
    request = readRequest(incoming, body)
    answered = await answerTo(request)
  } catch (error) {
    answered = { operation: 'Unknown', ...errorAnswer(error, request) }
  }
  const { operation, answer, code } = answered
  const partNumber = Number(request?.query.get('partNumber') ?? Number.NaN)
  await send(response, answer, held, (bytesOut) =>
    onRequest?.({
      method: incoming.method ?? '',
      operation,
      bucket: request?.bucket,
      key: request?.key ?? answer.key,
      partNumber: Number.isInteger(partNumber) ? partNumber : undefined,
      status: response.destroyed ? 0 : answer.status,
      code,
      bytesIn,
      bytesOut,
      milliseconds: performance.now() - started,
    }),
  )
  // What the client still sends of a refused body is read away, so that it gets to the answer.
  if (!incoming.complete) incoming.resume()
}

async function send(response: ServerResponse, answer: Answer, close: boolean, sent: (bytes: number) => void) {
  const { body } = answer
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    if (value !== undefined) response.setHeader(name, value)
  response.setHeader('server', 'local-s3')
  // The client was never told to go on: the next thing on this connection could be its body or a request.
  if (close) response.setHeader('connection', 'close')
  response.statusCode = answer.status
  if (typeof body !== 'object') {
    const bytes = Buffer.from(body ?? '')
    const bodiless = answer.status === 204 || answer.status === 304
    if (!bodiless && !response.hasHeader('content-length') && response.req.method !== 'HEAD')
      response.setHeader('content-length', bytes.length)
    sent(bytes.length)
    response.end(bytes)
    return
  }
  let bytesOut = 0
  try {
    for await (const chunk of body) {
      if (response.destroyed) break
      bytesOut += chunk.length
      if (!response.write(chunk)) await drained(response)
    }
  } catch {
    // Headers are out: a broken connection is the only way left to say it.
    response.destroy()
  }
  sent(bytesOut)
  response.end()
}

const drained = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
