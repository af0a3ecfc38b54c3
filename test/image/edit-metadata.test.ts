import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { editMetadata } from '../../src/image/metadata/edit-metadata.ts'
import { readJpegLayout } from '../../src/image/metadata/jpeg-segments.ts'
import { readTags } from '../harness/exiftool.ts'
import type { Tags } from '../harness/exiftool.ts'

const names = [
  'places.jpg',
  'places.png',
  'places.webp',
  'places.avif',
  'places.heic',
  'ultra-hdr.jpg',
] as const
type Name = (typeof names)[number]
const modes = ['strip-location', 'strip'] as const
const cases = names.flatMap((name) => modes.map((mode) => [name, mode] as const))

const read = (name: Name) => new Uint8Array(readFileSync(`test/image/pictures/${name}`))
const edit = (name: Name, mode: (typeof modes)[number]) => editMetadata(read(name), mode)

const tagsOf: Record<string, Tags> = {}
beforeAll(async () => {
  const pictures = [
    ...names.map((name) => [name, name, read(name)] as const),
    ...cases.map(([name, mode]) => [`${mode} ${name}`, name, edit(name, mode)] as const),
  ]
  const all = await readTags(pictures.map(([, name, bytes]) => new File([bytes.slice()], name)))
  for (const [index, [id]] of pictures.entries()) tagsOf[id] = all[index] ?? {}
}, 240_000)
const tags = (name: Name, mode?: (typeof modes)[number]) => tagsOf[mode ? `${mode} ${name}` : name] ?? {}
const placesIn = (all: Tags) =>
  Object.keys(all).filter((name) => /:.*(GPS|Location|City|State|Country|Geo(?!metry))/i.test(name))
const warnings = (all: Tags) =>
  Object.entries(all).flatMap(([name, texts]) => (/:(Warning|Error)$/.test(name) ? texts : []))

test.each(names)('%s names places', (name) => {
  expect(placesIn(tags(name)).length).toBeGreaterThan(3)
})

describe.each(cases)('%s with %s', (name, mode) => {
  test('names no place, also in its thumbnail, further pictures and video', () => {
    expect(placesIn(tags(name, mode))).toEqual([])
    expect(Buffer.from(edit(name, mode)).toString('latin1')).not.toMatch(/Seoul|Korea|37\.56/)
  })

  test('is as valid as before', () => {
    // A blanked segment has no name, and EXIF with nothing but an orientation lacks tags that readers do not need.
    const expected = /^\[minor\] Unknown APP1 segment|^Missing required JPEG IFD0 tag/
    const before = warnings(tags(name))
    const added = warnings(tags(name, mode)).filter((line) => !before.includes(line))
    expect(added.filter((line) => !expected.test(line))).toEqual([])
  })

  // sharp has no decoder for HEIC; its bytes of pixels are compared below.
  test.skipIf(name === 'places.heic')('has the same pixels and color profile', async () => {
    const [before, after] = [read(name), edit(name, mode)].map((bytes) => sharp(bytes))
    expect(await after?.raw().toBuffer()).toEqual(await before?.raw().toBuffer())
    expect((await after?.metadata())?.icc).toEqual((await before?.metadata())?.icc)
  })

  test('has nothing left to remove, and the original is not changed', () => {
    const original = read(name)
    const edited = editMetadata(original, mode)
    expect(editMetadata(edited, mode)).toBe(edited)
    expect(Buffer.compare(original, read(name))).toBe(0)
  })
})

const jpegs = ['places.jpg', 'ultra-hdr.jpg'] as const
const heifs = ['places.avif', 'places.heic'] as const

test.each([...jpegs, ...heifs])('strip-location does not change the length of %s', (name) => {
  expect(edit(name, 'strip-location')).toHaveLength(read(name).length)
})

/** Tables and scans of the first picture: markers of metadata are left out. */
function codedData(bytes: Uint8Array): string {
  const coded = readJpegLayout(bytes).segments.filter(({ marker }) => marker < 0xe0)
  return coded.map(({ start, end }) => Buffer.from(bytes.slice(start, end)).toString('base64')).join()
}

test.each(jpegs)('the coded data of %s stays byte by byte', (name) => {
  for (const mode of modes) expect(codedData(edit(name, mode))).toBe(codedData(read(name)))
})

