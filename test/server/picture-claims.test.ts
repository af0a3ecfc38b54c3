import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseFileInfo } from '../../src/protocol/parse-file-info.ts'
import { readUploads, toSharpCrop } from '../../src/server/index.ts'
import type { ConfirmedUpload, ImageCrop } from '../../src/server/index.ts'
import { backend, openS3Fixture, photos, send } from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

/** The picture of the fixture has one pixel. */
const image = { width: 1, height: 1, thumbHash: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w' }
const crop: ImageCrop = { x: 0, y: 0, width: 1, height: 1, rotation: 90, imageWidth: 1, imageHeight: 1 }
const anna = { id: 'anna' }

function open(rules: Parameters<typeof photos>[0] = {}) {
  const confirmed: ConfirmedUpload[] = []
  const onConfirm = (upload: ConfirmedUpload) => {
    confirmed.push(upload)
    return { id: upload.id }
  }
  return { confirmed, ...backend(s3.storage(), { routes: { photos: photos({ onConfirm, ...rules }) } }) }
}

test('onConfirm and readUploads get size, placeholder and crop of the picture', async () => {
  const { presign, confirm, confirmed, handler } = open()
  const { ticket } = await presign({ image, crop })
  await send(ticket)
  const { result } = await confirm(ticket)
  expect(confirmed).toMatchObject([{ image, crop }])
  const [entry] = await readUploads([result], { handler, route: 'photos', user: anna })
  expect(entry).toMatchObject({ status: 'new', upload: { image, crop } })
  expect(entry?.status === 'new' && entry.upload).not.toHaveProperty('edited')
})

test('a size that confirm measured replaces the claimed one', async () => {
  const { presign, confirm, confirmed } = open({ image: true })
  const { ticket } = await presign({ image: { ...image, width: 4000, height: 3000 } })
  await send(ticket)
  await confirm(ticket)
  expect(confirmed).toMatchObject([{ width: 1, height: 1, image }])
})

test('a text that is announced as a picture loses both', async () => {
  const { presign, confirm, confirmed } = open({ accept: '*', promote: true })
  const text = new TextEncoder().encode('%PDF-1.7 no picture')
  const { ticket } = await presign({ image, crop, size: text.length })
  await send(ticket, text)
  await confirm(ticket)
  expect(confirmed).toHaveLength(1)
  expect(confirmed[0]).not.toHaveProperty('image')
  expect(confirmed[0]).not.toHaveProperty('crop')
})

const invalidImages: [unknown, string][] = [
  ['big', 'image'],
  [{ ...image, width: '4' }, 'image.width'],
  [{ ...image, width: 0 }, 'image.width'],
  [{ ...image, height: 1.5 }, 'image.height'],
  [{ ...image, height: 1e9 }, 'image.height'],
  [{ ...image, thumbHash: 'a'.repeat(40) }, 'image.thumbHash'],
  [{ ...image, thumbHash: '<script>' }, 'image.thumbHash'],
  [{ ...image, thumbHash: 'AAAA' }, 'image.thumbHash'],
]
const invalidCrops: [unknown, string][] = [
  [[], 'crop'],
  [{ ...crop, x: -1 }, 'crop.x'],
  [{ ...crop, x: '0' }, 'crop.x'],
  [{ ...crop, y: Number.NaN }, 'crop.y'],
  [{ ...crop, width: 0 }, 'crop.width'],
  [{ ...crop, width: 2 }, 'crop.width'],
  [{ ...crop, height: Infinity }, 'crop.height'],
  [{ ...crop, rotation: 45 }, 'crop.rotation'],
  [{ ...crop, rotation: '90' }, 'crop.rotation'],
  [{ ...crop, imageWidth: 2e6 }, 'crop.imageWidth'],
  [{ ...crop, imageHeight: undefined }, 'crop.imageHeight'],
]

test.each([
  ...invalidImages.map(([wrong, field]) => [{ image: wrong }, field] as const),
  ...invalidCrops.map(([wrong, field]) => [{ crop: wrong }, field] as const),
])('a claim of a wrong form is refused at presign: %j', (wrong, field) => {
  const context = { source: 'The request', uploadPhase: 'starting', code: 'rejected' } as const
  const file = { id: 'f', name: 'a.png', size: 1, type: 'image/png', image, crop }
  expect(parseFileInfo(file, context)).toEqual(file)
  expect(() => parseFileInfo({ ...file, ...wrong }, context)).toThrow(`wrong at "file.${field}"`)
})

test('a new crop in a form is an edit of the user, also of a stored image', async () => {
  const { presign, confirm, handler } = open()
  const { ticket } = await presign({ crop })
  await send(ticket)
  const { result } = await confirm(ticket)
  const newCrop = { ...crop, rotation: 0 }
  const values = [
    { ...result, crop: { ...newCrop, more: 1 } },
    { id: 7, crop: newCrop },
    { id: 8, crop: 'mine' },
  ]
  const [uploaded, stored, other] = await readUploads(values, { handler, route: 'photos', user: anna })
  expect(uploaded).toMatchObject({ upload: { crop, edited: { crop: newCrop } } })
  expect(uploaded).not.toMatchObject({ upload: { edited: { crop: { more: 1 } } } })
  expect(stored).toMatchObject({ status: 'stored', crop: newCrop })
  expect(other).toEqual({ status: 'stored', value: { id: 8, crop: 'mine' } })
  for (const [wrong] of invalidCrops) {
    const read = readUploads([{ ...result, crop: wrong }], { handler, route: 'photos', user: anna })
    expect(await read).toMatchObject([{ status: 'error', error: { code: 'rejected' } }])
  }
})

describe('toSharpCrop', () => {
  const wide: ImageCrop = { x: 2, y: 30, width: 8, height: 50, rotation: 90, imageWidth: 90, imageHeight: 60 }

  test('cuts the same pixels with sharp that the crop names', async () => {
    // Stored on its side: upright it has 90 x 60 pixels, rotated 60 x 90.
    const raw = Buffer.from(Array.from({ length: 60 * 90 }, (_, index) => index % 251))
    const stored = await sharp(raw, { raw: { width: 60, height: 90, channels: 1 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    const { rotation, area } = toSharpCrop(wide, (await sharp(stored).metadata()).autoOrient)
    const { data, info } = await sharp(stored)
      .autoOrient()
      .rotate(rotation)
      .extract(area)
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([8, 50])
    // Orientation 6 and 90 degrees are 180 degrees: the last pixel of the stored picture is the first one.
    expect(data[0]).toBe(raw[(89 - wide.y) * 60 + 59 - wide.x])
  })
  test('refuses a picture of another size, and an area that leaves the picture', () => {
    expect(() => toSharpCrop(wide, { width: 60, height: 90 })).toThrow(
      expect.objectContaining({ code: 'mismatch', message: expect.stringContaining('60 × 90') }),
    )
    expect(() => toSharpCrop({ ...wide, height: 61 }, { width: 90, height: 60 })).toThrow(
      expect.objectContaining({ code: 'rejected', message: expect.stringContaining('crop.height') }),
    )
  })
})
