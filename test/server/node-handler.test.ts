import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2'
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { s3Storage, toNodeHandler } from '../../src/server/index.ts'
import type { NodeRequest, NodeResponse } from '../../src/server/index.ts'
import { backend, unreachable } from '../harness/s3-fixture.ts'
import { serveNode } from '../harness/serve-node.ts'
import { sendRaw, statusesOf } from './raw-requests.ts'
import { eventually } from '../harness/eventually.ts'

const { handler } = backend(s3Storage({ ...unreachable, bucket: 'b' }))
const endings: (() => unknown)[] = []
afterAll(() => endings.forEach((end) => end()))

const serve = async (listener: RequestListener) => `${await serveNode(listener)}/api/uploads`

const mounted = toNodeHandler(handler)
const files = [{ id: 'a', name: '고양이.png', size: 10, type: 'image/png' }]
const init = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-user': 'anna' },
  body: JSON.stringify({ type: 'presign', files }),
}

test('node:http serves the handler', async () => {
  const answer = await fetch(await serve((request, response) => void mounted(request, response)), init)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toMatchObject({ tickets: [{ id: 'a', ticket: { kind: 'post' } }] })
})

test('accepts a body that the framework has already parsed as JSON', async () => {
  const url = await serve(async (request: IncomingMessage & { body?: unknown }, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    request.body = JSON.parse(text)
    await mounted(request, response)
  })
  expect(await (await fetch(url, init)).json()).toMatchObject({ tickets: [{ id: 'a' }] })
})

test('answers a body over the limit with an error without reading it to the end', async () => {
  const url = await serve((request, response) => void mounted(request, response))
  const answer = await fetch(url, { ...init, body: 'x'.repeat(3_000_000) })
  expect(answer.status).toBe(413)
})

test('answers a wrong method and an invalid host with an error', async () => {
  const url = await serve((request, response) => {
    request.headers.host = '%%%'
    void mounted(request, response)
  })
  const answer = await fetch(url)
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
})

const portOf = (url: string) => Number(new URL(url).port)
const serveMounted = async (handle = mounted) => serve((request, response) => void handle(request, response))

/** A request as text. Content-Length fits the body unless the headers set another. */
function raw(line: string, headers: readonly string[] = ['Host: app.test'], body = ''): string {
  const length = headers.some((each) => /^(content-length|transfer-encoding):/i.test(each))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [line, ...headers, ...length, 'Connection: close', '', body].join('\r\n')
}

const json = ['Content-Type: application/json', 'X-User: anna']
/** A valid request: it succeeds if the previous one left the connection and the process intact. */
const validRequest = raw('POST /api/uploads HTTP/1.1', ['Host: app.test', ...json], init.body)

