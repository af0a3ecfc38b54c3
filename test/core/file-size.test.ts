import { expect, test, vi } from 'vitest'
import { totalProgress } from '../../src/core/entry-functions.ts'
import { createSpeedometer } from '../../src/core/speed.ts'

/** A thousand files on disk, one of them uploading: reading each size is a call to the browser. */
function dropped() {
  const ask = vi.fn<() => number>(() => 1_000_000)
  const items = Array.from({ length: 1000 }, (_, index) => {
    const file = new File([], `${index}.png`)
    Object.defineProperty(file, 'size', { get: ask })
    return { id: String(index), file, status: 'idle', canceled: false, held: false } as const
  })
  const look = (progress: number) =>
    items.map((item, index) => {
      const moving = { progress, paused: false, retrying: false, attempt: 1 }
      return index === 0 ? { ...item, status: 'uploading' as const, ...moving } : item
    })
  return { ask, look }
}

test('progress of a long list reads few sizes at a time and none twice, and is exact for files of one size', () => {
  const { ask, look } = dropped()
  expect(totalProgress(look(0.5))).toBeCloseTo(0.5 / 1000)
  expect(ask).toHaveBeenCalledTimes(50)
  for (let count = 0; count < 30; count += 1) totalProgress(look(0.5))
  expect(ask).toHaveBeenCalledTimes(1000)
})

test('speed of a long list reads few sizes at a time', () => {
  const { ask, look } = dropped()
  const meter = createSpeedometer()
  meter.sample(look(0), 0)
  meter.sample(look(0.1), 1000)
  const { bytesPerSecond, secondsLeft } = meter.sample(look(0.2), 2000)
  expect(ask.mock.calls.length).toBeLessThanOrEqual(150)
  expect(bytesPerSecond).toBeCloseTo(100_000)
  expect(secondsLeft).toBeCloseTo(9998)
})
