import { UploadError } from '../protocol/errors.ts'
import { jsonResponse } from './json-response.ts'
import { toLogLine, httpStatusOfError, toWireError } from './error-response.ts'

/** The members of a node:http or node:http2 request that the adapter uses. Requests of Express and NestJS have them. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whether the stream was read before, for example by the JSON parser of Express or NestJS. */
  readonly readableDidRead?: boolean
  /** The parsed body, if a parser read the stream before. */
  readonly body?: unknown
  destroy?(): unknown
}

/** The members of a node:http or node:http2 response that the adapter uses. */
export interface NodeResponse {
  statusCode: number
  readonly headersSent?: boolean
  readonly writableFinished?: boolean
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
  once?(event: 'close', listener: () => void): unknown
  destroy?(): unknown
}

type FetchHandler = (request: Request) => Promise<Response>

/** The Node request of each `Request` that `toNodeHandler` made. */
const nodeRequests = new WeakMap<Request, NodeRequest>()

/**
 * Returns the Node request behind a `Request`, so that `authorize` can read what middleware stored on it: a session, a
 * user, cookies. The type argument is the request type of your framework.
 *
 * ```ts
 * authorize(request) {
 *   const userId = nodeRequestOf<express.Request>(request)?.session.userId
 *   return userId ? { id: userId } : null
 * }
 * ```
 *
 * Returns undefined for a `Request` that `toNodeHandler` did not make, for example in a test or in Next.js. The body of
 * the Node request may be read already: read the `files` of the context instead.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the framework's type, as an `as` would
export function nodeRequestOf<FrameworkRequest extends NodeRequest = NodeRequest>(
  request: Request,
): FrameworkRequest | undefined {
  // `toNodeHandler` stored the request object of the framework. The app names its type by the type argument.
  return nodeRequests.get(request) as FrameworkRequest | undefined
}

/**
 * Adapts an upload handler to node:http and node:http2: Express, NestJS, `http.createServer`. It works with or without
 * a JSON parser before it.
 *
 * ```ts
 * app.all('/api/uploads', toNodeHandler(uploads))
 * ```
 *
 * `authorize` gets the Node request, with its session, from `nodeRequestOf(request)`.
 *
 * Never rejects: answers 400 to an invalid request, 405 to TRACE and CONNECT, and 500 (with a line on `console.error`)
 * when the handler throws. `request.signal` aborts when the client disconnects.
 */
export function toNodeHandler(
  handler: FetchHandler,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const body = createBody(incoming)
    try {
      const signal = disconnectSignal(outgoing)
      await sendResponse(await respond(handler, incoming, body, signal), outgoing)
    } catch (thrown) {
      console.error(`putaway: the Node handler failed. ${toLogLine(thrown)}`)
      endWithError(outgoing)
    }
    // HTTP/1.1 can use the connection for the next request only after the whole body of this request is read.
    body.discard().catch(() => incoming.destroy?.())
  }
}

async function respond(
  handler: FetchHandler,
  incoming: NodeRequest,
  body: NodeBody,
  signal: AbortSignal,
): Promise<Response> {
  const { method = 'GET' } = incoming
  // `new Request` throws for these methods: https://fetch.spec.whatwg.org/#forbidden-method
  if (/^(CONNECT|TRACE|TRACK)$/i.test(method)) {
    return rejectionResponse(405, `The upload endpoint accepts only POST, not ${method}.`)
  }
  let request: Request
  try {
    request = toRequest(incoming, body, signal)
  } catch {
    return rejectionResponse(400, 'The request line, the headers or the body are invalid.')
  }
  return handler(request)
}

function rejectionResponse(status: number, message: string): Response {
  const error = new UploadError('rejected', { phase: 'starting', status, message })
  return jsonResponse(httpStatusOfError(error), { error: toWireError(error) })
}

async function sendResponse(response: Response, outgoing: NodeResponse): Promise<void> {
  const text = await response.text()
  // A timeout of the framework may have sent a response already. Node throws for a second response.
  if (outgoing.headersSent === true) return
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) outgoing.setHeader(name, value)
  outgoing.end(text)
}

