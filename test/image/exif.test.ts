import { expect, test } from 'vitest'
import { blankSamsungCountry } from '../../src/image/metadata/boxes.ts'
import { blankLocationInTiff, orientationInTiff } from '../../src/image/metadata/exif.ts'

/** An EXIF with an orientation and a maker note. */
function tiffWithNote(note: string): Buffer {
  const tiff = Buffer.alloc(8 + 30 + 18)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(8, 4)
  const writeEntry = (
    at: number,
    values: readonly [tag: number, type: number, count: number, value: number],
  ) => {
    tiff.writeUInt16BE(values[0], at)
    tiff.writeUInt16BE(values[1], at + 2)
    tiff.writeUInt32BE(values[2], at + 4)
    tiff.writeUInt32BE(values[3], at + 8)
  }
  tiff.writeUInt16BE(2, 8)
  writeEntry(10, [0x0112, 3, 1, 6 << 16])
  writeEntry(22, [0x8769, 4, 1, 38])
  tiff.writeUInt16BE(1, 38)
  writeEntry(40, [0x927c, 7, note.length, 56])
  return Buffer.concat([tiff, Buffer.from(note, 'latin1')])
}

const blanked = (note: string) => {
  const tiff = tiffWithNote(note)
  blankLocationInTiff(tiff, () => {})
  return tiff
}

test('strip-location blanks maker notes, because some of them name cities', () => {
  const note = 'Panasonic\0\0\0 City of Seoul'
  const tiff = blanked(note)
  expect(tiff.toString('latin1')).not.toContain('Seoul')
  expect(tiff).toHaveLength(tiffWithNote(note).length)
  expect(orientationInTiff(tiff)).toBe(6)
})

test("strip-location keeps Apple's maker note, which has the headroom of HDR and no place", () => {
  expect(blanked('Apple iOS\0\0\u0001MM headroom').toString('latin1')).toContain('headroom')
})

test('strip-location blanks an EXIF with a directory that cannot be read, and keeps the orientation', () => {
  for (const countAt of [8, 38]) {
    const tiff = tiffWithNote('Panasonic\0\0\0 City of Seoul')
    tiff.writeUInt16BE(9000, countAt)
    blankLocationInTiff(tiff, () => {})
    expect(tiff.toString('latin1')).not.toContain('Seoul')
    if (countAt === 38) expect(orientationInTiff(tiff)).toBe(6)
  }
})

test('directories that refer to each other end the edit', () => {
  const tiff = tiffWithNote('City of Seoul')
  // The entry of the maker note becomes the EXIF directory again, at the first directory.
  tiff.writeUInt16BE(0x8769, 40)
  tiff.writeUInt32BE(8, 48)
  blankLocationInTiff(tiff, () => {})
  expect(orientationInTiff(tiff)).toBe(6)
})

test('strip-location blanks an EXIF without a readable header', () => {
  const tiff = tiffWithNote('City of Seoul')
  tiff.write('XX', 0, 'latin1')
  blankLocationInTiff(tiff, () => {})
  expect(tiff.toString('latin1')).not.toContain('Seoul')
})

test('the country code behind pictures of Samsung phones becomes zeros', () => {
  const trailer = Buffer.from('..MCC_Data450SEFH')
  blankSamsungCountry(trailer)
  expect(trailer.toString('latin1')).toBe('..MCC_Data\0\0\0SEFH')
})
