import { image } from 'putaway/image'
import type { ImageOptions } from 'putaway/image'
import { describe, expect, test } from 'vitest'
import { commands, server } from 'vitest/browser'
import { prepareImage } from '../../src/image/image.ts'
import type { Crop } from '../../src/image/crop/crop.ts'
import type { PictureRequest } from '../harness/picture-commands.ts'
import heicUrl from './pictures/places.heic?url'

// The browser draws the pictures; sharp makes them and reads the results, in Node.

const { signal } = new AbortController()
const toFile = (base64: string, type: string) =>
  new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'picture', { type })
const make = async (request: PictureRequest) =>
  toFile(await commands.makePicture(request), `image/${request.format}`)

async function read(blob: Blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return commands.readPicture(btoa(text))
}

const jpeg = { width: 300, height: 200, format: 'jpeg' } as const
const prepare = (file: File, options: ImageOptions) => image(options)(file, { signal })

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a JPEG with the orientation %i', (orientation) => {
  test('is upright after it was made smaller', async () => {
    const file = await make({ ...jpeg, orientation })
    const before = await read(file)
    const after = await read(await prepare(file, { maxWidth: 90, maxHeight: 90 }))
    expect(after).toMatchObject({ format: 'jpeg', orientation: 1, corners: before.corners })
    expect([after.width, after.height]).toEqual(orientation < 5 ? [90, 60] : [60, 90])
  })

  test('is cropped where it is seen', async () => {
    const file = await make({ ...jpeg, orientation })
    const { corners } = await read(file)
    const crop = async (part: Crop) =>
      (await read(await prepareImage(file, { maxWidth: 40 }, part, signal))).corners
    const half = { width: 0.5, height: 0.5 }
    expect(new Set(await crop({ x: 0, y: 0, ...half }))).toEqual(new Set([corners[0]]))
    expect(new Set(await crop({ x: 0.5, y: 0, ...half }))).toEqual(new Set([corners[1]]))
    // Turned by 90 degrees clockwise, the bottom left comes to the top left.
    expect(new Set(await crop({ x: 0, y: 0, ...half, rotation: 90 }))).toEqual(new Set([corners[2]]))
  })
})

test('a picture of odd size is drawn on whole pixels', async () => {
  const canvas = new OffscreenCanvas(101, 51)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('No canvas.')
  context.fillStyle = '#000'
  context.fillRect(0, 0, 101, 51)
  context.fillStyle = '#fff'
  for (let x = 0; x < 101; x += 2) context.fillRect(x, 0, 1, 51)
  const file = new File([await canvas.convertToBlob()], 'lines.png', { type: 'image/png' })
  const whole: Crop = { x: 0, y: 0, width: 1, height: 1 }
  const bitmap = await createImageBitmap(await prepareImage(file, {}, whole, signal))
  context.drawImage(bitmap, 0, 0)
  const greys = Array.from(context.getImageData(0, 25, 101, 1).data).filter((_, index) => index % 4 === 0)
  expect(greys).toEqual(Array.from({ length: 101 }, (_, x) => (x % 2 === 0 ? 255 : 0)))
})

test('a Blob of several pieces is drawn, and what comes out can be drawn again', async () => {
  const file = await make({ ...jpeg, orientation: 6 })
  const pieces = new File([file.slice(0, 100), file.slice(100)], 'picture', { type: 'image/jpeg' })
  const smaller = await prepare(pieces, { maxWidth: 90, maxHeight: 90 })
  const { width, height } = await createImageBitmap(smaller)
  expect([width, height]).toEqual([60, 90])
})

test('a picture within the limits is the same file: it is not encoded again', async () => {
  const file = await make(jpeg)
  expect(await prepare(file, { maxWidth: 300, maxHeight: 300 })).toBe(file)
})

test('with a quality the smaller of both files wins', async () => {
  const file = await make(jpeg)
  expect(await prepare(file, { quality: 1 })).toBe(file)
  expect((await prepare(file, { quality: 0.2 })).size).toBeLessThan(file.size)
})

test('transparency stays in PNG and WebP, and is white in JPEG', async () => {
  const file = await make({ width: 100, height: 100, format: 'png', isTransparent: true })
  const last = async (options: ImageOptions) => {
    const { format, corners } = await read(await prepare(file, options))
    return [format, corners[3]]
  }
  expect(await last({ maxWidth: 50 })).toEqual(['png', '0,0,0,0'])
  // WebKit encodes no WebP.
  const webp = server.browser === 'webkit' ? 'png' : 'webp'
  expect(await last({ format: 'webp' })).toEqual([webp, '0,0,0,0'])
  expect(await last({ format: 'jpeg' })).toEqual(['jpeg', '256,256,256,256'])
})

