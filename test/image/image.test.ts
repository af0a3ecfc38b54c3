import { readFileSync } from 'node:fs'
import { image } from 'putaway/image'
import { expect, test, vi } from 'vitest'
import { imageTypeOf } from '../../src/image/image-type.ts'

const read = (name: string) => new Uint8Array(readFileSync(`test/image/pictures/${name}`))
const { signal } = new AbortController()

test.each([
  ['places.jpg', 'image/jpeg'],
  ['places.png', 'image/png'],
  ['places.webp', 'image/webp'],
  ['places.avif', 'image/avif'],
  ['places.heic', 'image/heic'],
])('the bytes of %s say %s', (name, type) => {
  expect(imageTypeOf(read(name).subarray(0, 512))).toBe(type)
})

test('an AVIF whose first brand is mif1 is an AVIF, and a video is no picture', () => {
  const ftyp = (brands: string) => new Uint8Array(Buffer.from(`\0\0\0\u0018ftyp${brands}`, 'latin1'))
  expect(imageTypeOf(ftyp('mif1\0\0\0\0avifmiaf'))).toBe('image/avif')
  expect(imageTypeOf(ftyp('mif1\0\0\0\0heicmiaf'))).toBe('image/heic')
  expect(imageTypeOf(ftyp('mp42\0\0\0\0mp42isom'))).toBeUndefined()
  expect(imageTypeOf(new Uint8Array(Buffer.from('BM is short for bitmap')))).toBeUndefined()
})

test('a HEIC that is named .jpg gets the type of its bytes', async () => {
  const file = new File([read('places.heic')], 'IMG_1.jpg', { type: 'image/jpeg' })
  const prepared = await image({ metadata: 'keep' })(file, { signal })
  expect(prepared.type).toBe('image/heic')
  expect(prepared.size).toBe(file.size)
})

test('by default the place is removed', async () => {
  const prepared = await image()(new File([read('places.jpg')], 'a.jpg', { type: 'image/jpeg' }), { signal })
  expect(await prepared.text()).not.toContain('Seoul')
})

test('other files, and pictures with nothing to remove, are the same file', async () => {
  const text = new File(['hello'], 'a.txt')
  expect(await image()(text, { signal })).toBe(text)
  const gif = new File(['GIF89a'], 'a.gif', { type: 'image/gif' })
  expect(await image()(gif, { signal })).toBe(gif)
})

test('a canceled file is not read', async () => {
  const file = new File([read('places.jpg')], 'a.jpg')
  const readAll = vi.spyOn(file, 'arrayBuffer')
  await expect(image()(file, { signal: AbortSignal.abort() })).rejects.toThrow('abort')
  expect(readAll).not.toHaveBeenCalled()
})

test('a photo that is changed while it waits rejects with the error of the browser', async () => {
  const file = new File([read('places.jpg')], 'IMG_1.jpg', { type: 'image/jpeg' })
  const changed = new DOMException('The file was changed.', 'NotReadableError')
  const slice = file.slice.bind(file)
  // The first bytes are read, and then the file changes. Node decodes no pictures.
  file.slice = (start, end, type) =>
    end === 1
      ? Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(changed) })
      : slice(start, end, type)
  await expect(image({ maxWidth: 1 })(file, { signal })).rejects.toBe(changed)
})

test.each(['cut.avif', 'cut.heic'])('%s is sent as it is, because it is damaged', async (name) => {
  const whole = read(name.replace('cut', 'places'))
  const file = new File([whole.subarray(0, -20)], name, { type: `image/${name.slice(4)}` })
  const prepared = await image({ maxWidth: 1, format: 'jpeg', metadata: 'keep' })(file, { signal })
  expect(prepared).toBe(file)
})

test('a TIFF is sent as it is, because few browsers decode it', async () => {
  const file = new File(['II*\0'], 'scan.tif', { type: 'image/tiff' })
  expect(await image({ maxWidth: 1, format: 'jpeg' })(file, { signal })).toBe(file)
})
