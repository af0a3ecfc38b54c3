import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { ClientHttp2Session } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { createUploadHandler, s3Storage, toNodeHandler } from 'putaway/server'
import { unreachable } from '../../harness/s3-fixture.ts'

const uploads = createUploadHandler({
  storage: s3Storage({ ...unreachable, bucket: 'b' }),
  secret: 'a secret of a fuzzer that is long enough',
  routes: { photos: { accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'anna' }) } },
  onError: () => {},
})
const handle = toNodeHandler(uploads)
const failures: unknown[] = []
const server = createServer((request, response) => {
  // toNodeHandler never rejects.
  handle(request, response).catch((thrown: unknown) => failures.push(thrown))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo // it listens on a port

/** The next request of a session that is served. */
const next = `{"type":"presign","files":[{"id":"a","name":"a.png","size":1,"type":"image/png"}]}`

const pseudoHeaders = fc.record(
  {
    ':method': fc.oneof(
      fc.constantFrom('GET', 'POST', 'HEAD', 'TRACE', 'OPTIONS', 'trace', 'STEAL', ''),
      fc.string({ maxLength: 10 }),
    ),
    ':path': fc.oneof(
      fc.constantFrom('/', '*', '//a:b@c', 'http://a/', '', '/%zz', '/#', 'a'),
      fc.string({ maxLength: 40 }),
    ),
    ':authority': fc.oneof(
      fc.constantFrom('a', 'a:b@c', '[::1]', '[', '%%%', '', 'a/b', 'a?', ' ', 'a:99999'),
      fc.string({ maxLength: 20 }),
    ),
    ':scheme': fc.constantFrom('http', 'https', '', 'file', 'javascript'),
  },
  { requiredKeys: [] },
)
const plainHeaders = fc.dictionary(
  fc.oneof(
    fc.constantFrom('host', 'content-type', 'content-length', 'cookie', 'origin', 'expect'),
    fc.stringMatching(/^[a-z-]{1,10}$/),
  ),
  fc.oneof(
    fc.constantFrom('application/json', '5', '-1', 'a:b@c', 'text/plain;charset=x', '100-continue'),
    fc.string({ maxLength: 30 }),
  ),
  { maxKeys: 5 },
)
const content = fc.oneof(
  fc.constantFrom('', '{}', next, '{"type":"confirm","receipts":[null]}'),
  fc.json(),
  fc.string({ maxLength: 200, unit: 'binary' }),
)
/** How a request ends: in order, without an end, or reset by the client. */
const ending = fc.constantFrom('end', 'open', 'reset')
const requests = fc.array(fc.tuple(pseudoHeaders, plainHeaders, content, ending), {
  minLength: 1,
  maxLength: 8,
})
/** Bytes after the preface of a connection, which are no frames. */
const noise = fc.uint8Array({ maxLength: 200 })

async function openSession(): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  await once(session, 'connect')
  return session
}

/** Resolves with the status, or undefined if the request was refused or had no answer. */
async function send(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body: string,
  end: 'end' | 'open' | 'reset',
): Promise<number | undefined> {
  try {
    const stream = session.request({ ':method': 'POST', ':path': '/', ...headers }, { endStream: false })
    stream.on('error', () => {})
    const answered = once(stream, 'response').then(
      ([answer]: { ':status'?: number }[]) => answer?.[':status'],
      () => undefined,
    )
    if (end === 'end') stream.end(body)
    else stream.write(body)
    if (end === 'reset') stream.close(8)
    const status = await Promise.race([answered, sleep(end === 'end' ? 5000 : 20)])
    // A complete request that has no answer counts as a failure of the server.
    const isUnanswered = end === 'end' && status === undefined && !stream.destroyed
    stream.close()
    return isUnanswered ? 504 : (status ?? undefined)
  } catch {
    // The client refuses headers that no client sends.
    return undefined
  }
}

async function sendNoise(bytes: Uint8Array): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(bytes)
  await sleep(5)
  socket.destroy()
}

/** For any requests of a session: no 5xx, no rejection, and a new session is served. */
export const property = fc.asyncProperty(requests, noise, async (all, bytes) => {
  const session = await openSession()
  const statuses = await Promise.all(
    all.map(([pseudo, plain, body, end]) => send(session, { ...plain, ...pseudo }, body, end)),
  )
  session.destroy()
  await sendNoise(bytes)
  const failed = statuses.filter((status = 0) => status >= 500 && status !== 501)
  if (failed.length > 0) throw new Error(`responded with ${failed.join()}`)
  if (failures.length > 0) throw new Error('toNodeHandler rejected', { cause: failures[0] })
  const after = await openSession()
  const status = await send(after, { 'content-type': 'application/json' }, next, 'end')
  after.destroy()
  if (status !== 200) throw new Error(`the next request got ${status} instead of 200`)
})
