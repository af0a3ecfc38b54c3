import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createOrientationTiff } from '../../src/image/metadata/exif.ts'
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

test.each(['a JPEG', 'a PNG', 'a WebP', 'an AVIF'] as const)(
  '%s that is cut off is not complete',
  async (name) => {
    const bytes = new Uint8Array(await encoders[name].toBuffer())
    for (const part of [0.2, 0.5, 0.9])
      expect(readPictureFacts(bytes.subarray(0, bytes.length * part))?.isComplete).toBe(false)
  },
)

test('EXIF says that a picture lies on its side', async () => {
  const bytes = new Uint8Array(await noise(30, 20).jpeg().withMetadata({ orientation: 6 }).toBuffer())
  expect(readPictureFacts(bytes)).toMatchObject({ width: 30, height: 20, isOnSide: true })
})

/** A PNG of 30 x 20 pixels with a chunk before its pixels. Browsers do not check the CRC of eXIf. */
async function pngWith(type: string, data: Buffer): Promise<Uint8Array> {
  const png = await noise(30, 20).png().toBuffer()
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)])
  chunk.writeUInt32BE(data.length)
  return new Uint8Array(Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]))
}

test.each([
  [1, false],
  [6, true],
])('the orientation %i of a PNG is read', async (orientation, isOnSide) => {
  const png = await pngWith('eXIf', Buffer.from(createOrientationTiff(orientation)))
  expect(readPictureFacts(png)).toMatchObject({ width: 30, height: 20, isOnSide, isComplete: true })
})

test.each([
  [0, false],
  [1, true],
  [2, false],
  [3, true],
])('the rotation %i of an AVIF is read', async (angle, isOnSide) => {
  const avif = await noise(123, 45).avif().toBuffer()
  // A property that is not associated, in place of the pixel information, which has at least this length.
  const property = avif.indexOf('pixi')
  avif.write('irot', property, 'latin1')
  avif[property + 4] = angle
  expect(readPictureFacts(new Uint8Array(avif))).toMatchObject({ width: 123, height: 45, isOnSide })
})

test('an AVIF with bytes after its last box is complete', async () => {
  const avif = await noise(123, 45).avif().toBuffer()
  expect(readPictureFacts(Buffer.concat([avif, Buffer.from('SEFH of a phone')]))?.isComplete).toBe(true)
})

test('a BMP that is cut off is not complete', () => {
  const bmp = Buffer.alloc(54 + 6 * 4 * 4)
  bmp.write('BM')
  bmp.writeUInt32LE(bmp.length, 2)
  bmp.writeInt32LE(6, 18)
  bmp.writeInt32LE(-4, 22)
  expect(readPictureFacts(bmp)).toMatchObject({ width: 6, height: 4, isComplete: true })
  expect(readPictureFacts(bmp.subarray(0, 60))?.isComplete).toBe(false)
})

test('the text of the worker is generated from its source', async () => {
  expect(await generateWorkerSource()).toBe(readFileSync(workerSourcePath, 'utf8'))
  expect(workerSource).not.toContain('import')
})
