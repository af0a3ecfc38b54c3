import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createUploadHandler, s3Storage } from '../../../src/server/index.ts'
import type { UploadHandler } from '../../../src/server/index.ts'
import { backend, bytes, photos, post, secret, send } from '../../harness/s3-fixture.ts'

let s3: LocalS3
let now = Date.now()
beforeEach(async () => {
  now = Date.now()
  s3 = await startLocalS3({ buckets: ['red', 'blue'], clock: () => now })
})
afterEach(() => s3.close())

function storageOf(bucket: string) {
  const { endpoint, region, credentials } = s3
  return s3Storage({ endpoint, region, credentials, bucket })
}

const bucketOf = (url: string) => new URL(url).pathname.split('/')[1]

describe('a storage of a route', () => {
  test('keeps the files of this route, from the ticket to the URL', async () => {
    const server = backend(storageOf('red'), {
      routes: { photos: photos(), scans: photos({ storage: storageOf('blue') }) },
    })
    for (const [route, bucket] of [
      ['photos', 'red'],
      ['scans', 'blue'],
    ] as const) {
      const { ticket } = await server.presign({ route })
      expect(bucketOf(ticket.url)).toBe(bucket)
      expect((await send(ticket)).ok).toBe(true)
      const { result } = await server.confirm(ticket)
      expect(bucketOf(result.url)).toBe(bucket)
      expect(bucketOf(await server.handler.url(result.key, { route }))).toBe(bucket)
      const seen = await fetch(result.url)
      expect(new Uint8Array(await seen.arrayBuffer())).toEqual(bytes)
    }
    expect(server.errors).toEqual([])
  })

  test('deletes a discarded file there', async () => {
    const routes = { scans: photos({ storage: storageOf('blue') }) }
    const server = backend(storageOf('red'), { routes })
    const { ticket } = await server.presign({ route: 'scans' })
    await send(ticket)
    await server.discard(ticket)
    expect(await storageOf('blue').find(ticket.key)).toBeUndefined()
  })
})

describe('a storage for each request', () => {
  function tenantHandler(rules: Parameters<typeof photos>[0] = {}): UploadHandler {
    const storages = { red: storageOf('red'), blue: storageOf('blue') }
    return createUploadHandler({
      storage: (request) => storages[request.headers.get('x-tenant') === 'blue' ? 'blue' : 'red'],
      secret,
      routes: { photos: photos(rules) },
      onError: () => {},
    })
  }
  const call = async (handler: UploadHandler, tenant: string, body: unknown) => {
    const answer = await handler(post(body, { 'x-user': 'anna', 'x-tenant': tenant }))
    return (await answer.json()) as {
      tickets: { ticket: Parameters<typeof send>[0] }[]
      results: { result: { url: string; key: string }; error: { code: string } }[]
    }
  }
  const file = { id: 'f1', name: 'cat.png', size: bytes.length, type: 'image/png' }

  test('sends the file of each tenant to its own bucket, and refuses its token in another', async () => {
    const handler = tenantHandler()
    for (const [tenant, other] of [
      ['red', 'blue'],
      ['blue', 'red'],
    ] as const) {
      const [entry] = (await call(handler, tenant, { type: 'presign', files: [file] })).tickets
      if (!entry) return expect.fail('There is no ticket.')
      expect(bucketOf(entry.ticket.url)).toBe(tenant)
      await send(entry.ticket)
      const receipts = { type: 'confirm', receipts: [{ id: 'f1', token: entry.ticket.token }] }
      expect((await call(handler, other, receipts)).results[0]?.error.code).toBe('forbidden')
      const [confirmed] = (await call(handler, tenant, receipts)).results
      expect(bucketOf(confirmed?.result.url ?? '')).toBe(tenant)
      const request = new Request('http://app.test', { headers: { 'x-tenant': tenant } })
      expect(bucketOf(await handler.url(confirmed?.result.key ?? '', { request }))).toBe(tenant)
    }
  })

  test('early confirms of one tenant do not take the slots of another tenant', async () => {
    const handler = tenantHandler({ earlyConfirm: true, reusePolicies: false })
    const presign = async (tenant: string) => {
      const [entry] = (await call(handler, tenant, { type: 'presign', files: [file] })).tickets
      return entry?.ticket ?? expect.fail('There is no ticket.')
    }
    const early = (ticket: Parameters<typeof send>[0]) => ({
      type: 'confirm',
      early: true,
      receipts: [{ id: 'f1', token: ticket.token }],
    })
    const redTickets = [await presign('red'), await presign('red')]
    const blueTicket = await presign('blue')
    const pending = redTickets.map((ticket) => call(handler, 'red', early(ticket)))
    const pendingBlue = call(handler, 'blue', early(blueTicket))
    await Promise.all([...redTickets, blueTicket].map((ticket) => send(ticket)))
    for (const answer of [await pendingBlue, ...(await Promise.all(pending))])
      expect(answer.results[0]).toHaveProperty('result')
  })

  test('needs the request for a URL, and checks the routes when the handler is made', async () => {
    await expect(tenantHandler().url('files/a/b.png')).rejects.toThrow(/Pass `request`/)
    const wrong = { storage: () => storageOf('red'), secret, routes: { photos: photos({ maxFiles: 0 }) } }
    expect(() => createUploadHandler(wrong)).toThrow(/maxFiles/)
  })
})

describe('temporary credentials', () => {
  test('end the tickets, forms and URLs that they signed', async () => {
    const key = s3.issueTemporaryCredentials(120)
    const { endpoint, region } = s3
    const storage = s3Storage({ endpoint, region, credentials: () => key, bucket: 'red' })
    const target = { key: 'uploads/a', size: 1, type: 'image/png', writeOnce: false }
    const end = key.expiration.getTime()
    for (const ticket of [await storage.signPut(target), await storage.signPost(target)])
      expect(ticket.expiresAt).toBeLessThanOrEqual(end)
    const seconds = Number(new URL(await storage.urlOf('files/a')).searchParams.get('X-Amz-Expires'))
    expect(seconds).toBeLessThanOrEqual(120)
  })

  test('that storage calls expired are asked for again, and the request succeeds', async () => {
    const keys = [s3.issueTemporaryCredentials(60), s3.issueTemporaryCredentials(7200)]
    let calls = 0
    // The end is not told, as in the environment of AWS Lambda.
    const credentials = () => {
      const { expiration: _, ...key } = keys[Math.min(calls++, 1)] ?? expect.fail('There is no key.')
      return key
    }
    const { endpoint, region } = s3
    const storage = s3Storage({ endpoint, region, credentials, bucket: 'red' })
    expect(await storage.find('files/a')).toBeUndefined()
    now += 61_000
    await storage.remove('files/a')
    expect(calls).toBe(2)
  })
})
