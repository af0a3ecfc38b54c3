import { expect, test } from 'vitest'
import { iconOf, kindOf } from '../../src/headless/thumbnails/file-kind.ts'

test.each([
  ['clip.mp4', 'video/mp4', 'video'],
  ['clip.mov', '', 'video'],
  ['song.mp3', 'audio/mpeg', 'audio'],
  ['voice.m4a', 'audio/x-m4a', 'audio'],
  ['report.pdf', 'application/pdf', 'pdf'],
  ['report.PDF', '', 'pdf'],
  ['photos.zip', 'application/x-zip-compressed', 'archive'],
  ['photos.7z', '', 'archive'],
  ['logs.tar', '', 'archive'],
  ['logs.gz', 'application/x-gzip', 'archive'],
  ['sums.xlsx', '', 'sheet'],
  ['sums.csv', 'application/vnd.ms-excel', 'sheet'],
  ['talk.pptx', '', 'slides'],
  ['letter.docx', '', 'document'],
  ['letter.odt', '', 'document'],
  ['letter.hwp', '', 'document'],
  ['notes.txt', 'text/plain', 'document'],
  ['no extension', '', undefined],
  ['program.xyz', '', undefined],
  ['beach.png', 'image/png', undefined],
])('the icon of %s with the type "%s" is %s', (name, type, kind) => {
  expect(kindOf({ name, type })).toBe(kind)
  expect(iconOf({ name, type })?.name).toBe(kind)
})
