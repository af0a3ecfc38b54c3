import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { imageSize } from 'putaway'
import type { ImageSizeLimits } from 'putaway'

const { signal } = new AbortController()
const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })
const fileOf = (bytes: Uint8Array, name = 'a.jpg', type = 'image/jpeg') =>
  new File([new Uint8Array(bytes)], name, { type })

async function refusal(bytes: Uint8Array, limits: ImageSizeLimits) {
  const answer = await imageSize(limits)(fileOf(bytes), { signal })
  return answer && typeof answer === 'object' ? `${answer.code}: ${answer.text}` : answer
}

test.each<[ImageSizeLimits, string]>([
  [{ minWidth: 200, minHeight: 100 }, 'This image is 80 × 60 pixels. It must be at least 200 × 100 pixels.'],
  [{ minHeight: 61 }, 'This image is 80 × 60 pixels. It must be at least 61 pixels high.'],
  [{ maxWidth: 79 }, 'This image is 80 × 60 pixels. It must be at most 79 pixels wide.'],
  [{ maxPixels: 4799 }, 'This image is 80 × 60 pixels. It must be at most 4799 pixels in all.'],
])('a picture outside of %j is refused in the words of the server', async (limits, text) => {
  expect(await refusal(await picture(80, 60).png().toBuffer(), limits)).toBe(`wrong-dimensions: ${text}`)
})

test('a picture that fits passes, undefined limits do not count', async () => {
  const limits = { minWidth: 80, maxWidth: 80, minHeight: 60, maxHeight: undefined, maxPixels: 4800 }
  expect(await refusal(await picture(80, 60).webp().toBuffer(), limits)).toBeUndefined()
})

test('the size is the one that is shown: EXIF turns a photo, and a box turns a HEIC', async () => {
  const photo = await picture(80, 60).jpeg().withMetadata({ orientation: 6 }).toBuffer()
  expect(await refusal(photo, { minWidth: 70 })).toContain('60 × 80 pixels')
  const heic = readFileSync('test/image/pictures/places.heic')
  expect(await refusal(heic, { minWidth: 1000 })).toContain('pixels')
})

test('metadata of any length before the size is read', async () => {
  const photo = await picture(80, 60).jpeg().toBuffer()
  const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0xff, 0xff]), Buffer.alloc(65_533)])
  const long = Buffer.concat([
    photo.subarray(0, 2),
    ...Array.from({ length: 6 }, () => segment),
    photo.subarray(2),
  ])
  expect(await refusal(long, { minWidth: 100 })).toContain('80 × 60 pixels')
})

test.each([
  ['a text', Buffer.from('hello')],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="1"/>')],
  ['a picture that is cut off', Buffer.from([0xff, 0xd8, 0xff])],
  ['nothing', Buffer.alloc(0)],
])('%s passes: the server decides', async (_what, bytes) => {
  expect(await refusal(bytes, { maxWidth: 10 })).toBeUndefined()
})

test('a file that cannot be read is unreadable, so that it stays in the list', async () => {
  const file = fileOf(Buffer.from('x'))
  const broken = Object.assign(file, {
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('Gone', 'NotFoundError')) }),
  })
  await expect(imageSize({ maxWidth: 10 })(broken, { signal })).rejects.toMatchObject({ code: 'unreadable' })
})

test('an aborted signal ends it', async () => {
  await expect(
    imageSize({ maxWidth: 10 })(fileOf(Buffer.from('x')), { signal: AbortSignal.abort() }),
  ).rejects.toThrow('aborted')
})

test.each([NaN, -1, '200' as unknown as number])('a limit of %o is a TypeError', (minWidth) => {
  expect(() => imageSize({ minWidth })).toThrow(
    `imageSize: minWidth is ${minWidth}. Pass a number of pixels.`,
  )
})
