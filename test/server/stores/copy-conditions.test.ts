import { startLocalS3 } from 'local-s3'
import type { ImitatedStore, LocalS3 } from 'local-s3'
import { afterEach, describe, expect, test } from 'vitest'
import { s3Storage } from '../../../src/server/index.ts'
import type { S3BucketOptions } from '../../../src/server/index.ts'
import { connect } from '../../../src/server/s3/connection.ts'
import { copyVerifiedObject } from '../../../src/server/s3/copy.ts'
import { prepareBucket } from '../../../src/server/s3/feature-memory.ts'
import { MiB, backend, bytes, photos, randomBytes, randomImage, send } from '../../harness/s3-fixture.ts'

// The policy of a bucket can refuse each write without If-None-Match or If-Match:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html

const running = new Set<LocalS3>()
afterEach(async () => {
  for (const server of running) await server.close()
  running.clear()
})

type SendRequest = (url: string, init: RequestInit) => Promise<Response>

async function startStore({
  like,
  intercept = (sendRequest) => sendRequest,
  ...options
}: Partial<S3BucketOptions> & {
  like?: ImitatedStore
  intercept?: (sendRequest: SendRequest) => SendRequest
} = {}) {
  const s3 = await startLocalS3(like ? { like } : {})
  running.add(s3)
  const { endpoint, region, credentials } = s3
  const copies: Headers[] = []
  const sendRequest = intercept((url, init) => fetch(url, init))
  const access = {
    endpoint,
    region,
    credentials,
    fetch: (url: string, init: RequestInit) => {
      const headers = new Headers(init.headers)
      const source = headers.get('x-amz-copy-source')
      // The test of the store copies an upload to its own key.
      if (source !== null && !new URL(url).pathname.endsWith(source)) copies.push(headers)
      return sendRequest(url, init)
    },
  }
  const storage = s3Storage({ ...access, bucket: 'uploads', ...options })
  const routes = { photos: photos({ key: () => 'avatars/anna' }) }
  return { storage, copies, access, server: backend(storage, { routes }) }
}

type Server = Awaited<ReturnType<typeof startStore>>['server']

async function upload(server: Server, body: Uint8Array<ArrayBuffer>) {
  const { ticket } = await server.presign({})
  await send(ticket, body)
  const { result, error } = await server.confirm(ticket)
  if (error) return { error }
  return { stored: new Uint8Array(await (await fetch(result.url)).arrayBuffer()) }
}

const response = (status: number, code: string) =>
  new Response(`<Error><Code>${code}</Code><Message>No</Message></Error>`, { status })

describe('each copy has a condition on what it replaces', () => {
  test.each([
    ['S3', {}, 'if-none-match', 'if-match'],
    [
      'R2',
      { like: 'r2', store: 'r2' } as const,
      'cf-copy-destination-if-none-match',
      'cf-copy-destination-if-match',
    ],
  ])('on %s', async (_, options, ifAbsent, ifMatch) => {
    const { server, storage, copies } = await startStore(options)
    await upload(server, bytes)
    const first = await storage.find('avatars/anna')
    const next = randomImage(bytes.length)
    expect((await upload(server, next)).stored).toEqual(next)
    expect(copies.map((headers) => [headers.get(ifAbsent), headers.get(ifMatch)])).toEqual([
      ['*', null],
      [null, `"${first?.etag}"`],
    ])
    expect(copies.every((headers) => headers.has('x-amz-copy-source-if-match'))).toBe(true)
  })

  test('also in a bucket that demands it', async () => {
    const { server } = await startStore({
      intercept: (sendRequest) => async (url, init) => {
        const headers = new Headers(init.headers)
        const isFree =
          !headers.has('x-amz-copy-source') || headers.has('if-match') || headers.has('if-none-match')
        return isFree ? sendRequest(url, init) : response(403, 'AccessDenied')
      },
    })
    await upload(server, bytes)
    const next = randomImage(bytes.length)
    expect((await upload(server, next)).stored).toEqual(next)
  })

  test.each([
    ['refuses If-Match', 501, 'NotImplemented'],
    ['says that it failed, and compares it wrongly', 412, 'PreconditionFailed'],
  ])('a store that %s gets the copy without, and later ones at once', async (_, status, code) => {
    let refusals = 0
    const { server } = await startStore({
      intercept: (sendRequest) => async (url, init) => {
        if (!new Headers(init.headers).has('if-match') || init.method !== 'PUT') return sendRequest(url, init)
        refusals += 1
        return response(status, code)
      },
    })
    for (let count = 0; count < 3; count += 1) {
      const body = randomImage(bytes.length)
      expect((await upload(server, body)).stored).toEqual(body)
    }
    expect(refusals).toBe(1)
  })

  test('another upload that is faster is not replaced by the old condition, but by a new one', async () => {
    let isFirst = true
    const { server, storage, copies } = await startStore({
      intercept: (sendRequest) => async (url, init) => {
        if (new Headers(init.headers).has('if-match') && init.method === 'PUT' && isFirst) {
          isFirst = false
          await upload(server, randomImage(bytes.length))
        }
        return sendRequest(url, init)
      },
    })
    await upload(server, bytes)
    const body = randomImage(bytes.length)
    expect((await upload(server, body)).stored).toEqual(body)
    const conditions = copies.map((headers) => headers.get('if-match'))
    expect(new Set(conditions.slice(1)).size).toBe(2)
    expect(await storage.find('avatars/anna')).toBeDefined()
  })
})

test('a copy in parts replaces only the object that was there', async () => {
  const { access, storage } = await startStore()
  const bucket = () => prepareBucket(connect(access), 'uploads')
  const put = async (key: string, size: number) => {
    const target = { key, size, type: 'image/png', writeOnce: false }
    const { url, headers = {} } = await storage.signPut(target)
    await fetch(url, { method: 'PUT', headers, body: randomBytes(size) })
    return { ...((await storage.find(key)) ?? expect.fail('There is no object.')), key }
  }
  const source = await put('uploads/a', 11 * MiB)
  const old = await put('files/a', 3)
  const to = {
    key: 'files/a',
    type: 'image/png',
    contentDisposition: 'inline',
    uploadId: 'u1',
    verified: false,
    replaces: true,
    replacedEtag: old.etag ?? '',
  }
  const limits = { partsAbove: 6 * MiB, partSize: 5 * MiB }
  const { etag } = await put('files/a', 4)
  expect(await copyVerifiedObject(bucket(), source, bucket(), to, limits)).toBeUndefined()
  expect(await storage.find('files/a')).toMatchObject({ size: 4 })
  const now = { ...to, replacedEtag: etag ?? '' }
  expect(await copyVerifiedObject(bucket(), source, bucket(), now, limits)).toMatchObject({ size: 11 * MiB })
  expect(await storage.find('files/a')).toMatchObject({ size: 11 * MiB })
})
