import { startLocalS3 } from 'local-s3'
import type { LocalS3, ImitatedStore } from 'local-s3'
import { afterEach, expect, test } from 'vitest'
import { createUploader } from '../../src/core/create-uploader.ts'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { Transport } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import { createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { Route } from '../../src/server/index.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { refusedFeature } from '../../src/transport/http/refused-feature.ts'
import { instantHost } from '../harness/engine.ts'
import { photos, secret } from '../harness/s3-fixture.ts'

let running: LocalS3 | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

/** A page whose backend signs for a store that it does not know. */
async function openPage(
  like: ImitatedStore | undefined,
  rules: Partial<Route> = {},
  changeFile = (file: object) => file,
) {
  const s3 = await startLocalS3(like ? { like } : {})
  running = s3
  const { endpoint, region, credentials } = s3
  const handler = createUploadHandler({
    storage: s3Storage({ endpoint, region, credentials, bucket: 'uploads' }),
    secret,
    routes: { photos: photos({ authorize: () => ({ id: 'anna' }), detectType: false, ...rules }) },
    onError: () => {},
  })
  const calls: string[] = []
  const endpoints = httpEndpoints('http://app.test/api/uploads', {
    fetch: async (url, init) => {
      // The body that our client sends.
      const body = JSON.parse(String(init?.body)) as { type: string; files?: object[] }
      calls.push(body.type)
      const { files } = body
      const changed = { ...body, ...(files && { files: files.map(changeFile) }) }
      return handler(new Request(url, { ...init, body: JSON.stringify(changed) }))
    },
  })
  const sent: string[] = []
  let id = 0
  const uploader = createUploader(
    {
      endpoints,
      transport: singleRequestTransport(sent),
      pool: createConnectionPool(6),
      host: instantHost,
      newId: () => `0123456789abcdef-${(id += 1)}`,
    },
    { route: 'photos' },
  )
  return { calls, sent, uploader }
}

/** Sends PUTs and forms, and names storage's error as the transport of browsers does. */
function singleRequestTransport(sent: string[]): Transport {
  return {
    async send(file, ticket, { withRetry }) {
      if (ticket.kind === 'multipart') throw new Error('a multipart ticket')
      return withRetry(async () => {
        const { ok, status } = await sendOnce(ticket, file)
        sent.push(`${ticket.kind} ${status}`)
        if (ok) return {}
        const message = `Storage answered ${status} NotImplemented: not implemented`
        throw new UploadError('signature', { phase: 'uploading', status, message })
      })
    },
  }
}

function sendOnce(ticket: Exclude<Ticket, { kind: 'multipart' }>, file: Blob) {
  if (ticket.kind === 'put')
    return fetch(ticket.url, { method: 'PUT', headers: ticket.headers ?? {}, body: file })
  const form = new FormData()
  for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value)
  form.append('file', file)
  return fetch(ticket.url, { method: 'POST', body: form })
}

const image = (name: string) => new File(['bytes'], name, { type: 'image/png' })

test.each(['b2', 'r2'] as const)(
  'on a store like %s the first upload goes on by PUT, and later ones begin with it',
  async (like) => {
    const { sent, uploader } = await openPage(like)
    uploader.add([image('a.png')])
    await uploader.settled()
    expect(sent).toEqual(['post 501', 'put 200'])
    uploader.add([image('b.png'), image('c.png')])
    await uploader.settled()
    expect(sent).toEqual(['post 501', 'put 200', 'put 200', 'put 200'])
    expect(uploader.store.getState().items.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
  },
)

test.each([
  ['a route that allows only POST', { strategy: 'post' } as const, undefined],
  ['a backend that ignores the report', {}, (file: object) => ({ ...file, refused: undefined })],
])('%s is asked once more, and the upload fails with the answer of storage', async (_, rules, changeFile) => {
  const { sent, calls, uploader } = await openPage('b2', rules, changeFile)
  const [item] = uploader.add([image('a.png')])
  await uploader.settled()
  expect(item?.store.getState()).toMatchObject({ status: 'error', error: { code: 'signature', status: 501 } })
  expect(sent).toEqual(['post 501', 'post 501'])
  expect(calls.filter((call) => call === 'presign')).toHaveLength(2)
})

const put = { kind: 'put', key: 'a', url: 'https://s3.test/a' } as const
const post = { kind: 'post', key: 'a', url: 'https://s3.test', fields: {} } as const
const parts = { kind: 'multipart', key: 'a', uploadId: 'u', partSize: 5, checksum: 'CRC64NVME' } as const
const b2Answer =
  "Storage answered 400 InvalidArgument: Unsupported header 'x-amz-checksum-crc64nvme' received."

test.each([
  [post, 405, 'Storage answered 405.', 'post'],
  [post, 501, 'Storage answered 501 NotImplemented.', 'post'],
  [post, 0, 's3.test answers POST with 501.', 'post'],
  [post, 0, 's3.test answers this page, but hides its answer to POST.', 'post'],
  [post, 403, 'Storage answered 403 SignatureDoesNotMatch.', undefined],
  [parts, 400, b2Answer, 'checksums'],
  [parts, 400, 'Storage answered 400 ExcessHeaderValues.', 'checksums'],
  [parts, 501, 'Storage answered 501.', 'checksums'],
  [parts, 400, 'Storage answered 400 InvalidArgument: Part number must be an integer', undefined],
  [{ ...put, headers: { 'If-None-Match': '*' } }, 501, 'Storage answered 501.', 'writeOnce'],
  [put, 501, 'Storage answered 501.', undefined],
] as const)('storage refuses %o with %i %s: %s', (ticket, status, message, feature) => {
  const error = new UploadError('signature', { phase: 'uploading', status, message })
  expect(refusedFeature(ticket, error)).toBe(feature)
})
