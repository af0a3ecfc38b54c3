import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorResponse, type OperationResult } from './http/operation-result.ts'
import { createFaultInjector, type FaultInjector } from './faults/injector.ts'
import type { FaultTarget, ActiveFault } from './faults/rules.ts'
import { readS3Request, type S3Response, type S3Request } from './http/request.ts'

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
interface ExchangeHandlers {
  dispatchRequest: (request: S3Request, faultInjector: FaultInjector) => Promise<OperationResult>
  matchFaults: (target: FaultTarget) => ActiveFault[]
  onRequest?: (record: RequestRecord) => void
}

/** Creates the HTTP handler: streams the body in and the response out, and stops when the client disconnects. */
export function createExchange({ dispatchRequest: dispatch, matchFaults, onRequest }: ExchangeHandlers) {
  return async (incoming: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) => {
    const startedAt = performance.now()
    const faultInjector = createFaultInjector(response, matchFaults)
    let bytesIn = 0
    let awaitsContinue = waitsForContinue
    async function* readBody(): AsyncGenerator<Buffer> {
      if (awaitsContinue) response.writeContinue()
      awaitsContinue = false
      const declaredBytes = Number(incoming.headers['content-length'] ?? Number.NaN) || undefined
      // An early exit from the loop must not destroy the connection, because a response follows.
      const chunks: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false })
      for await (const chunk of chunks) {
        bytesIn += chunk.length
        await faultInjector.applyToChunk('in', chunk.length, declaredBytes)
        yield chunk
      }
    }
    const body = readBody()
    let request: S3Request | undefined
    let result: OperationResult
    try {
      request = readS3Request(incoming, () => body)
      result = await dispatch(request, faultInjector)
    } catch (error) {
      result = { operation: 'Unknown', ...errorResponse(error, request) }
    }
    const alteredResult = faultInjector.applyToResponse(result)
    const { operation, s3Response, code, cause } = alteredResult ?? result
    const reportRequest = (bytesOut: number) =>
      onRequest?.({
        method: incoming.method ?? '',
        operation,
        bucket: request?.bucket,
        key: request?.key ?? s3Response.key,
        partNumber: request?.part,
        status: isDisconnected(response) ? 0 : s3Response.status,
        code,
        cause,
        bytesIn,
        bytesOut,
        milliseconds: performance.now() - startedAt,
      })
    if (!alteredResult || isDisconnected(response)) {
      if (typeof s3Response.body === 'object') await s3Response.body[Symbol.asyncIterator]().return?.()
      reportRequest(0)
      return
    }
    // Without 100 Continue the client may send either its body or the next request, so the connection must close.
    if (awaitsContinue) response.setHeader('connection', 'close')
    setHead(response, s3Response)
    if (typeof s3Response.body === 'object')
      await sendStream(response, s3Response.body, faultInjector, reportRequest)
    else sendText(response, s3Response, reportRequest)
    // Drains the rest of a rejected body: a client that is still sending may not read the response yet.
    await body.return(undefined)
    incoming.resume()
  }
}

/** Uses the socket of the request: a pipelined response has no socket until the previous response is sent. */
const isDisconnected = (response: ServerResponse) => response.destroyed || response.req.socket.destroyed

/** Sends characters outside of Latin-1, which Node rejects, as UTF-8: a page may ask for a header with such a name. */
const encodeHeader = (value: string) =>
  /[\u0100-\uffff]/.test(value) ? Buffer.from(value).toString('latin1') : value

function setHead(response: ServerResponse, { status, headers = {} }: S3Response) {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, typeof value === 'string' ? encodeHeader(value) : value)
  }
  response.setHeader('server', 'local-s3')
  response.statusCode = status
}

function sendText(
  response: ServerResponse,
  { status, body }: S3Response,
  reportRequest: (bytesOut: number) => void,
) {
  const bytes = Buffer.from(typeof body === 'string' ? body : '')
  // HEAD sends the Content-Length of the corresponding GET; 204 and 304 send none.
  const hasLength = response.req.method !== 'HEAD' && status !== 204 && status !== 304
  if (hasLength) response.setHeader('content-length', bytes.length)
  reportRequest(bytes.length)
  response.end(bytes)
}

async function sendStream(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  faultInjector: FaultInjector,
  reportRequest: (bytesOut: number) => void,
) {
  const declaredBytes = Number(response.getHeader('content-length'))
  let bytesOut = 0
  let pendingChunk: Uint8Array | undefined
  try {
    for await (const chunk of body) {
      if (isDisconnected(response)) break
      await faultInjector.applyToChunk('out', chunk.length, declaredBytes)
      bytesOut += chunk.length
      if (pendingChunk && !response.write(pendingChunk)) await waitForDrain(response)
      pendingChunk = chunk
    }
    // Recorded before the last byte is sent, so that a client with the complete response finds the record.
    reportRequest(bytesOut)
    response.end(pendingChunk)
  } catch {
    // The headers are already sent, so only a broken connection can report the error.
    reportRequest(bytesOut)
    response.destroy()
  }
}

/** Resolves when the write buffer is empty or the client has disconnected. */
function waitForDrain(response: ServerResponse) {
  return new Promise<void>((resolve) => {
    const finish = () => {
      response.off('drain', finish)
      response.off('close', finish)
      resolve()
    }
    response.on('drain', finish)
    response.on('close', finish)
  })
}
