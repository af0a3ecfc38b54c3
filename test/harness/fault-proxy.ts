import { once } from 'node:events'
import { Agent, createServer, request as ask } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The action of a fault proxy on a request in place of passing it through unchanged. */
export type FaultAction =
  /** Reads the body and sends its own response. `cors: false`: without CORS headers. */
  | {
      readonly way: 'answer'
      readonly status: number
      readonly body?: string
      readonly headers?: OutgoingHttpHeaders
      readonly cors?: boolean
    }
  /** Passes a changed request through: the signature no longer matches. */
  | { readonly way: 'change'; readonly change: (asked: MutableRequest) => void }
  /** Passes the response through with changed headers. */
  | { readonly way: 'hide'; readonly header: RegExp; readonly replace?: OutgoingHttpHeaders }
  /** Resets the connection after this number of bytes of the body. */
  | { readonly way: 'reset'; readonly after: number }
  /** Passes the request through, and resets the connection in place of the response. */
  | { readonly way: 'lose' }
  /** Reads the whole body and closes the connection in order, without a response. */
  | { readonly way: 'close' }
  /** Reads the whole body and sends no response. */
  | { readonly way: 'silence' }
  /** Reads the start of the body, and the rest when the promise resolves. */
  | { readonly way: 'hold'; readonly until: Promise<void>; readonly held: () => void }

export interface MutableRequest {
  url: string
  headers: IncomingHttpHeaders
}

export type FaultRule = FaultAction & {
  readonly operation: string
  /** Limits the rule to a matching path and query, for example `/partNumber=2&/`. */
  readonly url?: RegExp
  /** Default: every request. */
  readonly times?: number
}

/**
 * A proxy before storage that passes requests through byte for byte and records them by S3's operation names. Rules
 * produce responses that real storage sends only rarely, or change a request in transit so that storage refuses it.
 */
export async function startFaultProxy(to: string) {
  const { hostname, port } = new URL(to)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const asked: string[] = []
  const parts: number[] = []
  /** Parts in flight. */
  const sending = new Set<string>()
  const rules = new Set<{ rule: FaultRule; left: number }>()

  const server = createServer((request, response) => {
    const operation = operationOf(request)
    const query = new URLSearchParams(request.url?.split('?')[1])
    const part = `${query.get('uploadId')} ${query.get('partNumber')}`
    // A hedged part is sent a second time beside the first; it is not a repeated upload, so it is not recorded.
    const isHedge = operation === 'UploadPart' && sending.has(part)
    if (operation !== 'Preflight' && !isHedge) asked.push(operation)
    if (operation === 'UploadPart' && !isHedge) {
      parts.push(Number(query.get('partNumber')))
      sending.add(part)
      response.once('close', () => sending.delete(part))
    }
    const found = [...rules].find(
      ({ rule, left }) =>
        rule.operation === operation && left > 0 && (rule.url?.test(request.url ?? '') ?? true),
    )
    if (found) found.left -= 1
    // The client may close the connection at any time.
    request.on('error', () => {})
    response.on('error', () => {})
    void applyRule(request, response, found?.rule)
  })
  async function applyRule(request: IncomingMessage, response: ServerResponse, rule: FaultRule | undefined) {
    switch (rule?.way) {
      case 'answer': {
        await drainBody(request)
        const { status, body = '', headers = {}, cors = true } = rule
        response.writeHead(status, {
          ...(cors && corsHeaders),
          'content-type': 'application/xml',
          ...headers,
        })
        return response.end(body)
      }
      case 'reset': {
        let taken = 0
        if (rule.after === 0) return request.socket.resetAndDestroy()
        request.on('data', (bytes: Buffer) => {
          taken += bytes.length
          if (taken >= rule.after) request.socket.resetAndDestroy()
        })
        return undefined
      }
      case 'close':
        await drainBody(request)
        return request.socket.end()
      case 'silence':
        return drainBody(request)
      case 'hold':
        request.on('data', function count(bytes: Buffer) {
          request.off('data', count)
          request.pause()
          request.unshift(bytes)
          rule.held()
        })
        await rule.until
        return pass(request, response)
      case 'change': {
        const { url = '/', headers } = request
        const changed = { url, headers: { ...headers } }
        rule.change(changed)
        return pass(request, response, changed)
      }
      default:
        return pass(request, response, undefined, rule)
    }
  }
  function pass(
    request: IncomingMessage,
    response: ServerResponse,
    changed: MutableRequest = { url: request.url ?? '/', headers: request.headers },
    rule?: FaultRule,
  ) {
    const { url: path, headers } = changed
    const far = ask({ hostname, port, path, headers, agent, method: request.method ?? 'GET' }, (answer) => {
      if (rule?.way === 'lose') return request.socket.resetAndDestroy()
      let back: OutgoingHttpHeaders = answer.headers
      if (rule?.way === 'hide') {
        const kept = Object.entries(back).filter(([name]) => !rule.header.test(name))
        back = { ...Object.fromEntries(kept), ...rule.replace }
      }
      response.writeHead(answer.statusCode ?? 502, back)
      return answer.pipe(response)
    })
    far.on('error', () => response.destroy())
    request.on('close', () => !request.complete && far.destroy())
    request.pipe(far)
    return undefined
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    /** The requests in order by S3's operation names, without preflights and hedged parts. */
    asked,
    /** The numbers of the parts that were sent, in order. */
    parts,
    add: (rule: FaultRule) => rules.add({ rule, left: rule.times ?? Infinity }),
    clear: () => rules.clear(),
    /** Closes every connection. */
    cut: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, PUT, POST',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': 'ETag',
}

function operationOf({ method, url = '', headers }: IncomingMessage): string {
  const query = new URLSearchParams(url.split('?')[1])
  if (method === 'OPTIONS') return 'Preflight'
  if (method === 'PUT')
    return headers['x-amz-copy-source'] ? 'CopyObject' : query.has('partNumber') ? 'UploadPart' : 'PutObject'
  if (method === 'POST') {
    if (query.has('uploads')) return 'CreateMultipartUpload'
    return query.has('uploadId') ? 'CompleteMultipartUpload' : 'PostObject'
  }
  if (method === 'GET') return query.has('uploadId') ? 'ListParts' : 'GetObject'
  if (method === 'HEAD') return 'HeadObject'
  return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject'
}

async function drainBody(request: IncomingMessage): Promise<void> {
  request.resume()
  if (!request.complete) await once(request, 'end').catch(() => {})
}
