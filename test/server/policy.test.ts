import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createPolicyCache } from '../../src/transport/http/policy-cache.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import type { WirePolicy } from '../../src/protocol/wire.ts'
import {
  backend,
  bytes,
  openS3Fixture,
  photos,
  randomBytes,
  randomImage,
  send,
} from '../harness/s3-fixture.ts'
import type { AnyTicket, BackendOptions, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const reader = { source: 'The answer', uploadPhase: 'starting', code: 'invalid-answer' } as const
const newFile = (more: Partial<FileInfo> = {}): FileInfo => ({
  id: crypto.randomUUID(),
  name: 'cat.png',
  size: bytes.length,
  type: 'image/png',
  ...more,
})

/** The policies and tickets that the browser code makes. */
function ticketBy(policies: readonly WirePolicy[], file: FileInfo): (AnyTicket & Ticket) | undefined {
  const kept = createPolicyCache()
  kept.add(policies, reader)
  return kept.ticketFor(file) as (AnyTicket & Ticket) | undefined // same value, looser type
}

async function fetchPolicies(options: BackendOptions = {}, user = 'anna') {
  const server = backend(s3.storage(), options)
  const { status, body } = await server.as(user).call({ type: 'policies' })
  const { policies = [] } = body
  const ticketFor = (file: FileInfo = newFile()) =>
    ticketBy(policies, file) ?? expect.unreachable('no ticket')
  return { server, status, body, policies, ticketFor }
}

/** Replaces the file or the policy of a token. */
function swap(token: string, file: object): string {
  const [payload, signature] = token.split('.')
  return `${payload}.${signature}.${Buffer.from(JSON.stringify(file)).toString('base64url')}`
}

test('many files share one policy without a presign, and each is confirmed separately', async () => {
  const { server, ticketFor } = await fetchPolicies()
  const files = ['a.png', 'b.png', 'café 사진.png'].map((name) => newFile({ name, meta: { album: 7 } }))
  const tickets = files.map(ticketFor)
  for (const ticket of tickets) expect((await send(ticket)).status).toBe(201)

  const receipts = tickets.map(({ token }, index) => ({ id: files[index]?.id ?? '', token }))
  const { body } = await server.call({ type: 'confirm', receipts })
  expect(body.results.map(({ result }) => result.name)).toEqual(['a.png', 'b.png', 'café 사진.png'])
  expect(new Set(body.results.map(({ result }) => result.key)).size).toBe(3)
  expect(await s3.keys()).toEqual(body.results.map(({ result }) => result.key).toSorted())
  for (const { result } of body.results) {
    expect(Buffer.compare((await s3.read(result.key)).bytes, bytes)).toBe(0)
    expect(result.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  }
})

test('a presign response contains the policy for the next files', async () => {
  const server = backend(s3.storage())
  const { body } = await server.call({ type: 'presign', files: [newFile(), newFile()] })
  expect(body.policies).toMatchObject([{ type: 'image/png', minSize: 1, maxSize: 20_000_000 }])
  const ticket = ticketBy(body.policies ?? [], newFile()) ?? expect.unreachable('no ticket')
  expect((await send(ticket)).status).toBe(201)
  expect((await server.confirm(ticket)).result.type).toBe('image/png')
})

test('a repeated confirm returns the same result with the same upload id', async () => {
  const { server, ticketFor } = await fetchPolicies()
  const ticket = ticketFor()
  await send(ticket)
  const [first, second] = [await server.confirm(ticket), await server.confirm(ticket)]
  expect({ ...second.result, token: '', url: '' }).toEqual({ ...first.result, token: '', url: '' })
})

test('policies cover the types that users choose, and tell the page how to preconnect to storage', async () => {
  const { body } = await fetchPolicies()
  expect(body.policies?.map(({ type }) => type)).toEqual([
    'image/jpeg',
    'image/png',
    'image/webp',
    'image/heic',
  ])
  expect(new URL(body.hello ?? '').origin).toBe(new URL(body.policies?.[0]?.url ?? '').origin)
  expect((await fetch(body.hello ?? '', { method: 'HEAD' })).status).toBe(200)
  const exact = await fetchPolicies({
    routes: { docs: photos({ accept: ['application/pdf', 'text/csv', '.xlsx'] }) },
  })
  expect(exact.policies.map(({ type }) => type)).toEqual(['application/pdf', 'text/csv'])
})

describe('the requests that a page sends before a file is chosen', () => {
  test('are a HEAD at the URL of the policies and of each further origin, and storage accepts them', async () => {
    const { port } = new URL(s3.access.endpoint)
    const server = backend(s3.storage({ origins: [`http://localhost:${port}`] }))
    const { policies = [], preflights = [] } = (await server.call({ type: 'policies' })).body
    const [url = ''] = policies.map((policy) => policy.url)
    expect(preflights.map((preflight) => preflight.url)).toEqual([
      url,
      url.replace(new URL(url).origin, `http://localhost:${port}`),
    ])
    for (const request of preflights) {
      const sendHead = (changes: object = {}, method = 'HEAD') =>
        fetch(request.url, { method, headers: { ...request.headers, ...changes } })
      expect((await sendHead()).status).toBe(200)
      const { authorization = '' } = request.headers
      expect((await sendHead({ authorization: authorization.replace(/.{8}$/, '00000000') })).status).toBe(403)
      // They permit nothing else.
      expect((await sendHead({}, 'GET')).status).toBe(403)
    }
  })

  test.each([
    ['with a policy for each file', { reusePolicies: false }, {}, 1],
    ['with a metaSchema', { metaSchema: z.object({ album: z.number() }) }, {}, 1],
    ['with PUT', { strategy: 'put' }, {}, 0],
    ['with write-once tickets', { promote: false }, {}, 0],
    ['whose files are sent in parts', { strategy: 'multipart' }, {}, 0],
    ['on a store without POST', {}, { post: false }, 0],
  ] as const)('a route %s', async (_, rules, options, count) => {
    const server = backend(s3.storage(options), { routes: { photos: photos({ ...rules }) } })
    const { preflights = [] } = (await server.call({ type: 'policies' })).body
    expect(preflights).toHaveLength(count)
  })
})

test('files rotate over all host names of a bucket, over as many connections as those allow', async () => {
  const origins = ['http://one.test', 'http://two.test:9000']
  const server = backend(s3.storage({ origins }))
  const { policies = [] } = (await server.call({ type: 'policies' })).body
  const kept = createPolicyCache()
  kept.add(policies, reader)
  const tickets = Array.from({ length: 6 }, () => kept.ticketFor(newFile()))
  const urls = tickets.map((ticket) => (ticket?.kind === 'post' ? new URL(ticket.url) : expect.unreachable()))
  expect(new Set(urls.map(({ origin }) => origin))).toEqual(
    new Set([new URL(policies[0]?.url ?? '').origin, ...origins]),
  )
  expect(new Set(urls.map(({ pathname }) => pathname)).size).toBe(1)
  expect(tickets[0]?.connections).toBe(18)

  const { body } = await server.call({ type: 'presign', files: [newFile(), newFile(), newFile()] })
  expect(new Set(body.tickets.map(({ ticket }) => new URL(ticket.url).origin)).size).toBe(3)

  const fast = backend(s3.storage({ connections: 32 }), { routes: { photos: photos({ strategy: 'put' }) } })
  expect((await fast.presign({})).ticket.connections).toBe(32)
})

test("a ticket of a policy expires by the server's clock, as one of presign does", async () => {
  const { policies, ticketFor } = await fetchPolicies()
  vi.useFakeTimers({ now: Date.now() - 3 * 60_000, toFake: ['Date'] }) // the browser's clock is late
  try {
    expect(ticketFor().expiresAt).toBe(policies[0]?.expiresAt)
  } finally {
    vi.useRealTimers()
  }
})

test('an expired policy ticket is renewed to its own ticket at the same key', async () => {
  const { server, ticketFor } = await fetchPolicies()
  const old = ticketFor()
  const { body } = await server.call({ type: 'renew', token: old.token })
  expect(body.ticket).toMatchObject({ kind: 'post', key: old.key })
  expect((await send(body.ticket)).status).toBe(201)
  expect((await server.confirm(body.ticket)).result.name).toBe('cat.png')
})

test('a discard deletes the object that was sent and no other', async () => {
  const { server, ticketFor } = await fetchPolicies()
  const [kept, dropped] = [ticketFor(), ticketFor()]
  await Promise.all([send(kept), send(dropped)])
  await server.discard(dropped)
  expect(await s3.keys()).toEqual([kept.key])
})

test('authorize gets the files at confirm before any other step', async () => {
  const authorize = vi.fn(() => ({ id: 'anna' }))
  const { server, ticketFor } = await fetchPolicies({ routes: { photos: photos({ authorize }) } })
  expect(authorize).toHaveBeenLastCalledWith(expect.anything(), {
    route: 'photos',
    step: 'policies',
    files: [],
    policies: ['image/jpeg', 'image/png', 'image/webp', 'image/heic'].map((type) => ({
      type,
      minSize: 1,
      maxSize: 20_000_000,
    })),
  })
  const [one, two] = [newFile({ name: 'one.png' }), newFile({ name: 'two.png' })].map(ticketFor)
  if (!one || !two) return expect.unreachable()
  await Promise.all([send(one), send(two)])
  await server.call({
    type: 'confirm',
    receipts: [one, two].map(({ token }, index) => ({ id: `${index}`, token })),
  })
  expect(authorize).toHaveBeenCalledTimes(2)
  expect(authorize).toHaveBeenLastCalledWith(expect.anything(), {
    route: 'photos',
    step: 'confirm',
    files: ['one.png', 'two.png'].map((name) => ({
      id: expect.stringMatching(/^[\w-]{36}$/),
      name,
      size: bytes.length,
      type: 'image/png',
      meta: {},
      byPolicy: true,
    })),
  })
})

test.each([
  ['sets reusePolicies: false', photos({ reusePolicies: false })],
  ['has a metaSchema', photos({ metaSchema: z.object({ album: z.number() }) })],
  ['sets promote: false', photos({ promote: false })],
  ['uses PUT', photos({ strategy: 'put' })],
])('a route returns no policy when it %s', async (_why, route) => {
  const { server, policies } = await fetchPolicies({ routes: { photos: route } })
  expect(policies).toEqual([])
  const { body } = await server.call({ type: 'presign', files: [newFile({ meta: { album: 1 } })] })
  expect(body.tickets[0]).toHaveProperty('ticket')
  expect(body).not.toHaveProperty('policies')
})

test('no policy is returned by a store without POST, nor to an unauthorized user', async () => {
  const put = backend(s3.storage({ post: false }))
  expect((await put.call({ type: 'policies' })).body).toMatchObject({
    policies: [],
    hello: expect.any(String),
  })
  const { handler } = backend(s3.storage())
  const { post } = await import('../harness/s3-fixture.ts')
  const answer = await handler(post({ type: 'policies' }))
  expect([answer.status, await answer.json()]).toEqual([200, { policies: [] }])
  expect((await handler(post({ type: 'policies', route: 'none' }))).status).toBe(404)
})

describe('storage rejects', () => {
  test.each<[string, (ticket: AnyTicket) => Record<string, string>]>([
    ['a key above the prefix', ({ key }) => ({ key: key.replace(/[^/]+\/[^/]+$/, 'x') })],
    ['an unrelated key', () => ({ key: 'files/cat.png' })],
    ['another type', () => ({ 'Content-Type': 'text/html' })],
  ])('storage rejects a policy upload with %s', async (_what, forgedFields) => {
    const { ticketFor } = await fetchPolicies()
    const ticket = ticketFor()
    const changed = { ...ticket, fields: { ...ticket.fields, ...forgedFields(ticket) } }
    expect((await send(changed)).status).toBe(403)
    expect(await s3.keys()).toEqual([])
  })

  test('storage rejects more bytes than the route allows, and an empty body', async () => {
    const { ticketFor } = await fetchPolicies({ routes: { photos: photos({ maxSize: 1000 }) } })
    expect((await send(ticketFor(), randomBytes(1001))).status).toBe(400)
    expect((await send(ticketFor(), new Uint8Array())).status).toBe(400)
    expect(await s3.keys()).toEqual([])
  })
})

describe('the backend rejects', () => {
  const about = { id: 'f'.repeat(32), name: 'cat.png', size: bytes.length }

  test('the backend rejects a policy of another user', async () => {
    const { server, ticketFor } = await fetchPolicies()
    const ticket = ticketFor()
    await send(ticket)
    expect((await server.as('ben').confirm(ticket)).error.code).toBe('forbidden')
    expect((await server.as('ben').discard(ticket)).status).toBe(403)
    expect(await s3.keys()).toEqual([ticket.key])
  })

  test.each<[string, object]>([
    ['an id that escapes the prefix', { ...about, id: '../../files/0123456789' }],
    ['a short id', { ...about, id: 'a' }],
    ['an id that is not a string', { ...about, id: 7 }],
    ['a size over the limit', { ...about, size: 20_000_001 }],
    ['no size', { ...about, size: 0 }],
    ['no name', { ...about, name: '' }],
    ['a long name', { ...about, name: 'x'.repeat(2000) }],
    ['a large meta', { ...about, meta: { text: 'x'.repeat(3000) } }],
    ['nested meta', { ...about, meta: { deep: {} } }],
    ['nothing', {}],
  ])('the backend rejects a policy token with %s', async (_what, file) => {
    const { server, ticketFor } = await fetchPolicies()
    const token = swap(ticketFor().token, file)
    for (const type of ['renew', 'complete', 'list-parts']) {
      const { status, body } = await server.call({ type, token })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(body.error).toBeDefined()
    }
    const { body } = await server.call({ type: 'confirm', receipts: [{ id: 'f1', token }] })
    expect(body.results[0]).toHaveProperty('error')
    expect(await s3.keys()).toEqual([])
  })

  test('a type stated by the client does not replace the type of the policy', async () => {
    const { server, ticketFor } = await fetchPolicies({ routes: { photos: photos({ accept: '*' }) } })
    const ticket = ticketFor()
    await send(ticket)
    const token = swap(ticket.token, { ...about, id: ticket.key.split('/').at(-1), type: 'text/html' })
    expect((await server.confirm({ ...ticket, token })).result.type).toBe('image/png')
  })

  test('the backend deletes and rejects an object whose size differs from the stated one', async () => {
    const { server, ticketFor } = await fetchPolicies()
    const file = newFile({ size: bytes.length + 1 })
    const ticket = ticketFor(file)
    await send(ticket)
    expect((await server.confirm(ticket)).error.code).toBe('mismatch')
    expect(await s3.keys()).toEqual([])
  })

  test('the backend rejects bytes that are not an image', async () => {
    const { server, ticketFor } = await fetchPolicies()
    const page = new TextEncoder().encode('<!doctype html><script>alert(1)</script>')
    const ticket = ticketFor(newFile({ size: page.length }))
    expect((await send(ticket, page)).status).toBe(201)
    expect((await server.confirm(ticket)).error.code).toBe('wrong-type')
    expect(await s3.keys()).toEqual([])
  })

  test('the backend rejects a token of one kind used as another kind', async () => {
    const { server, policies, ticketFor } = await fetchPolicies()
    const plain = (await server.presign({})).ticket
    const bare = policies[0]?.token ?? ''
    const file = Buffer.from(JSON.stringify(about)).toString('base64url')
    for (const token of [bare, `${plain.token}.${file}`, `${bare}.`, `${bare}.x`, `${ticketFor().token}.x`]) {
      const { body } = await server.call({ type: 'confirm', receipts: [{ id: 'f1', token }] })
      expect(body.results[0]?.error.code).toMatch(/forbidden|rejected/)
    }
  })

  test('the backend rejects an expired policy', async () => {
    let now = Date.now()
    const { server, ticketFor } = await fetchPolicies({ now: () => now })
    const ticket = ticketFor()
    await send(ticket)
    now += 25 * 3_600_000
    expect((await server.confirm(ticket)).error.code).toBe('expired')
  })

  test('the same file id below another policy is another upload and cannot take over a promoted object', async () => {
    const first = await fetchPolicies()
    const firstTicket = first.ticketFor(newFile({ id: about.id }))
    await send(firstTicket)
    const kept = (await first.server.confirm(firstTicket)).result
    const other = await fetchPolicies({}, 'ben')
    const otherTicket = other.ticketFor(newFile({ id: about.id, size: 100 }))
    await send(otherTicket, randomImage(100))
    const result = (await other.server.as('ben').confirm(otherTicket)).result
    expect(result.id).not.toBe(kept.id)
    expect(result.key).not.toBe(kept.key)
    expect(Buffer.compare((await s3.read(kept.key)).bytes, bytes)).toBe(0)
  })
})
