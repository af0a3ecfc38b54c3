import { once } from 'node:events'
import { Agent, createServer, request as ask } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a gate does with a request in place of letting it through as it is. */
export type Way =
  /** Takes the body and answers by itself. `cors: false`: as a server that knows nothing of CORS. */
  | {
      readonly way: 'answer'
      readonly status: number
      readonly body?: string
      readonly headers?: OutgoingHttpHeaders
      readonly cors?: boolean
    }
  /** Lets another request through than came: what was signed no longer fits. */
  | { readonly way: 'change'; readonly change: (asked: Changeable) => void }
  /** Lets the answer's headers back only as changed. */
  | { readonly way: 'hide'; readonly header: RegExp; readonly replace?: OutgoingHttpHeaders }
  /** Breaks the connection after so many bytes of the body. */
  | { readonly way: 'reset'; readonly after: number }
  /** Lets the request through, and breaks the connection in place of the answer. */
  | { readonly way: 'lose' }
  /** Takes the whole body and closes the connection in good order, without an answer. */
  | { readonly way: 'close' }
  /** Takes the whole body and says nothing. */
  | { readonly way: 'silence' }
  /** Takes the beginning, and the rest when the promise is kept. */
  | { readonly way: 'hold'; readonly until: Promise<void>; readonly held: () => void }

export interface Changeable {
  url: string
  headers: IncomingHttpHeaders
}

export type Rule = Way & {
  readonly operation: string
  /** Only requests with such a path and query, for example `/partNumber=2&/`. */
  readonly url?: RegExp
  /** Default: every time. */
  readonly times?: number
}

/**
 * A server before storage that lets requests through byte for byte, and counts them by S3's names. Rules make it say what
 * storage says only on its bad days, or make storage itself say no by a request that was changed on its way.
 */
export async function openGate(to: string) {
  const { hostname, port } = new URL(to)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const asked: string[] = []
  const parts: number[] = []
  /** Parts on their way. */
  const sending = new Set<string>()
  const rules = new Set<{ rule: Rule; left: number }>()

  const server = createServer((request, response) => {
    const operation = operationOf(request)
    const query = new URLSearchParams(request.url?.split('?')[1])
    const part = `${query.get('uploadId')} ${query.get('partNumber')}`
    // A slow part is sent a second time beside the first, which says nothing of what is sent again.
    const isHelper = operation === 'UploadPart' && sending.has(part)
    if (operation !== 'Preflight' && !isHelper) asked.push(operation)
    if (operation === 'UploadPart' && !isHelper) {
      parts.push(Number(query.get('partNumber')))
      sending.add(part)
      response.once('close', () => sending.delete(part))
    }
    const found = [...rules].find(
      ({ rule, left }) =>
        rule.operation === operation && left > 0 && (rule.url?.test(request.url ?? '') ?? true),
    )
    if (found) found.left -= 1
    // Whoever leaves in the middle leaves.
    request.on('error', () => {})
    response.on('error', () => {})
    void meet(request, response, found?.rule)
  })
  async function meet(request: IncomingMessage, response: ServerResponse, rule: Rule | undefined) {
    switch (rule?.way) {
      case 'answer': {
        await drained(request)
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
        await drained(request)
        return request.socket.end()
      case 'silence':
        return drained(request)
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
    changed: Changeable = { url: request.url ?? '/', headers: request.headers },
    rule?: Rule,
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
    /** What was asked, in order, by S3's names, without preflights and helpers of slow parts. */
    asked,
    /** The numbers of the parts that were sent, in order. */
    parts,
    add: (rule: Rule) => rules.add({ rule, left: rule.times ?? Infinity }),
    clear: () => rules.clear(),
    /** Ends every connection. */
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

async function drained(request: IncomingMessage): Promise<void> {
  request.resume()
  if (!request.complete) await once(request, 'end').catch(() => {})
}
