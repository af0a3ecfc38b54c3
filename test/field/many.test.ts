import { expect, test } from 'vitest'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import { createField } from '../../src/field/field-store.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'

/** Returns how many elements of arrays `work` iterates over, which includes every copy by spread. */
function countIterated(work: () => void): number {
  const { [Symbol.iterator]: iterate } = Array.prototype
  let count = 0
  // oxlint-disable-next-line no-extend-native -- restored below; nothing else counts copies
  Array.prototype[Symbol.iterator] = function countAndIterate(this: unknown[]) {
    count += this.length
    return iterate.call(this)
  }
  try {
    work()
  } finally {
    // oxlint-disable-next-line no-extend-native -- see above
    Array.prototype[Symbol.iterator] = iterate
  }
  return count
}

test('a folder of a thousand files is added without a copy of the list for each file', () => {
  const fake = fakeUploads<unknown>()
  let id = 0
  const uploader = createUploader(
    {
      ...fake,
      pool: createConnectionPool(6),
      host: {
        now: () => 0,
        frame: () => {},
        sleep: () => Promise.resolve(),
        random: () => 0.5,
        isOnline: () => true,
      },
      newId: () => String((id += 1)),
    },
    { ...fake.defaults, start: 'manual' },
  )
  const field = createField(() => ({ uploader, defaultValue: [{ id: 1, name: 'stored.txt', url: '/1' }] }))
  field.subscribe()
  const files = Array.from({ length: 1000 }, (_, index) => fakeFile(`${index}.txt`))
  const iterated = countIterated(() => void field.add(files))
  const { entries } = field.store.getState()
  expect(entries.map((entry) => (entry.kind === 'upload' ? entry.item.file.name : 'stored'))).toEqual([
    'stored',
    ...files.map(({ name }) => name),
  ])
  // A copy for each file would iterate over 500,000 elements.
  expect(iterated).toBeLessThan(50_000)
})
