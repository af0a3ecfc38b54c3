import { afterEach, expect, test, vi } from 'vitest'
import { browserHost } from '../../src/transport/browser-host.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function page(hidden: boolean) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const frames: (() => void)[] = []
  vi.stubGlobal('document', { hidden })
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run))
  const run = vi.fn()
  browserHost.frame(run)
  return { frames, run }
}

test('calls back once per frame of the page', () => {
  const { frames, run } = page(false)
  expect(frames).toHaveLength(1)
  frames[0]?.()
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
})

test('calls back when the page becomes hidden while a frame is pending', () => {
  const { frames, run } = page(false)
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
  frames[0]?.()
  expect(run).toHaveBeenCalledTimes(1)
})

test('calls back in a hidden page, which has no frames', () => {
  const { frames, run } = page(true)
  expect(frames).toHaveLength(0)
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
})
