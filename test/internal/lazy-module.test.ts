import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { whenLoaded } from '../../src/internal/lazy-module.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A network that fails for the first `failures` imports. */
function loading(failures: number) {
  let asked = 0
  const load = async () => {
    asked += 1
    if (asked <= failures) throw new TypeError('Failed to fetch dynamically imported module')
    return { code: true }
  }
  return { load, asked: () => asked }
}

test('retries a failed import with increasing delays until it succeeds', async () => {
  const { load, asked } = loading(2)
  const use = vi.fn()
  whenLoaded(load, use)
  await vi.advanceTimersByTimeAsync(1999)
  expect(asked()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked()).toBe(2)
  await vi.advanceTimersByTimeAsync(3999)
  expect(use).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(use).toHaveBeenCalledExactlyOnceWith({ code: true })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked()).toBe(3)
})

test('cleanup stops further imports and ignores one that arrives late', async () => {
  const network = loading(9)
  whenLoaded(network.load, vi.fn())()
  const { load } = loading(0)
  const use = vi.fn()
  whenLoaded(load, use)()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(network.asked()).toBe(1)
  expect(use).not.toHaveBeenCalled()
})

test('cleanup ends the effects that the imported module started', async () => {
  const end = vi.fn()
  const leave = whenLoaded(loading(0).load, () => end)
  await vi.advanceTimersByTimeAsync(0)
  expect(end).not.toHaveBeenCalled()
  leave()
  expect(end).toHaveBeenCalledOnce()
})
