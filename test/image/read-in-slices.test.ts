import { expect, test, vi } from 'vitest'
import { readInSlices } from '../../src/image/read-in-slices.ts'

const { signal } = new AbortController()

test('a photo is read in slices, so that no task of the page takes long', async () => {
  const content = Uint8Array.from({ length: 1_200_000 }, (_, index) => index % 251)
  const file = new File([content], 'a.jpg')
  const slice = vi.spyOn(file, 'slice')
  const readAtOnce = vi.spyOn(file, 'arrayBuffer')
  expect(Buffer.compare(await readInSlices(file, signal), content)).toBe(0)
  expect(slice.mock.results.map(({ value }) => (value as Blob).size)).toEqual([500_000, 500_000, 200_000])
  expect(readAtOnce).not.toHaveBeenCalled()
})

test('an empty file has no bytes', async () => {
  expect(await readInSlices(new Blob(), signal)).toHaveLength(0)
})

test('a cancel rejects, and the next file is read', async () => {
  const controller = new AbortController()
  const large = new Blob([new Uint8Array(17_000_000)])
  const running = readInSlices(large, controller.signal)
  const waiting = readInSlices(large, controller.signal)
  controller.abort(new Error('no longer wanted'))
  await expect(running).rejects.toThrow('no longer wanted')
  await expect(waiting).rejects.toThrow('no longer wanted')
  expect(await readInSlices(new Blob(['a']), signal)).toEqual(Uint8Array.of(97))
})

test('a file that is shorter than its size cannot be read', async () => {
  const file = new File([new Uint8Array(600_000)], 'a.jpg')
  // Firefox does so with a file that was cut.
  vi.spyOn(file, 'slice').mockImplementation(() => new Blob(['cut']))
  await expect(readInSlices(file, signal)).rejects.toMatchObject({ name: 'NotReadableError' })
})
