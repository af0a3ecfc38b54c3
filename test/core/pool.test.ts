import { expect, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('no more connections are given than there are', async () => {
  const pool = createPool(2)
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

test('what has started comes before what has not', async () => {
  const pool = createPool(1)
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

test('a connection that is given back twice is free once', async () => {
  const pool = createPool(1)
  const release = await pool.acquire(never)
  release()
  release()
  await pool.acquire(never)
  let second = false
  void pool.acquire(never).then(() => (second = true))
  await settled()
  expect(second).toBe(false)
})

test('whoever leaves the queue does not take a connection with them', async () => {
  const pool = createPool(1)
  const release = await pool.acquire(never)
  const leaving = new AbortController()
  const left = pool.acquire(leaving.signal)
  leaving.abort()
  await expect(left).rejects.toMatchObject({ name: 'AbortError' })
  release()
  await expect(pool.acquire(never)).resolves.toBeTypeOf('function')
})
