import { startLocalS3 } from 'local-s3'
import type { LocalS3, ImitatedStore } from 'local-s3'
import { afterEach, describe, expect, test } from 'vitest'
import { s3Storage } from '../../../src/server/index.ts'
import type { S3BucketOptions } from '../../../src/server/index.ts'
import {
  MiB,
  backend,
  bytes,
  photos,
  randomImage,
  recordFetch,
  send,
  sendParts,
} from '../../harness/s3-fixture.ts'
import type { BackendOptions } from '../../harness/s3-fixture.ts'

const running = new Set<LocalS3>()
afterEach(async () => {
  for (const server of running) await server.close()
  running.clear()
})

type SendRequest = (url: string, init: RequestInit) => Promise<Response>

/** A handler with storage of a store, which it knows only by its answers. */
async function startStore(
  like: ImitatedStore | undefined,
  options: Partial<S3BucketOptions> & {
    intercept?: (send: SendRequest) => SendRequest
  } & BackendOptions = {},
) {
  const records: string[] = []
  const s3 = await startLocalS3({
    ...(like && { like }),
    onRequest: ({ operation, status }) => records.push(`${operation} ${status}`),
  })
  running.add(s3)
  const { routes, intercept, ...bucketOptions } = options
  const recorded = recordFetch()
  const { endpoint, region, credentials } = s3
  const storage = s3Storage({
    endpoint,
    region,
    credentials,
    bucket: 'uploads',
    partSize: 5 * MiB,
    multipartFrom: 5 * MiB,
    fetch: intercept ? intercept(recorded.fetch) : recorded.fetch,
    ...bucketOptions,
  })
  return { s3, storage, records, sent: recorded.sent, server: backend(storage, routes ? { routes } : {}) }
}

type Server = Awaited<ReturnType<typeof startStore>>['server']

/** Presigns again, as a page does after storage refused a ticket. */
const presignAgain = (server: Pick<Server, 'call'>, refused: string[], file: object = {}) =>
  server
    .call({
      type: 'presign',
      files: [{ id: 'f1', name: 'cat.png', size: bytes.length, type: 'image/png', refused, ...file }],
    })
    .then(({ body }) => body.tickets[0]?.ticket ?? expect.fail('There is no ticket.'))

describe.each(['b2', 'r2'] as const)('a store like %s, with no option set', (like) => {
  test('answers the first POST with 501, and the same file goes on by PUT', async () => {
    const { server } = await startStore(like)
    const { ticket } = await server.presign({})
    expect(ticket.kind).toBe('post')
    expect((await send(ticket)).status).toBe(501)

    const other = await presignAgain(server, ['post'])
    expect(other.kind).toBe('put')
    expect((await send(other)).status).toBe(200)
    expect((await server.confirm(other)).result.size).toBe(bytes.length)
  })

  test('gets no further POST and no policy from anyone, once the server has tried it', async () => {
    const { server, records, s3 } = await startStore(like)
    await presignAgain(server, ['post'])
    expect(records.filter((record) => record.startsWith('PostObject'))).toEqual(['PostObject 501'])
    const answer = await server.as('ben').call({
      type: 'presign',
      files: [{ id: 'f2', name: 'dog.png', size: bytes.length, type: 'image/png' }],
    })
    expect(answer.body.tickets[0]?.ticket.kind).toBe('put')
    expect(answer.body.policies).toBeUndefined()
    expect((await server.call({ type: 'policies' })).body.policies).toEqual([])
    expect(s3.faults.list()).toEqual([])
  })
})

describe.each(['b2', 'gcs', 'ceph16', 'r2'] as const)(
  'parts on a store like %s, with no option set',
  (like) => {
    test('arrive, and the copy is the sent file', async () => {
      const { server } = await startStore(like)
      const body = randomImage(6 * MiB)
      const { ticket } = await server.presign({ size: body.length })
      expect(ticket.kind).toBe('multipart')
      // R2 keeps checksums, Ceph 16 ignores them, and the other two refuse them when the upload is created.
      expect(ticket.checksum).toBe(like === 'b2' || like === 'gcs' ? undefined : 'CRC64NVME')
      await sendParts(server, ticket, body)
      const { result } = await server.confirm(ticket)
      expect(result.verified).toBe(like === 'r2')
      expect(Buffer.compare(new Uint8Array(await (await fetch(result.url)).arrayBuffer()), body)).toBe(0)
    })
  },
)

test('a store that refuses checksums is asked for none a second time', async () => {
  const { server, sent } = await startStore('b2')
  const { ticket } = await server.presign({ size: 6 * MiB })
  await server.confirm(ticket)
  const first = sent.filter(({ headers }) => [...headers.keys()].some((name) => name.includes('checksum')))
  expect(first).toHaveLength(1)
  await server.presign({ size: 6 * MiB })
  await server.confirm(ticket)
  expect(
    sent.filter(({ headers }) => [...headers.keys()].some((name) => name.includes('checksum'))),
  ).toHaveLength(1)
})

