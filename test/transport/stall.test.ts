import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchForStall } from '../../src/transport/stall-watchdog.ts'
import type { TransferState } from '../../src/transport/stall-watchdog.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const patience = { sendingMs: 30_000, answeringMs: 180_000 }

/** A request with visible movement. */
function watched() {
  const xhr = { readyState: 1, abort: vi.fn(() => (xhr.readyState = 0)) }
  const motion: TransferState = { progressAt: 0, loaded: 0, total: 100, stalled: false }
  watchForStall(xhr as unknown as XMLHttpRequest, motion, patience) // the only members that the code reads
  return {
    xhr,
    motion,
    moved: (loaded: number) => Object.assign(motion, { progressAt: Date.now(), loaded }),
  }
}
const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds)
/** Advances the clock without running timers, as in a closed laptop. */
const sleep = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)

test('aborts a request whose bytes stop for more than 30 seconds', () => {
  const { xhr, motion, moved } = watched()
  moved(10)
  pass(30_000)
  expect(xhr.abort).not.toHaveBeenCalled()
  pass(2000)
  expect(xhr.abort).toHaveBeenCalledTimes(1)
  expect(motion.stalled).toBe(true)
})

test('does not abort a request whose bytes move, however slowly', () => {
  const { xhr, moved } = watched()
  for (let loaded = 1; loaded < 20; loaded += 1) {
    moved(loaded)
    pass(29_000)
  }
  expect(xhr.abort).not.toHaveBeenCalled()
})

test('lets storage work for minutes after the last byte, but not without end', () => {
  const { xhr, moved } = watched()
  moved(100)
  pass(180_000)
  expect(xhr.abort).not.toHaveBeenCalled()
  pass(2000)
  expect(xhr.abort).toHaveBeenCalledTimes(1)
})

test('does not count the time that a request spends in the queue of the browser', () => {
  const { xhr } = watched()
  pass(3_600_000)
  expect(xhr.abort).not.toHaveBeenCalled()
})

test('gives the connection a grace period after the device wakes up', () => {
  const { xhr, moved } = watched()
  moved(10)
  pass(1000)
  sleep(3_600_000)
  pass(2000)
  expect(xhr.abort).not.toHaveBeenCalled()
  moved(20)
  pass(20_000)
  expect(xhr.abort).not.toHaveBeenCalled()
})

test('aborts a connection that did not survive the sleep soon after', () => {
  const { xhr, moved } = watched()
  moved(10)
  pass(1000)
  sleep(3_600_000)
  pass(8000)
  expect(xhr.abort).toHaveBeenCalledTimes(1)
})

test('aborts a stalled request of a background page at the second tick, with one tick per minute', () => {
  const { xhr, moved } = watched()
  moved(10)
  for (let minute = 1; minute <= 3; minute += 1) {
    sleep(59_000)
    pass(1000)
  }
  expect(xhr.abort).toHaveBeenCalledTimes(1)
})

test('does not watch a settled request', () => {
  const { xhr, moved } = watched()
  moved(10)
  xhr.readyState = 4
  pass(1000)
  expect(vi.getTimerCount()).toBe(0)
})
