import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { createUploadHandler, s3Storage, toNodeHandler } from 'putaway/server'
import { unreachable } from '../../harness/s3-fixture.ts'
import { sendRaw, statusesOf } from '../../server/raw-requests.ts'

const uploads = createUploadHandler({
  storage: s3Storage({ ...unreachable, bucket: 'b' }),
  secret: 'a secret of a fuzzer that is long enough',
  routes: { photos: { accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'anna' }) } },
  onError: () => {},
})
const server = createServer(toNodeHandler(uploads)).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo // it listens on a port

const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'HEAD', 'TRACE', 'CONNECT', 'OPTIONS', 'DELETE', 'M-SEARCH', 'trace', ''),
  fc.string({ maxLength: 10 }),
)
const target = fc.oneof(
  fc.constantFrom('/', '*', '//a:b@c', 'http://a:b@c/', 'http://', '/?', '/#', '/%zz', '\\\\a', 'a:80'),
  fc.webUrl(),
  fc.string({ maxLength: 50, unit: 'binary' }),
)
const host = fc.oneof(
  fc.constantFrom('a', 'a:b@c', '[::1]', '[', '%%%', '', 'a/b', 'a?', 'a#', ' ', '\u00e4', 'a:99999'),
  fc.string({ maxLength: 20 }),
)
const header = fc.oneof(
  host.map((value) => `Host: ${value}`),
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Length: 5',
    'Content-Length: 50000000',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: h2c',
  ),
  fc
    .tuple(fc.string({ maxLength: 10 }), fc.string({ maxLength: 30, unit: 'binary' }))
    .map(([name, value]) => `${name}: ${value}`),
)
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '{"type":"presign","files":[{}]}',
    '{"type":"confirm","receipts":[null]}',
    '5\r\nhello\r\n0\r\n\r\n',
    'zz\r\n',
  ),
  fc.json(),
  fc.string({ maxLength: 200, unit: 'binary' }),
)
const request = fc
  .tuple(
    method,
    target,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
    fc.array(header, { maxLength: 6 }),
    body,
  )
  .map(([verb, path, version, headers, content]) =>
    [`${verb} ${path} ${version}`, ...headers, '', content].join('\r\n'),
  )
const bytes = fc.oneof(
  fc.array(request, { minLength: 1, maxLength: 3 }).map((all) => Buffer.from(all.join(''), 'latin1')),
  fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
)

/** Sends the requests concurrently, because each waits until the connection is quiet. */
const connections = fc.array(fc.tuple(bytes, fc.boolean()), { minLength: 1, maxLength: 16 })

const next = `{"type":"presign","files":[{"id":"a","name":"a.png","size":1,"type":"image/png"}]}`
const validRequest = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${next.length}\r\n\r\n${next}`

/** For any bytes on a connection: no 5xx, no uncaught error, and the next request succeeds. */
export const property = fc.asyncProperty(connections, async (hostile) => {
  const answers = await Promise.all(
    hostile.map(([sent, halfClose]) => sendRaw(port, sent, { halfClose, quiet: 20 })),
  )
  const failures = answers.flatMap(statusesOf).filter((status) => status >= 500 && status !== 501)
  if (failures.length > 0) throw new Error(`responded with ${failures.join()}`)
  const after = statusesOf(await sendRaw(port, validRequest))
  if (after.join() !== '200') throw new Error(`the next request got ${after.join()} instead of 200`)
})