test('the copy to a key on R2 sends the condition of R2', async () => {
  const { server, sent } = await startStore('r2', { store: 'r2' })
  const { ticket } = await server.presign({})
  expect(ticket.kind).toBe('put')
  await send(ticket)
  await server.confirm(ticket)
  const copies = sent.filter(({ headers }) => headers.has('x-amz-copy-source'))
  // The second one tests whether the store refuses to replace an object.
  expect(copies.map(({ headers }) => headers.has('x-amz-copy-source-if-match'))).toEqual([true, false])
  for (const { headers } of copies) {
    expect(headers.get('cf-copy-destination-if-none-match')).toBe('*')
    expect(headers.has('if-none-match')).toBe(false)
  }
})

/** Refuses the header If-None-Match, as some stores do. */
const refuseCondition =
  (sendRequest: SendRequest): SendRequest =>
  (url, init) =>
    new Headers(init.headers).has('if-none-match')
      ? Promise.resolve(notImplemented())
      : sendRequest(url, init)

const notImplemented = () =>
  new Response('<Error><Code>NotImplemented</Code><Message>A header is not implemented</Message></Error>', {
    status: 501,
  })

describe('a store that refuses conditions', () => {
  test('gets the copy and the completion without one, and later ones at once', async () => {
    let refusals = 0
    const { server } = await startStore(undefined, {
      intercept: (sendRequest) => (url, init) => {
        if (new Headers(init.headers).has('if-none-match')) refusals += 1
        return refuseCondition(sendRequest)(url, init)
      },
    })
    for (const name of ['a.png', 'b.png']) {
      const { ticket } = await server.presign({ name })
      await send(ticket)
      expect((await server.confirm(ticket)).result.size).toBe(bytes.length)
    }
    expect(refusals).toBe(1)
  })

  test('gets PUTs without a condition once the server has tried it, and not by the word of a page', async () => {
    const routes = { photos: photos({ promote: false, strategy: 'put' }) }
    const refusing = await startStore(undefined, { routes, intercept: refuseCondition })
    expect((await refusing.server.presign({})).ticket.headers).toHaveProperty('If-None-Match', '*')
    const ticket = await presignAgain(refusing.server, ['writeOnce'])
    expect(ticket.headers).not.toHaveProperty('If-None-Match')
    expect((await send(ticket)).status).toBe(200)
    expect((await refusing.server.presign({})).ticket.headers).not.toHaveProperty('If-None-Match')

    const accepting = await startStore(undefined, { routes })
    const own = await presignAgain(accepting.server, ['writeOnce'])
    expect(own.headers).toHaveProperty('If-None-Match', '*')
  })
})

describe('a page that lies about what storage refuses', () => {
  test('changes its own ticket and nothing for anyone else', async () => {
    const { server } = await startStore(undefined)
    const size = 6 * MiB
    const lied = await presignAgain(server.as('mallory'), ['post', 'checksums', 'writeOnce'])
    expect(lied).toMatchObject({ kind: 'put' })
    expect(lied.checksum).toBeUndefined()
    const liedParts = await presignAgain(server.as('mallory'), ['checksums'], { size })
    expect(liedParts.checksum).toBeUndefined()

    for (const user of ['ben', 'mallory']) {
      expect((await server.as(user).presign({})).ticket).toMatchObject({
        kind: 'post',
        checksum: 'CRC64NVME',
      })
      expect((await server.as(user).presign({ size })).ticket.checksum).toBe('CRC64NVME')
      const { body } = await server.as(user).call({ type: 'policies' })
      expect(body.policies?.length).toBeGreaterThan(0)
    }
    expect(server.errors).toEqual([])
  })

  test('causes one request of the server for each feature, however often it lies, and leaves no object', async () => {
    const { server, records, s3 } = await startStore(undefined)
    const lies = Array.from({ length: 20 }, (_, index) =>
      presignAgain(server.as(`mallory-${index}`), ['post', 'checksums', 'writeOnce']),
    )
    await Promise.all(lies)
    expect(records.filter((record) => /^(PostObject|PutObject)/.test(record)).toSorted()).toEqual([
      'PostObject 201',
      'PutObject 200',
      'PutObject 200',
    ])
    expect(records.filter((record) => record.startsWith('DeleteObject'))).toHaveLength(3)
    expect(s3.directory).not.toBe('')
  })

  test('cannot leave POST where the app decided for it', async () => {
    const { server } = await startStore(undefined, { routes: { photos: photos({ strategy: 'post' }) } })
    expect((await presignAgain(server, ['post'])).kind).toBe('post')
  })

  test('cannot cause a request of the server without being signed in', async () => {
    const routes = { photos: photos({ authorize: () => null }) }
    const { server, records } = await startStore(undefined, { routes })
    await server.call({
      type: 'presign',
      files: [{ id: 'f1', name: 'a.png', size: 1, type: 'image/png', refused: ['post'] }],
    })
    expect(records).toEqual([])
  })

  test.each([['post'], [{ post: true }], [[1, null, 'POST', '__proto__']], [null]])(
    'gets a ticket as always for the report %j',
    async (refused) => {
      const { server, records } = await startStore(undefined)
      expect((await presignAgain(server, refused as string[])).kind).toBe('post')
      expect(records).toEqual([])
    },
  )
})