describe('a hostile request', () => {
  // An unhandled rejection or error fails the run: vitest reports it.
  test.each<readonly [string, string, readonly number[]]>([
    ['TRACE', raw('TRACE / HTTP/1.1'), [405]],
    ['a TRACE with a body', raw('TRACE / HTTP/1.1', undefined, 'x'.repeat(1000)), [405]],
    ['CONNECT', raw('CONNECT a:80 HTTP/1.1', ['Host: a:80']), []],
    ['OPTIONS of everything', raw('OPTIONS * HTTP/1.1'), [405]],
    ['POST of everything', raw('POST * HTTP/1.1'), [415]],
    ['PROPFIND', raw('PROPFIND / HTTP/1.1'), [405]],
    ['M-SEARCH', raw('M-SEARCH * HTTP/1.1'), [405]],
    ['PRI', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['an unknown method', raw('STEAL / HTTP/1.1'), [400]],
    [
      'an absolute URL as target',
      raw('POST http://app.test/api/uploads HTTP/1.1', [...json, 'Host: x']),
      [400],
    ],
    ['an absolute URL with a password', raw('POST http://a:b@c/ HTTP/1.1', ['Host: c', ...json]), [400]],
    ['an invalid absolute URL', raw('POST http://[/ HTTP/1.1', ['Host: c', ...json]), [400]],
    ['a path that looks like a host', raw('POST //a:b@c HTTP/1.1', ['Host: app.test', ...json]), [400]],
    ['a path of backslashes', raw('GET /\\\\a:b@c HTTP/1.1'), [405]],
    ['a path of broken escapes', raw('GET /%zz%00%ff?%u HTTP/1.1'), [405]],
    ['a fragment', raw('GET /#a HTTP/1.1'), [405]],
    ['HTTP/1.1 without Host', raw('POST / HTTP/1.1', json), [400]],
    ...[
      'a:b@c',
      '@',
      'a/b',
      'a?b',
      'a#b',
      'a b',
      '%%%',
      'a:99999',
      '[::1',
      '',
      '\u00e4',
      'a\\b',
      '/',
      ':80',
    ].map(
      (host) =>
        [
          `the host ${JSON.stringify(host)}`,
          raw('POST / HTTP/1.1', [`Host: ${host}`, ...json], '{}'),
          [400],
        ] as const,
    ),
    ['a GET of a host with a password', raw('GET / HTTP/1.1', ['Host: a:b@c']), [405]],
    ['two hosts', raw('GET / HTTP/1.1', ['Host: a', 'Host: b']), [405]],
    ['a header of high bytes', raw('POST / HTTP/1.1', ['Host: a', 'X: \u0080\u00ff', ...json], '{}'), [400]],
    [
      'a header of control characters',
      raw('POST / HTTP/1.1', ['Host: a', 'X: \u0001', ...json], '{}'),
      [400],
    ],
    [
      'a content type of high bytes',
      raw('POST / HTTP/1.1', ['Host: a', 'Content-Type: \u00ff'], '{}'),
      [415],
    ],
    ['a header named __proto__', raw('POST / HTTP/1.1', ['Host: a', '__proto__: x', ...json], '{}'), [400]],
    [
      'an invalid Content-Length',
      raw('POST / HTTP/1.1', ['Host: a', 'Content-Length: x', ...json], '{}'),
      [400],
    ],
    [
      'an invalid chunk',
      raw('POST / HTTP/1.1', ['Host: a', 'Transfer-Encoding: chunked', ...json], 'zz\r\n'),
      [400],
    ],
    ['an Upgrade', raw('GET / HTTP/1.1', ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket']), [405]],
    [
      'Expect: 100-continue',
      raw('POST / HTTP/1.1', ['Host: a', 'Expect: 100-continue', ...json], '{}'),
      [100, 400],
    ],
    ['an unknown expectation', raw('POST / HTTP/1.1', ['Host: a', 'Expect: x', ...json], '{}'), [417]],
  ])('answers %s, then serves the next request', async (_, bytes, statuses) => {
    const port = portOf(await serveMounted())
    const text = await sendRaw(port, Buffer.from(bytes, 'latin1'))
    expect(statusesOf(text)).toEqual(statuses)
    expect(statusesOf(await sendRaw(port, validRequest))).toEqual([200])
  })

  test.each([
    ['half a request line', 'GET', [400]],
    ['nothing', '', []],
    ['half of the headers', 'POST / HTTP/1.1\r\nHost: a', [400]],
    ['half of the body', raw('POST / HTTP/1.1', ['Host: a', 'Content-Length: 100', ...json], '{}'), [400]],
    ['a TLS hello', '\u0016\u0003\u0001\u0000\u00a5\u0001', [400]],
  ])('answers a connection that ends after %s, then serves the next request', async (_, bytes, statuses) => {
    const port = portOf(await serveMounted())
    const text = await sendRaw(port, Buffer.from(bytes, 'latin1'), { halfClose: true })
    expect(statusesOf(text)).toEqual(statuses)
    expect(statusesOf(await sendRaw(port, validRequest))).toEqual([200])
  })

  test('answers hostile requests and serves the next one on the same connection', async () => {
    const port = portOf(await serveMounted())
    const before = [
      raw('TRACE / HTTP/1.1'),
      raw('POST / HTTP/1.1', ['Host: a:b@c', ...json], '{}'),
      raw('DELETE / HTTP/1.1', undefined, 'x'.repeat(100_000)),
      raw('POST / HTTP/1.1', ['Host: a', 'Content-Type: text/plain'], 'x'.repeat(2_000_000)),
      raw('POST / HTTP/1.1', ['Host: a', ...json], 'x'.repeat(2_000_000)),
    ].join('')
    const text = await sendRaw(port, before.replaceAll('Connection: close\r\n', '') + validRequest)
    expect(statusesOf(text)).toEqual([405, 400, 405, 415, 413, 200])
  })

  test('an endless body gets 413 and its connection is closed', async () => {
    const port = portOf(await serveMounted())
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(raw('POST / HTTP/1.1', ['Host: a', 'Transfer-Encoding: chunked', ...json]))
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', more)
    }
    more()
    await closed
    expect(statusesOf(text)).toEqual([413])
    expect(statusesOf(await sendRaw(port, validRequest))).toEqual([200])
  })

  test('a client that disconnects while it sends the body aborts the signal', async () => {
    let seen: AbortSignal | undefined
    const read: Promise<unknown>[] = []
    const handle = toNodeHandler((request) => {
      seen = request.signal
      const text = request.text()
      read.push(text.catch(() => 'failed'))
      return text.then((body) => new Response(body))
    })
    const port = portOf(await serveMounted(handle))
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const socket = connect(port, '127.0.0.1')
    socket.write(raw('POST / HTTP/1.1', ['Host: a', 'Content-Length: 100', ...json], '{"type":'))
    await vi.waitFor(() => expect(seen).toBeDefined(), eventually)
    expect(seen?.aborted).toBe(false)
    socket.resetAndDestroy()
    await vi.waitFor(() => expect(seen?.aborted).toBe(true), eventually)
    expect(await Promise.all(read)).toEqual(['failed'])
    log.mockRestore()
  })
})

describe('over HTTP/2', () => {
  let session: ClientHttp2Session
  let seen: string[] = []

  beforeEach(async () => {
    seen = []
    const handle = toNodeHandler((request) => {
      seen.push(request.url)
      return handler(request)
    })
    const server = createHttp2Server((request, response) => void handle(request, response)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // it listens on a port
    endings.push(() => server.close())
  })
  afterEach(() => session.destroy())

  async function sendOverHttp2(headers: Record<string, string>, body = ''): Promise<number | undefined> {
    const all = { ':method': 'POST', ':path': '/api/uploads', ...headers }
    const stream = session.request(all, { endStream: body === '' })
    const answered = once(stream, 'response')
    // A server may reset a stream that it answered without reading it.
    stream.on('error', () => {})
    if (body !== '') stream.end(body)
    const [answer] = (await answered) as [IncomingHttpHeaders & { ':status'?: number }]
    stream.resume()
    await once(stream, 'close')
    return answer[':status']
  }

  test('serves HTTP/2, and request.url contains the :authority', async () => {
    expect(await sendOverHttp2({ ':authority': 'app.test:8443', ...init.headers }, init.body)).toBe(200)
    expect(seen).toEqual(['http://app.test:8443/api/uploads'])
  })

  test.each([
    [{ ':method': 'TRACE' }, '', 405],
    [{ ':method': 'trace' }, '', 405],
    [{ ':method': 'STEAL' }, '', 405],
    [{ ':method': 'GET' }, '', 405],
    [{ ':method': 'HEAD' }, '', 405],
    [{ ':method': 'OPTIONS', ':path': '*' }, '', 405],
    [{ ':authority': 'a:b@c' }, '{}', 400],
    [{ ':authority': '%%%' }, '{}', 400],
    [{ 'content-type': 'application/json' }, 'x'.repeat(2_000_000), 413],
  ])(
    'HTTP/2 headers %j get an answer, and the next request of the session is served',
    async (headers, body, status) => {
      expect(await sendOverHttp2({ ...headers }, body)).toBe(status)
      expect(await sendOverHttp2(init.headers, init.body)).toBe(200)
    },
  )
})

describe('robustness of the node handler', () => {
  async function* chunks(...all: unknown[]) {
    for (const chunk of all) {
      if (chunk instanceof Error) throw chunk
      yield chunk
    }
  }
  const request = (changes: Partial<NodeRequest> = {}): NodeRequest => ({
    method: 'POST',
    url: '/',
    headers: { host: 'a', ...init.headers },
    [Symbol.asyncIterator]: () => chunks(init.body),
    ...changes,
  })
  const createResponse = (changes: object = {}) => {
    const written: { statusCode: number; body?: string } & NodeResponse = {
      statusCode: 0,
      setHeader: () => undefined,
      end(body) {
        this.body = body
      },
      ...changes,
    }
    return written
  }
  const circular: { self?: unknown } = {}
  circular.self = circular

  test.each<[string, Partial<NodeRequest>, number]>([
    ['no method', { method: undefined }, 405],
    ['an invalid method', { method: 'A B' }, 400],
    ['no URL', { url: undefined }, 200],
    ['an empty URL', { url: '' }, 200],
    ['no host', { headers: init.headers }, 200],
    ['an invalid header value', { headers: { host: 'a', x: 'a\nb' } }, 400],
    ['an invalid header name', { headers: { host: 'a', 'x y': 'a' } }, 400],
    ['a header beyond latin1', { headers: { host: 'a', x: '고양이' } }, 400],
    ['a body that fails', { [Symbol.asyncIterator]: () => chunks('{', new Error('reset')) }, 400],
    ['a body of strings', { [Symbol.asyncIterator]: () => chunks('{"type":', '"x"}') }, 400],
    ['a body of objects', { [Symbol.asyncIterator]: () => chunks({}, null) }, 400],
    [
      'a stream that cannot be read',
      {
        [Symbol.asyncIterator]: () => {
          throw new Error('locked')
        },
      },
      400,
    ],
    ['a circular parsed body', { readableDidRead: true, body: circular }, 400],
    ['a bigint as parsed body', { readableDidRead: true, body: 1n }, 400],
    ['a read stream and no body', { readableDidRead: true }, 400],
    ['a parsed body of bytes', { readableDidRead: true, body: new TextEncoder().encode(init.body) }, 200],
    ['a string as parsed body', { readableDidRead: true, body: init.body }, 200],
  ])('the node handler never rejects or throws for a request with %s', async (_, changes, status) => {
    const response = createResponse()
    await mounted(request(changes), response)
    expect(response.statusCode).toBe(status)
  })

  test.each<[string, () => unknown, object, number]>([
    [
      'a handler that throws',
      () => {
        throw new Error('broken')
      },
      {},
      500,
    ],
    ['a handler that rejects', () => Promise.reject(new Error('broken')), {}, 500],
    ['a handler that rejects with nothing', () => Promise.reject(), {}, 500],
    ['a handler that returns nothing', () => Promise.resolve(), {}, 500],
    [
      'a consumed body',
      async () => {
        const used = new Response('x')
        await used.text()
        return used
      },
      {},
      500,
    ],
    [
      'a body that fails',
      async () => new Response(new ReadableStream({ start: (c) => c.error(new Error('x')) })),
      {},
      500,
    ],
    [
      'a header that node:http refuses',
      async () => new Response('x'),
      {
        setHeader() {
          throw new TypeError('x')
        },
      },
      500,
    ],
    [
      'a response that cannot be ended',
      async () => new Response('x'),
      {
        end() {
          throw new TypeError('x')
        },
      },
      500,
    ],
    ['headers that are already sent', async () => new Response('x'), { headersSent: true }, 0],
  ])('the node handler never rejects or throws for %s', async (_, handle, changes, status) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const response = createResponse(changes)
    await toNodeHandler(handle as () => Promise<Response>)(request(), response)
    expect(response.statusCode).toBe(status)
    expect(log).toHaveBeenCalledTimes(status === 500 ? 1 : 0)
    log.mockRestore()
  })

  test('the node handler survives a response that a timeout has already ended', async () => {
    const late = toNodeHandler(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return new Response('late')
    })
    const url = await serve((incoming, outgoing) => {
      void late(incoming, outgoing)
      outgoing.writeHead(503).end('busy')
    })
    expect((await fetch(url, init)).status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await fetch(url, init)).status).toBe(503)
  })
})
