import { Agent, request as httpRequest } from 'node:http'
import { createSecureServer } from 'node:http2'
import { connect, createServer as createTcp } from 'node:net'
import { createServer as createTls } from 'node:tls'
import type { FaultRule } from 'putaway/local-s3'
import type * as LocalS3 from 'putaway/local-s3'
import { bucket, certificate, dist, listen, now } from './place.ts'
import { serveParent } from './process.ts'

/** Storage in a process of its own: local-s3, with TLS in front of it, on HTTP/1.1 and on HTTP/2. */
const { startLocalS3 } = (await import(dist('local-s3/index.js'))) as typeof LocalS3

export interface Asked {
  operation: string
  status: number
  bytesIn: number
  /** Epoch ms, when the answer went out. */
  at: number
  milliseconds: number
}

let asked: Asked[] = []
const s3 = await startLocalS3({
  buckets: [bucket],
  cors: [
    {
      AllowedOrigins: ['*'],
      AllowedMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag', 'Location'],
      MaxAgeSeconds: 3000,
    },
  ],
  onRequest: ({ operation, status, bytesIn, milliseconds }) =>
    asked.push({ operation, status, bytesIn, milliseconds, at: now() }),
})
const port = Number(new URL(s3.endpoint).port)

/** HTTP/1.1: bytes are bytes, so what is behind TLS goes on as it is. */
const h1 = createTls({ ...certificate(), minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1'] }, (secure) => {
  const plain = connect({ port, host: '127.0.0.1', noDelay: true })
  plain.on('error', () => secure.destroy())
  secure.on('error', () => plain.destroy())
  // A reset behind TLS is one in front of it.
  plain.on('close', (failed) => (failed ? secure.destroy() : secure.end()))
  secure.on('close', () => plain.destroy())
  plain.pipe(secure)
  secure.pipe(plain)
})

const agent = new Agent({ keepAlive: true, maxSockets: 64, noDelay: true })
const h2 = createSecureServer(
  { ...certificate(), minVersion: 'TLSv1.3', settings: { initialWindowSize: 8 << 20 } },
  (request, response) => {
    const headers = Object.entries(request.headers).filter(([name]) => !name.startsWith(':'))
    const onward = httpRequest({
      agent,
      port,
      host: '127.0.0.1',
      method: request.method,
      path: request.url,
      headers: { ...Object.fromEntries(headers), host: request.authority },
    })
    onward.on('response', (answer) => {
      const {
        connection: _connection,
        'keep-alive': _keepAlive,
        'transfer-encoding': _encoding,
        ...rest
      } = answer.headers
      response.writeHead(answer.statusCode ?? 500, rest)
      answer.pipe(response)
    })
    onward.on('error', () => response.stream.close(2))
    request.on('error', () => onward.destroy())
    request.pipe(onward)
  },
)
h2.on('session', (session) => session.setLocalWindowSize(32 << 20))

/** What the line itself can do: four bytes say how many are to come, and one byte answers when they are there. */
const sink = createTcp({ noDelay: true }, (socket) => {
  let [left, head] = [0, Buffer.alloc(0)]
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes
    while (rest.length > 0) {
      if (left === 0) {
        const needed = 4 - head.length
        head = Buffer.concat([head, rest.subarray(0, needed)])
        rest = rest.subarray(needed)
        if (head.length < 4) return
        left = head.readUInt32BE()
        head = Buffer.alloc(0)
      }
      const part = Math.min(left, rest.length)
      left -= part
      rest = rest.subarray(part)
      if (left === 0) socket.write('.')
    }
  })
})

const ports = { h1: await listen(h1), h2: await listen(h2), sink: await listen(sink), plain: port }

serveParent({
  about: async () => ({ ports, region: s3.region, credentials: s3.credentials }),
  /** Forgets what was asked, and what goes wrong from now on. */
  async reset(rules: FaultRule[]) {
    asked = []
    s3.faults.clear()
    for (const rule of rules) s3.faults.add(rule)
  },
  asked: async () => asked,
})
