import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readExif } from '../../src/image/metadata/copy-exif.ts'
import { editMetadata } from '../../src/image/metadata/edit-metadata.ts'
import { hasText } from '../../src/image/metadata/byte-helpers.ts'
import { readJpegLayout, segmentSignatures } from '../../src/image/metadata/jpeg-segments.ts'
import type { MetadataMode } from '../../src/image/metadata/metadata-mode.ts'

const read = (name: string) => new Uint8Array(readFileSync(`test/image/pictures/${name}`))

test.each<[string, MetadataMode]>([
  ['places.jpg', 'strip-location'],
  ['places.jpg', 'keep'],
  ['ultra-hdr.jpg', 'strip-location'],
  ['ultra-hdr.jpg', 'keep'],
])('the EXIF of %s for a drawn picture is the EXIF of the edited file (%s)', (name, mode) => {
  const bytes = read(name)
  const edited = editMetadata(bytes, mode)
  const segment = readJpegLayout(edited).segments.find(({ dataStart }) =>
    hasText(edited, dataStart, segmentSignatures.exif),
  )
  expect(segment).toBeDefined()
  expect(readExif(bytes, mode)).toEqual(edited.slice(segment?.start, segment?.end))
  expect(bytes).toEqual(read(name))
})

test('a JPEG without EXIF has none to copy', () => {
  expect(readExif(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), 'strip-location')).toBeUndefined()
})