test.each(heifs)('the coded data of %s stays byte by byte', (name) => {
  // exiftool wrote its items in front of the pixels.
  const coded = (bytes: Uint8Array) => Buffer.from(bytes.slice(-200)).toString('hex')
  for (const mode of modes) expect(coded(edit(name, mode))).toBe(coded(read(name)))
})

test.each(names)('strip-location keeps camera, author and date of %s', (name) => {
  expect(tags(name, 'strip-location')).toMatchObject({
    'IFD0:Make': ['Maker'],
    'IFD0:Artist': ['Ann'],
    'ExifIFD:DateTimeOriginal': ['2026:11:29 08:00:00'],
  })
})

test.each(names)('strip leaves neither camera nor author nor date in %s', (name) => {
  expect(JSON.stringify(tags(name, 'strip'))).not.toMatch(/Maker"|Ann|2026:11:29 08:00:00|hello/)
})

test.each([...jpegs, 'places.png'] as const)('the orientation of %s stays in both modes', async (name) => {
  const { orientation } = await sharp(read(name)).metadata()
  expect(orientation).toBeGreaterThan(1)
  for (const mode of modes) expect((await sharp(edit(name, mode)).metadata()).orientation).toBe(orientation)
})

test('the orientation of WebP goes in both modes: browsers ignore it, and sharp obeys it', async () => {
  expect((await sharp(read('places.webp')).metadata()).orientation).toBe(6)
  for (const mode of modes)
    expect((await sharp(edit('places.webp', mode)).metadata()).orientation).toBeUndefined()
})

test.each(modes)('%s keeps the gain map where the index says', (mode) => {
  const edited = edit('ultra-hdr.jpg', mode)
  const found = tags('ultra-hdr.jpg', mode)
  const start = Number(found['MPImage2:MPImageStart'])
  const length = Number(found['MPImage2:MPImageLength'])
  expect(readJpegLayout(edited.subarray(start, start + length))).toMatchObject({
    isComplete: true,
    end: length,
  })
  expect(JSON.stringify(found)).toMatch(new RegExp(`DirectoryItemLength":\\["${length}"`))
  expect(found['XMP-hdrgm:Version']?.map(Number)).toContain(1)
})

test('strip cuts the video of a motion photo, and strip-location keeps it', () => {
  const hasVideo = (bytes: Uint8Array) => Buffer.from(bytes).includes('frames')
  expect(hasVideo(edit('ultra-hdr.jpg', 'strip'))).toBe(false)
  expect(hasVideo(edit('ultra-hdr.jpg', 'strip-location'))).toBe(true)
})

test('keep, and a picture without metadata, return the same bytes', async () => {
  const original = read('places.jpg')
  expect(editMetadata(original, 'keep')).toBe(original)
  const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    const bytes = new Uint8Array(await plain.clone().toFormat(format).toBuffer())
    for (const mode of modes) expect(editMetadata(bytes, mode)).toBe(bytes)
  }
})

test.each(modes)('%s removes the places of a PNG that was cut off, and keeps its pixels', (mode) => {
  const original = Buffer.from(read('places.png'))
  const pixelsAt = original.indexOf('IDAT') + 4
  const cut = original.subarray(0, pixelsAt + 20)
  expect(cut.toString('latin1')).toMatch(/Seoul|Korea/)
  const edited = Buffer.from(editMetadata(new Uint8Array(cut), mode))
  expect(edited.toString('latin1')).not.toMatch(/Seoul|Korea|37\.56/)
  expect(edited.subarray(-20)).toEqual(cut.subarray(-20))
})

test('strip-location removes a chunk of a PNG that was cut off in its text', () => {
  const original = Buffer.from(read('places.png'))
  const cut = original.subarray(0, original.indexOf('Seoul') + 5)
  const edited = Buffer.from(editMetadata(new Uint8Array(cut), 'strip-location'))
  expect(edited.toString('latin1')).not.toContain('Seoul')
})

test('damaged files never make the edit fail', () => {
  const sources = names.map(read)
  const damage = fc.record({
    source: fc.constantFrom(...sources),
    end: fc.double({ min: 0, max: 1, noNaN: true }),
    changes: fc.array(fc.tuple(fc.nat({ max: 4000 }), fc.nat({ max: 255 })), { maxLength: 30 }),
    mode: fc.constantFrom(...modes),
  })
  fc.assert(
    fc.property(damage, ({ source, end, changes, mode }) => {
      const bytes = source.slice(0, Math.ceil(source.length * end))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      editMetadata(bytes, mode)
    }),
    { numRuns: 300 },
  )
})
