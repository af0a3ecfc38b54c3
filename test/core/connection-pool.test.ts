import { describe, expect, test } from 'vitest'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { Pool } from '../../src/core/ports.ts'
import { startEngine } from '../harness/engine.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('grants no more connections than its limit', async () => {
  const pool = createConnectionPool(2)
  const order: string[] = []
  const take = async (name: string, started = false) => {
    const release = await pool.acquire(never, started)
    order.push(name)
    return release
  }
  const a = await take('a')
  await take('b')
  void take('c')
  await settled()
  expect(order).toEqual(['a', 'b'])
  a()
  await settled()
  expect(order).toEqual(['a', 'b', 'c'])
})

test('serves started uploads before new ones', async () => {
  const pool = createConnectionPool(1)
  const order: string[] = []
  const first = await pool.acquire(never)
  const next = (name: string, started: boolean) =>
    pool.acquire(never, started).then((release) => {
      order.push(name)
      release()
    })
  const waits = [next('fresh', false), next('part', true)]
  first()
  await Promise.all(waits)
  expect(order).toEqual(['part', 'fresh'])
})

test('frees a connection once when it is released twice', async () => {
  const pool = createConnectionPool(1)
  const release = await pool.acquire(never)
  release()
  release()
  await pool.acquire(never)
  let second = false
  void pool.acquire(never).then(() => (second = true))
  await settled()
  expect(second).toBe(false)
})

test('a canceled request for a connection takes none', async () => {
  const pool = createConnectionPool(1)
  const release = await pool.acquire(never)
  const leaving = new AbortController()
  const left = pool.acquire(leaving.signal)
  leaving.abort()
  await expect(left).rejects.toMatchObject({ name: 'AbortError' })
  release()
  await expect(pool.acquire(never)).resolves.toBeTypeOf('function')
})

describe('the connection limit', () => {
  /** Takes as many connections as are granted at once. */
  async function take(pool: Pool, wanted = 100) {
    const releases: (() => void)[] = []
    for (let count = 0; count < wanted; count += 1) {
      void pool.acquire(never).then((release) => releases.push(release))
    }
    await settled()
    return releases
  }

  test('the limit is 6, is 12 when storage allows it, and rises by one per file', async () => {
    const pool = createConnectionPool()
    const releases = await take(pool)
    expect([pool.size, releases.length]).toEqual([6, 6])
    pool.raiseLimit(4)
    await settled()
    expect([pool.size, releases.length]).toEqual([6, 6])
    pool.raiseLimit(24)
    await settled()
    expect([pool.size, releases.length]).toEqual([12, 12])
    pool.reportSuccess()
    await settled()
    expect([pool.size, releases.length]).toEqual([13, 13])
    for (let file = 0; file < 100; file += 1) pool.reportSuccess()
    await settled()
    expect([pool.size, releases.length]).toEqual([24, 24])
  })

  test('the limit stays what the app configured', async () => {
    const pool = createConnectionPool(3)
    pool.raiseLimit(24)
    expect((await take(pool)).length).toBe(3)
  })

  test('the limit halves once per throttling window and recovers by one per file', async () => {
    const pool = createConnectionPool(8)
    const releases = await take(pool)
    pool.reportThrottled(5000)
    pool.reportThrottled(5900)
    expect(pool.size).toBe(4)
    releases.splice(0, 4).forEach((release) => release())
    await settled()
    // Four connections are still in use: no request is granted.
    expect(releases).toHaveLength(4)
    pool.reportSuccess()
    expect(pool.size).toBe(5)
    await settled()
    expect(releases).toHaveLength(5)
    for (let file = 0; file < 100; file += 1) pool.reportSuccess()
    expect(pool.size).toBe(8)
  })

  test('the limit is never 0', () => {
    const pool = createConnectionPool(2)
    for (let throttleWindow = 0; throttleWindow < 10; throttleWindow += 1)
      pool.reportThrottled(throttleWindow * 2000)
    expect(pool.size).toBe(1)
  })
})

test('a file uses the connection of one whose checksum is still computed', async () => {
  const started: string[] = []
  let finishChecksum = () => {}
  const checksum = new Promise<void>((resolve) => (finishChecksum = resolve))
  const { uploader } = startEngine({
    connections: 1,
    transport: {
      async send(file, _ticket, { onBytesSent }) {
        started.push((file as File).name)
        onBytesSent?.()
        if (started.length === 1) await checksum
        return {}
      },
    },
  })
  uploader.add([fakeFile('a.png'), fakeFile('b.png')])
  await expect.poll(() => started).toEqual(['a.png', 'b.png'])
  finishChecksum()
  expect(await uploader.settled()).toMatchObject([{ status: 'done' }, { status: 'done' }])
})
