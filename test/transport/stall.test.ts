import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import { watchForStall } from '../../src/transport/stall-watchdog.ts'
import type { TransferState } from '../../src/transport/stall-watchdog.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const patience = { startingMs: 60_000, sendingMs: 30_000, answeringMs: 180_000 }

/** A request that was sent now, and has had no event yet. */
function watched(checkFile = async () => {}) {
  const xhr = { readyState: 1, abort: vi.fn(() => (xhr.readyState = 0)) }
  const motion: TransferState = { progressAt: Date.now(), loaded: 0, total: Infinity, abortError: undefined }
  watchForStall(xhr as unknown as XMLHttpRequest, motion, patience, checkFile) // the only members that the code reads
  return {
    xhr,
    motion,
    moved: (loaded: number) => Object.assign(motion, { progressAt: Date.now(), loaded, total: 100 }),
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
  expect(motion.abortError).toMatchObject({ code: 'stalled', phase: 'uploading' })
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

test('aborts a request without any event after a minute: it is blocked, or never reaches storage', () => {
  const { xhr, motion } = watched()
  pass(60_000)
  expect(xhr.abort).not.toHaveBeenCalled()
  pass(2000)
  expect(xhr.abort).toHaveBeenCalledTimes(1)
  expect(motion.abortError).toMatchObject({ code: 'stalled' })
})

test('gives a request without any event a grace period after the device wakes up', () => {
  const { xhr } = watched()
  sleep(3_600_000)
  pass(3000)
  expect(xhr.abort).not.toHaveBeenCalled()
  pass(5000)
  expect(xhr.abort).toHaveBeenCalledTimes(1)
})

describe('the check of the file', () => {
  const unreadable = new UploadError('unreadable', { phase: 'uploading' })

  test.each([
    ['no event', () => {}],
    ['some bytes', (each: ReturnType<typeof watched>) => each.moved(10)],
  ])('a request with %s whose file is not readable is aborted within six seconds', async (_name, begin) => {
    const each = watched(() => Promise.reject(unreadable))
    begin(each)
    await vi.advanceTimersByTimeAsync(6000)
    expect(each.xhr.abort).toHaveBeenCalledTimes(1)
    expect(each.motion.abortError).toBe(unreadable)
  })

  // For a file that was cut before it was sent, Firefox reports that all bytes are sent, and waits.
  test('repeats every five seconds without progress, also after the last byte', async () => {
    const check = vi.fn(async () => {})
    const { moved } = watched(check)
    for (let loaded = 1; loaded <= 10; loaded += 1) {
      await vi.advanceTimersByTimeAsync(3000)
      moved(loaded)
    }
    expect(check).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(check).toHaveBeenCalledTimes(3)
    moved(100)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(check).toHaveBeenCalledTimes(6)
  })

  test('a check that ends after the request does not abort it', async () => {
    let reject = (_error: UploadError) => {}
    const { xhr, motion } = watched(() => new Promise((_resolve, fail) => (reject = fail)))
    await vi.advanceTimersByTimeAsync(6000)
    xhr.readyState = 4
    reject(unreadable)
    await vi.advanceTimersByTimeAsync(0)
    expect(xhr.abort).not.toHaveBeenCalled()
    expect(motion.abortError).toBe(undefined)
  })
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
