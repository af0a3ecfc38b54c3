import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MiB, backend, bytes, openS3Fixture, photos, randomBytes, send } from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const singles = ['put', 'post'] as const

describe.each(singles)('a %s', (strategy) => {
  const route = () => backend(s3.storage(), { routes: { photos: photos({ strategy }) } })

  test('a ticket uploads the bytes, and confirm promotes them with the original name and type', async () => {
    const server = route()
    const { ticket } = await server.presign({ name: '고양이 "1".png' })
    expect(ticket.kind).toBe(strategy)
    expect(ticket.key).toMatch(/^uploads\/anna\/\d{4}-\d\d-\d\d\/[\w-]{36}\/1\.png$/)

    expect((await send(ticket)).ok).toBe(true)
    const { result } = await server.confirm(ticket)

    expect(await s3.keys()).toEqual([result.key])
    expect(result.key).toMatch(/^files\/[\w-]{36}\/1\.png$/)
    expect(result).toMatchObject({ name: '고양이 "1".png', size: bytes.length, type: 'image/png' })
    const stored = await s3.read(result.key)
    expect(stored.bytes).toEqual(bytes)
    expect(stored.type).toBe('image/png')
    expect(stored.disposition).toMatch(/^inline; filename="1.png"; filename\*=UTF-8''%EA%B3%A0/)

    const seen = await fetch(result.url)
    expect(new Uint8Array(await seen.arrayBuffer())).toEqual(bytes)
    expect(seen.headers.get('content-type')).toBe('image/png')
  })

  test('a ticket rejects more bytes, fewer bytes or another type than the ticket was signed for', async () => {
    const { ticket } = await route().presign({})
    const forgedRequest =
      strategy === 'post'
        ? { fields: { 'Content-Type': 'text/html' } }
        : { headers: { 'Content-Type': 'text/html' } }

    for (const answer of [
      await send(ticket, randomBytes(bytes.length + 1)),
      await send(ticket, randomBytes(bytes.length - 1)),
      await send(ticket, new Uint8Array()),
      await send(ticket, bytes, forgedRequest),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    expect(await s3.keys()).toEqual([])
  })

  test('a ticket rejects another key and unsigned properties', async () => {
    const { ticket } = await route().presign({})
    const other = ticket.key.replace('anna', 'ben')
    const forgedRequests =
      strategy === 'post'
        ? [
            { fields: { key: other } },
            { fields: { acl: 'public-read' } },
            { fields: { 'x-amz-meta-putaway-id': 'u1' } },
          ]
        : [
            { url: (url: string) => url.replace('anna', 'ben') }, // Ceph 16 accepts it without effect: the confirmed copy does not keep it.
            ...(process.env.S3_ENDPOINT === undefined ? [{ headers: { 'x-amz-acl': 'public-read' } }] : []),
          ]

    for (const forgedRequest of forgedRequests)
      expect((await send(ticket, bytes, forgedRequest)).status).toBe(403)
    expect(await s3.keys()).toEqual([])
  })

  test('a ticket uploads an empty file where the route allows it', async () => {
    const server = backend(s3.storage(), { routes: { photos: photos({ strategy, minSize: 0 }) } })
    const { ticket } = await server.presign({ size: 0 })
    expect((await send(ticket, new Uint8Array())).ok).toBe(true)
    const { result } = await server.confirm(ticket)
    expect((await s3.read(result.key)).bytes).toEqual(new Uint8Array())
  })

  test('a renewed ticket has the same key and works', async () => {
    const server = route()
    const { ticket } = await server.presign({})
    const { body } = await server.call({ type: 'renew', token: ticket.token })
    expect(body.ticket).toMatchObject({ kind: strategy, key: ticket.key })
    expect((await send(body.ticket)).ok).toBe(true)
    expect((await server.confirm(body.ticket)).result.size).toBe(bytes.length)
  })
})

test('a signed ticket expires at its expiresAt', async () => {
  const server = backend(s3.storage({ expiresIn: 1 }), { routes: { photos: photos({ strategy: 'put' }) } })
  const { ticket } = await server.presign({})
  expect(ticket.expiresAt).toBeLessThanOrEqual(Date.now() + 1000)
  await new Promise((done) => setTimeout(done, ticket.expiresAt - Date.now() + 1100))
  expect((await send(ticket)).status).toBe(403)
  expect(await s3.keys()).toEqual([])
})

test('small files use POST, large ones multipart, and all use PUT where storage has no POST', async () => {
  const kinds = async (storage: Parameters<S3Fixture['storage']>[0], size: number) => {
    const { ticket } = await backend(s3.storage(storage)).presign({ size })
    return ticket.kind
  }
  expect(await kinds({ multipartFrom: 6 * MiB }, 6 * MiB - 1)).toBe('post')
  expect(await kinds({ multipartFrom: 6 * MiB }, 6 * MiB)).toBe('multipart')
  expect(await kinds({ multipartFrom: 6 * MiB, post: false }, 6 * MiB - 1)).toBe('put')
  expect(await kinds({}, 19 * MiB)).toBe('post')
})

test('a write-once ticket writes once, and its object keeps its key', async () => {
  const server = backend(s3.storage(), { routes: { photos: photos({ promote: false }) } })
  const { ticket } = await server.presign({})
  expect(ticket).toMatchObject({ kind: 'put', headers: { 'If-None-Match': '*' } })
  expect(ticket.key).toMatch(/^files\//)

  expect((await send(ticket)).status).toBe(200)
  const { result } = await server.confirm(ticket)
  expect(result.key).toBe(ticket.key)

  const changed = randomBytes(bytes.length)
  expect((await send(ticket, changed)).status).toBe(412)
  const without: AnyTicket = { ...ticket, headers: { 'Content-Type': 'image/png' } }
  expect((await send(without, changed)).status).toBe(403)
  expect((await s3.read(result.key)).bytes).toEqual(bytes)
})

test('a route may choose final keys, except keys that tickets could reach', async () => {
  const named = backend(s3.storage(), {
    routes: { photos: photos({ key: (upload) => `albums/가/${upload.id}` }) },
  })
  const { ticket } = await named.presign({})
  await send(ticket)
  const { result } = await named.confirm(ticket)
  expect(result.key).toMatch(/^albums\/가\/[\w-]{36}$/)
  expect((await fetch(result.url)).status).toBe(200)

  for (const key of [
    'uploads/anna/x',
    '/x',
    'a/../b',
    'a//b',
    '',
    'a\nb',
    'x'.repeat(1025),
    'a/${filename}',
  ]) {
    const wrong = backend(s3.storage(), { routes: { photos: photos({ key: () => key }) } })
    expect((await wrong.presign({})).error).toMatchObject({ code: 'unavailable' })
    expect(wrong.errors).toMatchObject([{ name: 'TypeError' }])
  }
})

test('a public storage returns an unsigned URL', async () => {
  const server = backend(s3.storage({ publicUrl: 'https://cdn.test/' }))
  const { ticket } = await server.presign({ name: 'a b.png' })
  await send(ticket)
  const { result } = await server.confirm(ticket)
  expect(result.url).toBe(`https://cdn.test/${result.key}`)
})
