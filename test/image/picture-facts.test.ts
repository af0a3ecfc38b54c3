import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { readPictureFacts } from '../../src/image/picture-facts.ts'
import { workerSource } from '../../src/image/worker/worker-source.ts'
import { generateWorkerSource, workerSourcePath } from './worker/generate.ts'

const noise = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp(Buffer.from(Array.from({ length: width * height * channels }, (_, at) => (at * 37) % 256)), {
    raw: { width, height, channels },
  })
const encoders = {
  'a JPEG': noise(123, 45).jpeg(),
  'a progressive JPEG': noise(123, 45).jpeg({ progressive: true }),
  'a CMYK JPEG': noise(123, 45).toColorspace('cmyk').jpeg(),
  'a PNG': noise(123, 45, 4).png(),
  'a PNG with 16 bits': noise(123, 45).toColorspace('rgb16').png(),
  'a GIF': noise(123, 45).gif(),
  'a WebP': noise(123, 45).webp(),
  'a lossless WebP': noise(123, 45).webp({ lossless: true }),
  'a WebP with transparency': noise(123, 45, 4).webp(),
  'an AVIF': noise(123, 45).avif(),
  'a picture of one pixel': noise(1, 1).jpeg(),
}

test.each(Object.entries(encoders))('the size of %s is that which sharp reads', async (_name, encoder) => {
  const bytes = new Uint8Array(await encoder.toBuffer())
  const { width, height } = await sharp(bytes).metadata()
  expect(readPictureFacts(bytes)).toMatchObject({ width, height, isComplete: true })
})

test('the size of a HEIC is that of its largest picture, in whole blocks of the encoder', () => {
  const bytes = new Uint8Array(readFileSync('test/image/pictures/places.heic'))
  expect(readPictureFacts(bytes)).toMatchObject({ type: 'image/heic', width: 64, height: 64 })
})

test.each(['a JPEG', 'a PNG', 'a WebP'] as const)('%s that is cut off is not complete', async (name) => {
  const bytes = new Uint8Array(await encoders[name].toBuffer())
  for (const part of [0.2, 0.5, 0.9])
    expect(readPictureFacts(bytes.subarray(0, bytes.length * part))?.isComplete).toBe(false)
})

test('EXIF says that a picture lies on its side', async () => {
  const bytes = new Uint8Array(await noise(30, 20).jpeg().withMetadata({ orientation: 6 }).toBuffer())
  expect(readPictureFacts(bytes)).toMatchObject({ width: 30, height: 20, isOnSide: true })
})

test('the text of the worker is generated from its source', async () => {
  expect(await generateWorkerSource()).toBe(readFileSync(workerSourcePath, 'utf8'))
  expect(workerSource).not.toContain('import')
})
