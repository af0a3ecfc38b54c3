import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { checksumOf } from '../../packages/local-s3/src/checksums/checksums.ts'
import { backend, bytes, openS3Fixture, photos, post, send } from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const routes = { photos: photos({ earlyConfirm: true }) }
const checksum = { algorithm: 'CRC64NVME', value: checksumOf('CRC64NVME', bytes) }
const early = (...tickets: AnyTicket[]) => ({
  type: 'confirm',
  early: true,
  receipts: tickets.map(({ token }, index) => ({ id: `f${index}`, token, checksum })),
})

test('an early confirm waits for the bytes, then verifies them', async () => {
  const server = backend(s3.storage(), { routes })
  const { ticket } = await server.presign({})
  expect(ticket.earlyConfirm).toBe(true)
  const answer = server.call(early(ticket))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await s3.keys()).toEqual([])
  await send(ticket)
  const { status, body } = await answer
  expect(status).toBe(200)
  expect(body.results[0]?.result).toMatchObject({ name: 'cat.png', verified: !process.env.S3_ENDPOINT })
  // A repeated confirm returns the same.
  expect((await server.confirm(ticket)).result.id).toBe(body.results[0]?.result.id)
})

test('waits for at most two files per user; an early confirm of a third answers 200 with not-stored', async () => {
  const server = backend(s3.storage(), { routes })
  const tickets = await Promise.all([1, 2, 3].map(async () => (await server.presign({})).ticket))
  const [one, two, three] = tickets
  if (!one || !two || !three) return expect.unreachable()
  const answers = [server.call(early(one)), server.call(early(two))]
  await new Promise((resolve) => setTimeout(resolve, 50))
  const { status, body } = await server.call(early(three))
  expect([status, body.results[0]?.error.code]).toEqual([200, 'not-stored'])
  await Promise.all([send(one), send(two)])
  for (const each of await Promise.all(answers)) expect(each.body.results[0]).toHaveProperty('result')
  // A slot is free again.
  const last = server.call(early(three))
  await send(three)
  expect((await last).body.results[0]).toHaveProperty('result')
})

test('stops polling when the client disconnects', async () => {
  const server = backend(s3.storage(), { routes })
  const { ticket } = await server.presign({})
  const disconnect = new AbortController()
  const request = new Request(post(early(ticket), { 'x-user': 'anna' }), { signal: disconnect.signal })
  const answer = server.handler(request)
  disconnect.abort()
  expect(await (await answer).json()).toMatchObject({ results: [{ error: { code: 'not-stored' } }] })
})

test('a route without earlyConfirm answers an early confirm at once', async () => {
  const server = backend(s3.storage())
  const { ticket } = await server.presign({})
  expect(ticket).not.toHaveProperty('earlyConfirm')
  const { body } = await server.call(early(ticket))
  expect(body.results[0]?.error.code).toBe('not-stored')
})

test('a policy announces earlyConfirm; a multipart ticket never does', async () => {
  const server = backend(s3.storage(), { routes: { photos: photos({ earlyConfirm: true }) } })
  expect((await server.call({ type: 'policies' })).body.policies?.[0]?.earlyConfirm).toBe(true)
  const parts = backend(s3.storage(), {
    routes: { photos: photos({ earlyConfirm: true, strategy: 'multipart' }) },
  })
  expect((await parts.presign({})).ticket).not.toHaveProperty('earlyConfirm')
})
