import { connect, createServer as createTcp } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { startLocalS3 } from 'local-s3'
import { bucket, certificate, listen, now } from './place.ts'
import { serveParent } from './process.ts'

export interface Asked {
  operation: string
  status: number
  bytesIn: number
  /** Epoch ms when the response was sent. */
  at: number
  milliseconds: number
}

let asked: Asked[] = []
/** local-s3 in a process of its own, with TLS in front of it; and a sink that shows what the line can do. */
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

/** Forwards decrypted HTTP/1.1 bytes unchanged. */
const strict = createTls(
  { ...certificate(), minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1'] },
  (secure) => {
    const plain = connect({ port, host: '127.0.0.1', noDelay: true })
    plain.on('error', () => secure.destroy())
    secure.on('error', () => plain.destroy())
    // Passes a reset behind TLS on to the client.
    plain.on('close', (failed) => (failed ? secure.destroy() : secure.end()))
    secure.on('close', () => plain.destroy())
    plain.pipe(secure)
    secure.pipe(plain)
  },
)

/** Measures the line: four bytes announce the number of bytes, and one byte is returned when they have arrived. */
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

const ports = { strict: await listen(strict), sink: await listen(sink), plain: port }

serveParent({
  about: async () => ({ ports, region: s3.region, credentials: s3.credentials }),
  async reset() {
    asked = []
  },
  asked: async () => asked,
})
