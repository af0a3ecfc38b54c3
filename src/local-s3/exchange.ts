import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorAnswer, type Answered } from './answer.ts'
import { createConduct, type Conduct } from './conduct.ts'
import type { FaultSubject, Strike } from './faults.ts'
import { readRequest, type Answer, type S3Request } from './request.ts'

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
  /** What was thrown behind an InternalError: a full disk, a broken connection. */
  cause: unknown
  /** Bytes of the bodies, as they came over the wire. */
  bytesIn: number
  bytesOut: number
  /** From the request's headers to the answer's end. */
  milliseconds: number
}

/** What an exchange asks of the server. */
interface Server {
  answer: (request: S3Request, conduct: Conduct) => Promise<Answered>
  strike: (subject: FaultSubject) => Strike[]
  onRequest?: (record: RequestRecord) => void
}

/** HTTP around an answer: the body as it comes, the answer as it goes, and nothing sent where nobody listens. */
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
      // Leaving the loop early must not tear the connection down: there is an answer to give.
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
    // A client that was never told to go on may send its body next, or a request.
    if (held) response.setHeader('connection', 'close')
    setHead(response, answer)
    if (typeof answer.body === 'object') await sendStream(response, answer.body, conduct, tell)
    else sendText(response, answer, tell)
    // What the client still sends of a refused body is read away, so that it gets to the answer.
    await body.return(undefined)
    incoming.resume()
  }
}

/** The request's socket: a pipelined answer gets its own only when the one before it is out. */
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
  // HEAD answers with the length that GET would have; 204 and 304 with none.
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
    // Told before the last byte is out, so that whoever has the answer finds the record.
    tell(bytesOut)
    response.end(last)
  } catch {
    // The head is out: a broken connection is the only way left to say it.
    tell(bytesOut)
    response.destroy()
  }
}

/** When the client has taken what was written, or is gone. */
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
