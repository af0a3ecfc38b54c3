import fc from 'fast-check'
import { expect, test } from 'vitest'
import { totalProgress } from '../../src/core/entry-functions.ts'
import { sentFraction } from '../../src/core/progress.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'

const uploading = (size: number, progress: number) =>
  ({
    file: fakeFile('a', { size }),
    status: 'uploading',
    progress,
    paused: false,
    retrying: false,
    attempt: 1,
  }) as const

test('progress of sent bytes stays below 1 until storage answers', () => {
  expect(sentFraction(100, 100)).toBe(0.99)
  expect(sentFraction(0, 0)).toBe(0)
})

test('progress of a list is weighted by bytes and not by files', () => {
  const items = [
    uploading(1e9, 0.5),
    { file: fakeFile('b', { size: 1 }), status: 'done', result: 1 } as const,
  ]
  expect(totalProgress(items)).toBeCloseTo(0.5, 3)
})

test('progress of an empty list is 0', () => {
  expect(totalProgress([])).toBe(0)
})

test('progress of any list is between 0 and 1', () => {
  const item = fc.record({ size: fc.nat(1e12), progress: fc.double({ min: 0, max: 1, noNaN: true }) })
  fc.assert(
    fc.property(fc.array(item), (all) => {
      const total = totalProgress(all.map(({ size, progress }) => uploading(size, progress)))
      expect(total).toBeGreaterThanOrEqual(0)
      expect(total).toBeLessThanOrEqual(1)
    }),
  )
})
