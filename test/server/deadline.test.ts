import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { UploadStorage } from '../../src/server/index.ts'
import { s3Storage } from '../../src/server/index.ts'
import { backend, bytes, photos, unreachable } from '../harness/s3-fixture.ts'
import { eventually } from '../harness/eventually.ts'

const never = () => new Promise<never>(() => {})

// Only setTimeout is faked: signatures need today's date, and sockets use their own clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('confirm with a storage that never responds', () => {
  const found = { size: bytes.length, type: 'image/png', etag: 'e' }

  /** Confirms with a storage that finds the object and uses the given `read`. */
  async function confirmWith(read: UploadStorage['read'], rules: Parameters<typeof photos>[0] = {}) {
    const removed: string[] = []
    const storage: UploadStorage = {
      ...s3Storage({ ...unreachable, bucket: 'b' }),
      find: (key) => Promise.resolve(key.startsWith('uploads/') ? found : undefined),
      remove: async (key) => void removed.push(key),
      read,
    }
    const server = backend(storage, { routes: { photos: photos(rules) } })
    const { ticket } = await server.presign({})
    let isSettled = false
    const confirmed = server.confirm(ticket).finally(() => (isSettled = true))
    // The package that detects types may still be loading, so the clock moves until the answer is there.
    await vi.waitFor(
      async () => {
        await vi.advanceTimersByTimeAsync(2000)
        expect(isSettled).toBe(true)
      },
      { timeout: 15_000, interval: 10 },
    )
    return { ...(await confirmed), server, removed }
  }

  test.each<[string, Parameters<typeof photos>[0]]>([
    ['the type is detected', {}],
    ['an image is measured', { detectType: false, image: { maxPixels: 100 } }],
    [
      'verify reads the object',
      { detectType: false, verify: async (object) => void (await object.read(0, 8)) },
    ],
  ])('a confirm fails with unavailable after 10 seconds and keeps the bytes when %s', async (_, rules) => {
    const { error, server, removed } = await confirmWith(never, rules)
    expect(error.code).toBe('unavailable')
    expect(server.errors).toEqual([new Error('Storage did not answer within 10 seconds.')])
    expect(removed).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('a confirm fails with unavailable after 30 seconds when many slow reads measure an image', async () => {
  const size = 20_000_000
  // Comments of 255 bytes, up to the end: frames may come after them.
  const start = [...Buffer.from('GIF89a'), 1, 0, 1, 0, 0, 0, 0, 0x21, 0xfe]
  const byteAt = (at: number) => start[at] ?? ((at - start.length) % 256 === 0 ? 255 : 1)
  let reads = 0
  const storage: UploadStorage = {
    ...s3Storage({ ...unreachable, bucket: 'b' }),
    find: (key) =>
      Promise.resolve(key.startsWith('uploads/') ? { size, type: 'image/gif', etag: 'e' } : undefined),
    read: async (_, from, length) => {
      reads += 1
      await new Promise((resolve) => setTimeout(resolve, 8000))
      return Uint8Array.from({ length }, (__, index) => byteAt(from + index))
    },
  }
  const server = backend(storage, {
    routes: { photos: photos({ detectType: false, maxSize: size, image: { maxPixels: 100 } }) },
  })
  const { ticket } = await server.presign({ size, type: 'image/gif', name: 'a.gif' })
  const confirmed = server.confirm(ticket)
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0), eventually)
  await vi.advanceTimersByTimeAsync(60_000)
  const { error } = await confirmed
  expect(error.code).toBe('unavailable')
  expect(server.errors).toEqual([new Error('Storage did not answer within 30 seconds.')])
  expect(reads).toBe(4)
})

describe('an S3 server that never responds', () => {
  /** A storage on a server with the given request listener, which also counts open connections. */
  async function serve(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
    return { server, storage: s3Storage({ ...unreachable, endpoint, bucket: 'b' }) }
  }
  const object = { key: 'k', size: 100, type: 'image/png' }

  test.each<[string, RequestListener]>([
    ['to a request', () => {}],
    ['in full', (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half')],
  ])('aborts the request and closes its connection when S3 does not respond %s', async (_, listener) => {
    let requests = 0
    let closed = 0
    const { server, storage } = await serve((request, response) => {
      requests += 1
      request.socket.once('close', () => (closed += 1))
      listener(request, response)
    })
    const read = storage.read(object, 0, 100)
    const failed = expect(read).rejects.toThrow('Storage did not answer within 10 seconds.')
    await vi.waitFor(() => expect(requests).toBe(1), eventually)
    await vi.advanceTimersByTimeAsync(10_000)
    await failed
    await vi.waitFor(() => expect(closed).toBe(1), eventually)
    server.close()
  })

  test('aborts a HEAD request that S3 does not answer', async () => {
    let requests = 0
    const { server, storage } = await serve(() => (requests += 1))
    const failed = expect(storage.find('k')).rejects.toThrow('Storage did not answer within 10 seconds.')
    await vi.waitFor(() => expect(requests).toBe(1), eventually)
    await vi.advanceTimersByTimeAsync(10_000)
    await failed
    server.close()
  })
})
