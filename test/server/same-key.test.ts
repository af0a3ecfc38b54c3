import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readUpload } from '../../src/server/index.ts'
import { backend, bytes, openS3Fixture, photos, randomImage, send } from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

// Replace in place: a `key` without `upload.id` gives each new file of a user the key of the old one.

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const next = randomImage(bytes.length)
const key = 'avatars/anna'

function createServer() {
  const routes = {
    photos: photos({
      key: (_upload, { user }) => `avatars/${user.id}`,
      onConfirm: ({ id, url }) => ({ id, url }),
    }),
  }
  const server = backend(s3.storage(), { routes })
  return {
    ...server,
    async upload(body: Uint8Array<ArrayBuffer>) {
      const { ticket } = await server.presign({})
      await send(ticket, body)
      const { result } = await server.confirm(ticket)
      return { ticket, result: result as { id: string; url: string; token: string } }
    },
  }
}

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  const body = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, etag: response.headers.get('etag') ?? '', body }
}

test('a second upload replaces the first under its key: one object, and a cache that revalidates gets the new bytes', async () => {
  const server = createServer()
  const first = await server.upload(bytes)
  const before = await get(first.result.url)
  expect(before).toMatchObject({ status: 200, body: bytes })
  await server.upload(next)
  expect(await s3.keys()).toEqual([key])
  // A signed URL of the first upload is a URL of the key: it shows the new file until it expires.
  const after = await get(first.result.url, { 'if-none-match': before.etag })
  expect(after).toMatchObject({ status: 200, body: next })
  expect(after.etag).not.toBe(before.etag)
  expect((await get(first.result.url, { 'if-none-match': after.etag })).status).toBe(304)
})

test('the upload id changes with each replacement, so that a URL may carry it as its version', async () => {
  const server = createServer()
  const ids = [await server.upload(bytes), await server.upload(next)].map(({ result }) => result.id)
  expect(new Set(ids).size).toBe(2)
})

test('the same bytes again are one object, and the second upload is confirmed too', async () => {
  const server = createServer()
  await server.upload(bytes)
  expect((await server.upload(bytes)).result).toMatchObject({ id: expect.any(String) })
  expect(await s3.keys()).toEqual([key])
})

test('the file of another user stays', async () => {
  const server = createServer()
  await server.upload(bytes)
  const ben = server.as('ben')
  const { ticket } = await ben.presign({})
  await send(ticket, next)
  await ben.confirm(ticket)
  expect((await s3.read(key)).bytes).toEqual(bytes)
  expect(await s3.keys()).toEqual([key, 'avatars/ben'])
})

test('a replacement that is refused or discarded leaves the old file', async () => {
  const server = createServer()
  await server.upload(bytes)
  const refused = (await server.presign({})).ticket
  await send(refused, new Uint8Array(bytes.length))
  expect((await server.confirm(refused)).error.code).toBe('wrong-type')
  const dropped = (await server.presign({})).ticket
  await send(dropped, next)
  await server.discard(dropped)
  expect(await s3.keys()).toEqual([key])
  expect((await s3.read(key)).bytes).toEqual(bytes)
})

test('a late confirm or discard of the replaced upload does not touch the new file', async () => {
  const server = createServer()
  const { ticket } = await server.upload(bytes)
  await server.upload(next)
  expect((await server.confirm(ticket)).error.code).toBe('not-stored')
  await server.discard(ticket)
  expect((await s3.read(key)).bytes).toEqual(next)
})

test('uploads to one key that are confirmed together all arrive, and the last copy stays', async () => {
  const server = createServer()
  for (const round of ['an empty key', 'a replaced object']) {
    const bodies = Array.from({ length: 4 }, () => randomImage(bytes.length))
    const tickets = await Promise.all(
      bodies.map(async (body, index) => {
        const { ticket } = await server.presign({ id: `f${index}` })
        await send(ticket, body)
        return ticket
      }),
    )
    const answers = await Promise.all(tickets.map((ticket) => server.confirm(ticket)))
    expect([round, answers.map(({ error }) => error?.code)]).toEqual([round, answers.map(() => undefined)])
    const stored = Buffer.from((await s3.read(key)).bytes)
    expect(bodies.some((body) => stored.equals(body))).toBe(true)
    expect(await s3.keys()).toContain(key)
  }
  expect(server.errors).toEqual([])
})

test('a form value of the replaced upload names the same key', async () => {
  const server = createServer()
  const { result } = await server.upload(bytes)
  await server.upload(next)
  const form = new FormData()
  form.set('avatar', JSON.stringify({ token: result.token }))
  const user = { id: 'anna' }
  const value = await readUpload(form, 'avatar', { handler: server.handler, route: 'photos', user })
  expect(value).toMatchObject({ status: 'new', upload: { id: result.id, key } })
})
