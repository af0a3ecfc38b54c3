import { image } from 'putaway/image'
import type { ImageOptions } from 'putaway/image'
import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash'
import { expect, test } from 'vitest'
import type { PreparedPicture } from '../../src/core/files/sent-picture.ts'
import { makeFile } from './image-prop.tsx'
import heicUrl from './pictures/places.heic?url'

async function infoOf(file: File, options: ImageOptions = {}) {
  const picture: PreparedPicture = await image(options)(file, { signal: new AbortController().signal })
  return picture['~picture']?.image
}

const bytesOf = (thumbHash = '') => Uint8Array.from(atob(thumbHash), (letter) => letter.charCodeAt(0))

/** A photo that is stored on its side. Upright it has 60 x 90 pixels. */
const sideways = () => makeFile({ width: 90, height: 60, format: 'jpeg', orientation: 6 })

test('a picture that is made smaller has the size and the ThumbHash of the result', async () => {
  const info = await infoOf(await sideways(), { maxWidth: 30, maxHeight: 30 })
  expect(info).toMatchObject({ width: 20, height: 30 })
  const { w, h, rgba } = thumbHashToRGBA(bytesOf(info?.thumbHash))
  expect(w / h).toBeCloseTo(0.7, 1)
  // Turned upright, the bottom left quarter is white, and the top right one is red.
  const colorAt = (x: number, y: number) => rgba.slice(4 * (y * w + x), 4 * (y * w + x) + 3)
  // A ThumbHash is inexact: this white is 162 in Firefox and 186 in Chromium, and no other corner is over 60.
  expect(Math.min(...colorAt(2, h - 3))).toBeGreaterThan(140)
  const [red = 0, green = 0, blue = 0] = colorAt(w - 3, 2)
  expect([red > 180, green < 90, blue < 90]).toEqual([true, true, true])
})

test('a picture that keeps its pixels has its upright size and a ThumbHash', async () => {
  const file = await sideways()
  const info = await infoOf(file)
  expect(info).toMatchObject({ width: 60, height: 90 })
  expect(bytesOf(info?.thumbHash).length).toBeGreaterThan(15)
})

test('transparency is in the ThumbHash', async () => {
  const info = await infoOf(await makeFile({ width: 30, height: 20, format: 'png', isTransparent: true }))
  expect(thumbHashToAverageRGBA(bytesOf(info?.thumbHash)).a).toBeCloseTo(0.75, 1)
  expect(info?.thumbHash?.length).toBeLessThanOrEqual(36)
})

test('an animation has the size and the placeholder of its first frame', async () => {
  const info = await infoOf(await makeFile({ width: 30, height: 20, format: 'webp', frames: 2 }))
  expect(info).toEqual({ width: 30, height: 20, thumbHash: expect.any(String) })
})

test('a damaged picture has at most its size, and a text has nothing', async () => {
  const file = await sideways()
  expect(await infoOf(new File([file.slice(0, file.size / 2)], 'cut.jpg'))).toEqual({
    width: 60,
    height: 90,
  })
  expect(await infoOf(new File(['text'], 'text.png', { type: 'image/png' }))).toBeUndefined()
})

test('a HEIC that the app decodes has the size and the ThumbHash of the result', async () => {
  const file = new File([await (await fetch(heicUrl)).blob()], 'IMG_1.HEIC')
  const toBitmap = () => createImageBitmap(new ImageData(64, 48))
  const ofBitmap = await infoOf(file, { maxWidth: 32, heic: toBitmap })
  expect(ofBitmap).toEqual({ width: 32, height: 24, thumbHash: expect.any(String) })
  // A decoder may also return a picture that lies on its side.
  const ofBlob = await infoOf(file, { format: 'jpeg', heic: sideways })
  expect(ofBlob).toEqual({ width: 60, height: 90, thumbHash: expect.any(String) })
})