test('an animation is never encoded', async () => {
  const file = await make({ width: 60, height: 60, format: 'webp', frames: 3 })
  expect(await prepare(file, { maxWidth: 10 })).toBe(file)
})

test('a damaged picture is never encoded', async () => {
  const whole = await make(jpeg)
  const file = new File([whole.slice(0, whole.size - 40)], 'cut.jpg', { type: 'image/jpeg' })
  expect(await prepare(file, { maxWidth: 10 })).toBe(file)
})

test('camera and author survive, and the orientation and thumbnail do not', async () => {
  const file = await make({ ...jpeg, orientation: 6, exif: { Make: 'Maker', Artist: 'Ann' } })
  const { exif, orientation } = await read(await prepare(file, { maxWidth: 50 }))
  expect(exif).toMatch(/Maker[^]*Ann|Ann[^]*Maker/)
  expect(orientation).toBe(1)
  expect((await read(await prepare(file, { maxWidth: 50, metadata: 'strip' }))).exif).toBe('')
})

test('a HEIC is decoded by the function of the app where the browser cannot', async () => {
  const bytes = await (await fetch(heicUrl)).blob()
  const file = new File([bytes], 'IMG_1.HEIC', { type: 'image/heic' })
  await expect(prepare(file, { format: 'jpeg' })).rejects.toMatchObject({
    code: 'wrong-type',
    text: 'This type of file is not accepted. It is HEIC. Use JPEG, PNG or WEBP.',
  })
  const heic = async () => createImageBitmap(new ImageData(64, 48))
  const result = await prepare(file, { format: 'jpeg', heic })
  expect(await read(result)).toMatchObject({ format: 'jpeg', width: 64, height: 48 })
  expect(result.type).toBe('image/jpeg')
})

test('a picture of more than 100 megapixels is refused by its header', async () => {
  const file = await make({ width: 10, height: 10, format: 'png' })
  const bytes = new Uint8Array(await file.arrayBuffer())
  new DataView(bytes.buffer).setUint32(16, 20_000)
  new DataView(bytes.buffer).setUint32(20, 20_000)
  const bomb = new File([bytes], 'bomb.png', { type: 'image/png' })
  await expect(prepare(bomb, { maxWidth: 100 })).rejects.toMatchObject({ code: 'wrong-dimensions' })
})

/** WebKitGTK 2.50 leaves a pattern with a range of 85 of 255. */
const testOfScaler = test.skipIf(server.browser === 'webkit')

testOfScaler('fine lines become grey, not a pattern', async () => {
  const canvas = new OffscreenCanvas(1200, 30)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('No canvas.')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, 1200, 30)
  context.fillStyle = '#000'
  for (let x = 0; x < 1200; x += 2) context.fillRect(x, 0, 1, 30)
  const file = new File([await canvas.convertToBlob()], 'lines.png', { type: 'image/png' })
  const small = await createImageBitmap(await prepare(file, { maxWidth: 190 }))
  context.drawImage(small, 0, 0)
  const greys = Array.from(context.getImageData(4, 2, 180, 1).data).filter((_, index) => index % 4 === 0)
  expect(Math.max(...greys) - Math.min(...greys)).toBeLessThan(40)
})

test('a cancel rejects at once with the reason', async () => {
  const controller = new AbortController()
  const running = image({ maxWidth: 10 })(await make({ ...jpeg, width: 2000 }), { signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  await expect(running).rejects.toThrow('no longer wanted')
})

test('pictures that are made smaller at the same time do not mix, and a cancel stops only its own', async () => {
  const controller = new AbortController()
  const widths = [300, 400, 500, 600, 700, 800]
  const results = await Promise.allSettled(
    widths.map(async (width) => {
      const file = await make({ ...jpeg, width, height: 300 })
      const isCanceled = width === 500
      const running = image({ maxHeight: 100 })(file, { signal: isCanceled ? controller.signal : signal })
      if (isCanceled) controller.abort(new Error('no longer wanted'))
      return (await read(await running)).width
    }),
  )
  expect(results).toMatchObject(
    widths.map((width) => (width === 500 ? { status: 'rejected' } : { value: Math.round(width / 3) })),
  )
})