/** Answers 500, or closes the connection when the headers are already sent. */
function endWithError(outgoing: NodeResponse): void {
  try {
    if (outgoing.headersSent === true) {
      outgoing.destroy?.()
    } else {
      outgoing.statusCode = 500
      outgoing.end('')
    }
  } catch {
    // Ignores the error, because the client has closed the connection.
  }
}

/** Returns a signal that aborts when the connection closes before the response is written. */
function disconnectSignal(outgoing: NodeResponse): AbortSignal {
  const controller = new AbortController()
  outgoing.once?.('close', () => {
    if (outgoing.writableFinished !== true) controller.abort()
  })
  return controller.signal
}

/** Converts a Node request to a `Request`. Throws when the request line or the headers are invalid. */
function toRequest(incoming: NodeRequest, body: NodeBody, signal: AbortSignal): Request {
  const { method = 'GET', headers } = incoming
  const headerPairs = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    // HTTP/2 pseudo-headers such as :path are not valid header names.
    value === undefined || name.startsWith(':') ? [] : [[name, [value].flat().join(', ')]],
  )
  const init: RequestInit & { duplex: 'half' } = { method, headers: headerPairs, duplex: 'half', signal }
  if (method !== 'GET' && method !== 'HEAD') init.body = body.read()
  const request = new Request(requestUrlOf(incoming), init)
  nodeRequests.set(request, incoming)
  return request
}

/**
 * Returns the request's absolute URL. Throws for a POST with an invalid host. With other methods an invalid host becomes
 * `localhost`, because the handler answers these requests with 405 and does not use the host.
 */
function requestUrlOf({ method, url = '/', headers }: NodeRequest): string {
  // A client sends an absolute URL to a forward proxy. The host of an absolute URL takes precedence over the header
  // `host`: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
  const [, proxiedHost, proxiedTarget = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
  const host = proxiedHost ?? headers[':authority'] ?? headers.host ?? 'localhost'
  const requestTarget = proxiedHost === undefined ? url : proxiedTarget
  const scheme = headers[':scheme'] === 'https' ? 'https' : 'http'
  const origin = `${scheme}://${String(host)}`
  const isValidHost = !/[\s/\\?#@]/.test(String(host)) && URL.canParse(origin)
  if (!isValidHost && method === 'POST') throw new TypeError('The Host header is not valid.')
  const urlPath = requestTarget.startsWith('/')
    ? requestTarget
    : `/${/^[?]/.test(requestTarget) ? requestTarget : ''}`
  return `${isValidHost ? origin : 'http://localhost'}${urlPath}`
}

/** Request body that can be read, with a function that discards the bytes that were not read. */
interface NodeBody {
  read(): BodyInit
  discard(): Promise<void>
}

/**
 * Maximum unread bytes that are drained to reuse the connection. If a body has more unread bytes, the connection is
 * closed.
 */
const maxDrainedBytes = 16 * 1024 ** 2

function createBody(incoming: NodeRequest): NodeBody {
  let iterator: AsyncIterator<unknown> | undefined
  const readNextChunk = () => (iterator ??= incoming[Symbol.asyncIterator]()).next()

  const toStream = () =>
    new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await readNextChunk()
          if (done === true) controller.close()
          else controller.enqueue(bytesOfChunk(value))
        },
        // There is no `cancel`, because it would call the iterator's `return()`, which closes the connection before
        // the error response is sent.
      },
      // With the value 0, the stream reads nothing before the handler reads. Node itself skips a body that was not
      // read.
      { highWaterMark: 0 },
    )

  return {
    read() {
      const { readableDidRead, body } = incoming
      if (readableDidRead !== true) return toStream()
      if (typeof body === 'string' || body instanceof Uint8Array) return body as BodyInit // no parser uses a SharedArrayBuffer
      return JSON.stringify(body ?? null)
    },
    async discard() {
      if (!iterator) return
      for (let size = 0; ;) {
        const { done, value } = await readNextChunk()
        if (done === true) return
        size += bytesOfChunk(value).length
        if (size > maxDrainedBytes) throw new RangeError('The rest of the request is too long.')
      }
    },
  }
}

const encoder = new TextEncoder()

/** Converts a chunk to bytes. Chunks are strings after `setEncoding`. */
function bytesOfChunk(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : encoder.encode(String(chunk))
}
