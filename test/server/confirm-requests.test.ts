import { startLocalS3 } from 'local-s3'
import type { ImitatedStore, LocalS3 } from 'local-s3'
import { afterEach, describe, expect, test } from 'vitest'
import { continuesAfterResponse } from '../../src/server/after-response.ts'
import { createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { S3BucketOptions, UploadHandler } from '../../src/server/index.ts'
import { checksumOf } from '../../packages/local-s3/src/checksums/checksums.ts'
import {
  MiB,
  backend,
  bytes,
  photos,
  post,
  randomImage,
  readUser,
  secret,
  send,
  sendParts,
} from '../harness/s3-fixture.ts'
import type { AnyTicket } from '../harness/s3-fixture.ts'

const running = new Set<LocalS3>()
afterEach(async () => {
  for (const server of running) await server.close()
  running.clear()
})

interface Sent {
  readonly name: string
  /** Round trip that the request belongs to: requests that are sent at the same time have the same number. */
  readonly trip: number
  readonly headers: Headers
}

type Rules = Parameters<typeof photos>[0]
type BeforeSend = (name: string) => Promise<void>

/** A handler whose requests to storage are recorded, with the round trip of each. */
async function startStore(
  rules: Rules = {},
  { like, ...options }: Partial<S3BucketOptions> & { like?: ImitatedStore } = {},
) {
  const s3 = await startLocalS3(like ? { like } : {})
  running.add(s3)
  const { endpoint, region, credentials } = s3
  const sent: Sent[] = []
  let trip = 0
  let inFlight = 0
  let beforeSend: BeforeSend = async () => {}
  const storage = s3Storage({
    endpoint,
    region,
    credentials,
    bucket: 'uploads',
    ...options,
    fetch: async (url, init) => {
      const headers = new Headers(init.headers)
      const { pathname } = new URL(url)
      const source = headers.get('x-amz-copy-source')
      const method = source === null ? init.method : pathname.endsWith(source) ? 'PROBE' : 'COPY'
      const name = `${method} ${pathname.split('/')[2]}`
      await beforeSend(name)
      if (inFlight === 0) trip += 1
      inFlight += 1
      sent.push({ name, trip, headers })
      // All requests of one round trip are sent before the first response arrives.
      await new Promise((resolve) => setTimeout(resolve, 10))
      return fetch(url, init).finally(() => (inFlight -= 1))
    },
  })
  const server = backend(storage, { routes: { photos: photos(rules) } })
  return {
    server,
    storage,
    s3,
    setBeforeSend: (next: BeforeSend) => void (beforeSend = next),
    /** Runs a function and returns the requests of each round trip to storage. */
    async tripsOf(run: () => Promise<unknown>) {
      const start = sent.length
      await run()
      const names = new Map<number, string[]>()
      for (const each of sent.slice(start)) names.set(each.trip, [...(names.get(each.trip) ?? []), each.name])
      return Array.from(names.values(), (each) => each.toSorted().join(', '))
    },
    sent,
  }
}

type Store = Awaited<ReturnType<typeof startStore>>

async function upload({ server }: Store, body: Uint8Array<ArrayBuffer> = bytes, type = 'image/png') {
  const { ticket } = await server.presign({ size: body.length, type })
  expect((await send(ticket, body)).ok).toBe(true)
  return ticket
}

/** Confirms with the checksum of the file, as a browser does. */
async function confirm({ server }: Store, { token }: AnyTicket, body: Uint8Array = bytes) {
  const checksum = { algorithm: 'CRC64NVME', value: checksumOf('CRC64NVME', body) }
  const answer = await server.call({ type: 'confirm', receipts: [{ id: 'f1', token, checksum }] })
  return answer.body.results[0] ?? expect.fail('There is no result.')
}

/** A store that has refused to replace an object by a copy, which the first confirm tests. */
async function startTestedStore(...parameters: Parameters<typeof startStore>) {
  const store = await startStore(...parameters)
  const ticket = await upload(store)
  expect((await confirm(store, ticket)).error).toBeUndefined()
  return store
}

describe('the requests of a confirm', () => {
  test('are four in two round trips and a deletion, with a verified checksum', async () => {
    const store = await startTestedStore({ image: { maxPixels: 1e6 } })
    const ticket = await upload(store)
    const trips = await store.tripsOf(async () =>
      expect((await confirm(store, ticket)).result).toMatchObject({ verified: true, width: 1, height: 1 }),
    )
    expect(trips).toEqual(['GET files, GET uploads', 'COPY files', 'DELETE uploads'])
    const conditions = store.sent.findLast(({ name }) => name === 'COPY files')?.headers
    expect(conditions?.get('x-amz-copy-source-if-match')).toBeTruthy()
    expect(conditions?.get('if-none-match')).toBe('*')
  })

  test('are one round trip and a deletion when the confirm is repeated', async () => {
    const store = await startTestedStore()
    const ticket = await upload(store)
    await confirm(store, ticket)
    const trips = await store.tripsOf(async () =>
      expect((await confirm(store, ticket)).result.verified).toBe(true),
    )
    expect(trips).toEqual(['GET files, GET uploads', 'DELETE uploads'])
  })

  test('include a HEAD beside the range of a larger file, because a range has no checksum of the file', async () => {
    const store = await startTestedStore()
    const body = randomImage(MiB)
    const ticket = await upload(store, body)
    const trips = await store.tripsOf(async () =>
      expect((await confirm(store, ticket, body)).result.verified).toBe(true),
    )
    expect(trips).toEqual(['GET files, GET uploads, HEAD uploads', 'COPY files', 'DELETE uploads'])
    expect(store.sent.findLast(({ name }) => name === 'GET uploads')?.headers.get('range')).toBe(
      'bytes=0-65535',
    )
  })

  test('include no HEAD of the upload when no checksum is compared', async () => {
    const store = await startTestedStore()
    const body = randomImage(MiB)
    const ticket = await upload(store, body)
    const trips = await store.tripsOf(() => store.server.confirm(ticket))
    expect(trips).toEqual(['GET files, GET uploads', 'COPY files', 'DELETE uploads'])
  })

  test.each<[string, Uint8Array<ArrayBuffer>, Rules]>([
    ['an empty file', new Uint8Array(), { minSize: 0 }],
    ['a route that reads no bytes', bytes, { detectType: false }],
  ])('of %s read no bytes', async (_, body, rules) => {
    const store = await startTestedStore(rules)
    const ticket = await upload(store, body)
    const trips = await store.tripsOf(async () =>
      expect((await confirm(store, ticket, body)).result).toMatchObject({
        size: body.length,
        verified: true,
      }),
    )
    expect(trips).toEqual(['GET files, HEAD uploads', 'COPY files', 'DELETE uploads'])
  })

  test('of a route without a copy are one', async () => {
    const store = await startStore({ promote: false })
    const ticket = await upload(store)
    const trips = await store.tripsOf(async () =>
      expect((await confirm(store, ticket)).result.verified).toBe(true),
    )
    expect(trips).toEqual(['GET files'])
  })

  test('of a multipart upload verify the checksum of the whole file', async () => {
    const store = await startTestedStore({}, { partSize: 5 * MiB, multipartFrom: 5 * MiB })
    const body = randomImage(6 * MiB)
    const { ticket } = await store.server.presign({ size: body.length })
    expect(ticket.kind).toBe('multipart')
    await sendParts(store.server, ticket, body)
    const trips = await store.tripsOf(async () =>
      expect((await store.server.confirm(ticket)).result.verified).toBe(true),
    )
    // The copy of an upload in parts has another ETag, so the first one tests whether the store checks conditions.
    expect(trips).toEqual([
      'GET files, GET uploads, HEAD uploads',
      'COPY files',
      'PROBE files',
      'DELETE uploads',
    ])
  })
})

test.each([
  ['smaller', randomImage(100_000), new Uint8Array()],
  ['smaller', randomImage(MiB), new Uint8Array()],
  ['larger', randomImage(100), randomImage(MiB)],
])('an object that is %s than announced is deleted', async (_, announced, stored) => {
  const store = await startStore()
  const { ticket } = await store.server.presign({ size: announced.length })
  // Simulates a writer that needs no signature.
  const { url } = await store.storage.signPut(
    { key: ticket.key, size: stored.length, type: 'image/png', writeOnce: false },
    60,
  )
  const written = await fetch(url, { method: 'PUT', headers: { 'content-type': 'image/png' }, body: stored })
  expect(written.ok).toBe(true)
  expect((await confirm(store, ticket, announced)).error.code).toBe('mismatch')
  expect(await store.storage.find(ticket.key)).toBeUndefined()
})

describe('an upload that is replaced after its confirm', () => {
  const other = randomImage(bytes.length)

  /** Sends other bytes to a ticket after a whole confirm, which runs between the requests of a second confirm. */
  async function confirmTwice(store: Store, moment: string) {
    const ticket = await upload(store)
    let isFirst = true
    store.setBeforeSend(async (name) => {
      if (!isFirst || name !== moment) return
      isFirst = false
      await store.server.confirm(ticket)
      await send(ticket, other)
    })
    const { result, error } = await store.server.confirm(ticket)
    expect(isFirst).toBe(false)
    expect(error).toBeUndefined()
    return new Uint8Array(await (await fetch(result.url)).arrayBuffer())
  }

  test.each([
    ['that refuses to replace an object', undefined],
    ['that ignores the conditions of copies', 'ceph16'],
  ] as const)('is not copied again on a store %s', async (_, like) => {
    const store = await startTestedStore({ strategy: 'post' }, like && { like })
    for (const moment of ['GET uploads', 'GET files']) {
      expect(await confirmTwice(store, moment)).toEqual(bytes)
    }
  })

  test('is not copied again to a key that had another object', async () => {
    const store = await startTestedStore({ strategy: 'post', key: () => 'avatars/anna' })
    expect(await confirmTwice(store, 'GET uploads')).toEqual(bytes)
  })
})

test('a store that ignores the conditions of copies gets the look at the final key after the upload', async () => {
  const store = await startTestedStore({ strategy: 'post' }, { like: 'ceph16' })
  const ticket = await upload(store)
  const trips = await store.tripsOf(() => store.server.confirm(ticket))
  expect(trips).toEqual(['GET uploads', 'GET files', 'COPY files', 'DELETE uploads'])
})

describe('the deletion of the upload', () => {
  async function confirmWithout(waitUntil: ((work: Promise<unknown>) => void) | undefined) {
    const store = await startStore()
    const errors: unknown[] = []
    let failDelete: (error: unknown) => void = () => {}
    const deletion = new Promise<void>((_, reject) => (failDelete = reject))
    deletion.catch(() => {})
    const handler: UploadHandler = createUploadHandler({
      storage: { ...store.storage, remove: () => deletion },
      secret,
      routes: { photos: photos({ authorize: readUser }) },
      onError: (error) => errors.push(error),
      ...(waitUntil && { waitUntil }),
    })
    const ticket = await upload(store)
    const body = { type: 'confirm', receipts: [{ id: 'f1', token: ticket.token }] }
    const response = handler(post(body, { 'x-user': 'anna' }))
    return { response, errors, failDelete }
  }

  test('continues after the response on a server, and its failure is reported', async () => {
    const { response, errors, failDelete } = await confirmWithout(undefined)
    expect((await response).status).toBe(200)
    expect(errors).toEqual([])
    failDelete(new Error('DeleteObject: 503'))
    await expect.poll(() => errors).toMatchObject([{ message: 'DeleteObject: 503' }])
  })

  test('is passed to waitUntil, which may throw', async () => {
    const works: Promise<unknown>[] = []
    const { response, failDelete } = await confirmWithout((work) => void works.push(work))
    expect((await response).status).toBe(200)
    expect(works).toHaveLength(1)
    failDelete(new Error('DeleteObject: 503'))
    await works[0]

    const thrown = await confirmWithout(() => {
      throw new Error('outside of a request')
    })
    thrown.failDelete(new Error('DeleteObject: 503'))
    expect((await thrown.response).status).toBe(200)
    expect(thrown.errors).toHaveLength(1)
  })

  const node = { versions: { node: '20.19.0' }, env: {} }
  test.each([
    [true, { process: node }],
    [true, { Deno: {} }],
    [false, {}],
    [false, { navigator: { userAgent: 'Cloudflare-Workers' }, process: node }],
    [false, { process: { ...node, env: { AWS_LAMBDA_FUNCTION_NAME: 'uploads' } } }],
    [false, { process: { ...node, env: { VERCEL: '1' } } }],
  ])('continues after the response: %s for %j', (expected, runtime) => {
    expect(continuesAfterResponse(runtime)).toBe(expected)
  })
})
