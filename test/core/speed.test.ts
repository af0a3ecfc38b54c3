import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ItemStatus } from '../../src/core/item.ts'
import { createSpeedometer } from '../../src/core/speed.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'

const MB = 1_000_000
const big = { id: 'a', file: fakeFile('a.mov', { size: 100 * MB }) }
const at = (progress: number, more: { paused?: boolean; retrying?: boolean } = {}) =>
  ({ ...big, status: 'uploading', progress, paused: false, retrying: false, attempt: 1, ...more }) as const
const nothing = { bytesPerSecond: undefined, secondsLeft: undefined }

test('reports a steady speed and the time left', () => {
  const meter = createSpeedometer()
  for (let second = 0; second <= 9; second += 1) meter.sample([at(second / 50)], second * 1000)
  const { bytesPerSecond, secondsLeft } = meter.sample([at(0.2)], 10_000)
  expect(bytesPerSecond).toBeCloseTo(2 * MB, 0)
  expect(secondsLeft).toBeCloseTo(40, 0)
})

test('reports nothing before it is known, or when no bytes move', () => {
  const meter = createSpeedometer()
  expect(meter.sample([at(0)], 0)).toEqual(nothing)
  expect(meter.sample([at(0.01)], 1000)).toEqual(nothing)
  expect(meter.sample([at(0.02)], 2000).bytesPerSecond).toBeCloseTo(MB, 0)
  expect(meter.sample([{ ...big, status: 'done', result: 1 }], 3000)).toEqual(nothing)
  expect(meter.sample([], 4000)).toEqual(nothing)
})

test.each([{ paused: true }, { retrying: true }])('a pause with %o does not count as time', (still) => {
  const meter = createSpeedometer()
  for (let second = 0; second <= 10; second += 1) meter.sample([at(second / 100)], second * 1000)
  expect(meter.sample([at(0.1, still)], 11_000)).toEqual(nothing)
  expect(meter.sample([at(0.1, still)], 500_000)).toEqual(nothing)
  expect(meter.sample([at(0.1)], 501_000).bytesPerSecond).toBeCloseTo(MB, 0)
  expect(meter.sample([at(0.11)], 502_000).bytesPerSecond).toBeCloseTo(MB, 0)
})

test('a single jump hardly changes the speed, and a new network does after some seconds', () => {
  const meter = createSpeedometer()
  let progress = 0
  let now = 0
  const second = (step: number) => meter.sample([at((progress += step))], (now += 1000)).bytesPerSecond ?? 0
  for (let count = 0; count < 20; count += 1) second(0.001)
  expect(second(0.003)).toBeLessThan(0.15 * MB)
  for (let count = 0; count < 20; count += 1) second(0.01)
  expect(second(0.01)).toBeGreaterThan(0.9 * MB)
})

test('reports the time left of many small files, queued files included', () => {
  const meter = createSpeedometer()
  const files = Array.from({ length: 100 }, (_, index) => ({
    id: `${index}`,
    file: fakeFile(`${index}.txt`, { size: 10 }),
  }))
  const state = (index: number, done: number): ItemStatus<unknown> => {
    if (index < done) return { status: 'done', result: 1 }
    if (index === done)
      return { status: 'uploading', progress: 0, paused: false, retrying: false, attempt: 1 }
    return { status: 'idle', canceled: false, held: false }
  }
  const list = (done: number) => files.map((each, index) => ({ ...each, ...state(index, done) }))
  for (let done = 0; done < 20; done += 1) meter.sample(list(done), done * 500)
  expect(meter.sample(list(20), 10_000).secondsLeft).toBeCloseTo(40, 0)
})

test('is never negative for any sequence of events', () => {
  const item = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    progress: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  const lists = fc.array(fc.uniqueArray(item, { selector: ({ id }) => id }), { maxLength: 20 })
  fc.assert(
    fc.property(lists, (all) => {
      const meter = createSpeedometer()
      all.forEach((items, second) => {
        const { bytesPerSecond = 0, secondsLeft = 0 } = meter.sample(
          items.map(({ id, progress }) => ({ ...at(progress), id })),
          second * 1000,
        )
        expect(bytesPerSecond).toBeGreaterThanOrEqual(0)
        expect(secondsLeft).toBeGreaterThanOrEqual(0)
      })
    }),
  )
})
