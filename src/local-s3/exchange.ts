import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorAnswer, type Answered } from './answer.ts'
import { createConduct, type Conduct } from './conduct.ts'
import type { FaultSubject, Strike } from './faults.ts'
import { readRequest, type Answer, type S3Request } from './request.ts'

/** A log record of one request and its response. Contains no signature and no query. */
export interface RequestRecord {
  method: string
  /** S3's name of the operation, `Preflight` for OPTIONS, `Unknown` if no operation matches. */
  operation: string
  bucket: string | undefined
  key: string | undefined
  partNumber: number | undefined
  /** HTTP status; 0 when the connection broke before the response. */
  status: number
  /** S3's error code. */
  code: string | undefined
  /** The exception behind an InternalError: a full disk, a broken connection. */
  cause: unknown
  /** Received bytes of the request body, including aws-chunked or form framing. */
  bytesIn: number
  /** Sent bytes of the response body. */
  bytesOut: number
  /** Time from the request headers to the end of the response. */
  milliseconds: number
}

/** The server functions that an exchange calls. */
interface Server {
  answer: (request: S3Request, conduct: Conduct) => Promise<Answered>
  strike: (subject: FaultSubject) => Strike[]
  onRequest?: (record: RequestRecord) => void
}

/** Creates the HTTP handler: streams the body in and the response out, and stops when the client disconnects. */
export function createExchange({ answer: answerTo, strike, onRequest }: Server) {
  return async (incoming: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) => {
    const started = performance.now()
    const conduct = createConduct(response, strike)
    let bytesIn = 0
    let held = waitsForContinue
    async function* readBody(): AsyncGenerator<Buffer> {
      if (held) response.writeContinue()
      held = false
      const announced = Number(incoming.headers['content-length'] ?? Number.NaN) || undefined
      // An early exit from the loop must not destroy the connection, because a response follows.
      const chunks: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false })
      for await (const chunk of chunks) {
        bytesIn += chunk.length
        await conduct.pass('in', chunk.length, announced)
        yield chunk
      }
    }
    const body = readBody()
    let request: S3Request | undefined
    let answered: Answered
    try {
      request = readRequest(incoming, () => body)
      answered = await answerTo(request, conduct)
    } catch (error) {
      answered = { operation: 'Unknown', ...errorAnswer(error, request) }
    }
    const altered = conduct.alter(answered)
    const { operation, answer, code, cause } = altered ?? answered
    const tell = (bytesOut: number) =>
      onRequest?.({
        method: incoming.method ?? '',
        operation,
        bucket: request?.bucket,
        key: request?.key ?? answer.key,
        partNumber: request?.part,
        status: isGone(response) ? 0 : answer.status,
        code,
        cause,
        bytesIn,
        bytesOut,
        milliseconds: performance.now() - started,
      })
    if (!altered || isGone(response)) {
      if (typeof answer.body === 'object') await answer.body[Symbol.asyncIterator]().return?.()
      tell(0)
      return
    }
    // Without 100 Continue the client may send either its body or the next request, so the connection must close.
    if (held) response.setHeader('connection', 'close')
    setHead(response, answer)
    if (typeof answer.body === 'object') await sendStream(response, answer.body, conduct, tell)
    else sendText(response, answer, tell)
    // Drains the rest of a rejected body: a client that is still sending may not read the response yet.
    await body.return(undefined)
    incoming.resume()
  }
}

/** Uses the socket of the request: a pipelined response has no socket until the previous response is sent. */
const isGone = (response: ServerResponse) => response.destroyed || response.req.socket.destroyed

function setHead(response: ServerResponse, { status, headers = {} }: Answer) {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value)
  }
  response.setHeader('server', 'local-s3')
  response.statusCode = status
}

function sendText(response: ServerResponse, { status, body }: Answer, tell: (bytesOut: number) => void) {
  const bytes = Buffer.from(typeof body === 'string' ? body : '')
  // HEAD sends the Content-Length of the corresponding GET; 204 and 304 send none.
  const hasLength = response.req.method !== 'HEAD' && status !== 204 && status !== 304
  if (hasLength) response.setHeader('content-length', bytes.length)
  tell(bytes.length)
  response.end(bytes)
}

async function sendStream(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  conduct: Conduct,
  tell: (bytesOut: number) => void,
) {
  const announced = Number(response.getHeader('content-length'))
  let bytesOut = 0
  let last: Uint8Array | undefined
  try {
    for await (const chunk of body) {
      if (isGone(response)) break
      await conduct.pass('out', chunk.length, announced)
      bytesOut += chunk.length
      if (last && !response.write(last)) await drained(response)
      last = chunk
    }
    // Recorded before the last byte is sent, so that a client with the complete response finds the record.
    tell(bytesOut)
    response.end(last)
  } catch {
    // The headers are already sent, so only a broken connection can report the error.
    tell(bytesOut)
    response.destroy()
  }
}

/** Resolves when the write buffer is empty or the client has disconnected. */
function drained(response: ServerResponse) {
  return new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
