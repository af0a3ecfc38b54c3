import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortByPath } from '../../src/headless/drop/read-folders.ts'

const pathOf = ({ path }: { readonly path: string }) => path

test('paths are in the order of their names and numbers, and equal paths keep their order', async () => {
  const { compare } = new Intl.Collator(undefined, { numeric: true })
  const path = fc.stringMatching(/^[ab]\/[0-9]{1,2}$/)
  await fc.assert(
    fc.asyncProperty(fc.array(path, { maxLength: 4000, size: 'max' }), async (paths) => {
      const items = paths.map((each, index) => ({ path: each, index }))
      const sorted = items.toSorted((first, second) => compare(first.path, second.path))
      expect(await sortByPath(items, pathOf)).toEqual(sorted)
    }),
    { numRuns: 5 },
  )
})

test('a sort of ten thousand paths lets the page work while it runs', async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => ({ path: `a/${(index * 7919) % 10_000}.txt` }))
  let readings = 0
  let mostReadings = 0
  await sortByPath(
    items,
    (item) => {
      readings += 1
      return item.path
    },
    async () => {
      mostReadings = Math.max(mostReadings, readings)
      readings = 0
    },
  )
  // Two paths are read for each comparison. A sort in one piece makes 120,000 comparisons.
  expect(mostReadings / 2).toBeLessThan(50_000)
})
