import { afterEach, expect, test, vi } from 'vitest'
import { browserHost } from '../../src/transport/browser.ts'

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

test('a frame comes once, with the page', () => {
  const { frames, run } = page(false)
  expect(frames).toHaveLength(1)
  frames[0]?.()
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
})

test('a page that is hidden while a frame is awaited does not wait until it is shown', () => {
  const { frames, run } = page(false)
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
  frames[0]?.()
  expect(run).toHaveBeenCalledTimes(1)
})

test('a hidden page has no frames and is told all the same', () => {
  const { frames, run } = page(true)
  expect(frames).toHaveLength(0)
  vi.advanceTimersByTime(1000)
  expect(run).toHaveBeenCalledTimes(1)
})
