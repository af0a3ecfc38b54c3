import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeAccept, acceptHint } from '../../src/protocol/accept/accept-text.ts'
import { acceptProblem, accepts, typesOf } from '../../src/protocol/accept/accept.ts'
import { pickerAccept } from '../../src/protocol/accept/picker-accept.ts'
import { typeToSend } from '../../src/protocol/sent-type.ts'
import { browserFormats } from '../../src/protocol/accept/formats.ts'
import { mediaTypes, namesOf } from '../../src/server/inspection/media-types.ts'
import { generatedFiles } from './known-types/generate.ts'

test.each(generatedFiles)('$path equals the output of `npm run generate`', async ({ path, generate }) => {
  expect(readFileSync(path, 'utf8')).toBe(await generate())
})

test('the server has every type and extension of the browser with the same canonical name', () => {
  for (const [name, type] of [
    ['a.heic', 'image/heic'],
    ['a.mp3', 'audio/mpeg'],
    ['a.csv', 'text/csv'],
    ['a.hwp', 'application/x-hwp'],
  ] as const) {
    expect(typesOf({ name, type: '' }, browserFormats())[0]).toBe(type)
    expect(typesOf({ name, type: '' }, mediaTypes)[0]).toBe(type)
    expect(namesOf(type)).toEqual(
      expect.arrayContaining([...(browserFormats().byType(type)[0]?.types ?? [])]),
    )
  }
})

test.each([
  ['image/*', 'IMG_1234.HEIC', '', true],
  ['image/*', 'a.png', 'application/octet-stream', true],
  ['image/*', 'a.pdf', '', false],
  ['image/*', 'a.pdf', 'application/pdf', false],
  ['image/*', 'a', '', false],
  ['image/*', '.jpg', '', false],
  ['image/*', 'a.jpg', 'text/plain', true],
  ['image/*', 'a.jpg', 'application/pdf', false],
  ['image/jpg', 'photo.jpeg', 'image/jpeg', true],
  ['.jpg', 'photo.jpeg', 'image/jpeg', true],
  ['.jpeg', 'photo.JPG', '', true],
  ['.txt', 'a.log', 'text/plain', false],
  ['.txt', 'a.html', 'text/plain', false],
  ['.exe', 'a.dll', '', false],
  ['audio/mp3', 'a.mp3', 'audio/mpeg', true],
  ['audio/mpeg', 'a.mp3', 'audio/mp3', true],
  ['text/csv', 'a.csv', 'application/vnd.ms-excel', true],
  ['text/csv', 'a.xls', 'application/vnd.ms-excel', false],
  ['application/vnd.ms-excel', 'a.xls', '', true],
  ['application/zip', 'a.zip', 'application/x-zip-compressed', true],
  ['.tar.gz', 'a.tar.gz', '', true],
  ['.tar.gz', 'a.zip', '', false],
  ['application/octet-stream', 'a.png', '', true],
  ['application/octet-stream', 'a.png', 'image/png', false],
  // File names are unknown during a drag.
  ['text/csv', '', 'application/vnd.ms-excel', true],
  ['image/*', '', 'application/pdf', false],
  ['image/*', 'a.mine', '', false],
  ['application/pdf', 'a.mine', '', false],
])(
  'accept "%s" and a file "%s" of type "%s": %s, in the browser and on the server',
  (accept, name, type, taken) => {
    expect(accepts(accept, { name, type })).toBe(taken)
    expect(accepts(accept, { name, type }, mediaTypes)).toBe(taken)
  },
)

test('five thousand files of two kinds look up the table only twice', () => {
  const formats = browserFormats()
  let asked = 0
  const counted = {
    isIncomplete: true,
    byExtension: (extension: string) => ((asked += 1), formats.byExtension(extension)),
    byType: (type: string) => ((asked += 1), formats.byType(type)),
  }
  for (let index = 0; index < 5000; index += 1) {
    expect(accepts('image/*,.count', { name: `IMG_${index}.HEIC`, type: '' }, counted)).toBe(true)
    expect(accepts('image/*,.count', { name: `${index}.pdf`, type: '' }, counted)).toBe(false)
  }
  expect(asked).toBeLessThan(20)
})

test.each([
  ['font/ttf', 'a.ttf', 'application/x-font-ttf'],
  ['text/vcard', 'a.vcf', 'text/directory'],
  ['application/sql', 'a.sql', 'text/x-sql'],
])('the browser leaves "%s" and %s announced as %s to the server, which accepts it', (accept, name, type) => {
  expect(accepts(accept, { name, type })).toBe(true)
  expect(accepts(accept, { name, type }, mediaTypes)).toBe(true)
})

test('the browser leaves types and extensions outside its table to the server', () => {
  const font = { name: 'a.woff2', type: '' }
  for (const accept of ['font/*', 'font/woff2']) {
    expect(accepts(accept, font)).toBe(true)
    expect(accepts(accept, { name: 'a.7z', type: '' })).toBe(true)
    expect(accepts(accept, font, mediaTypes)).toBe(true)
    expect(accepts(accept, { name: 'a.7z', type: '' }, mediaTypes)).toBe(false)
    expect(accepts(accept, { name: 'a.png', type: '' })).toBe(false)
  }
})

test.each([
  ['a.heic', '', 'image/heic'],
  ['a.heic', 'image/heif', 'image/heic'],
  ['a.csv', 'application/vnd.ms-excel', 'text/csv'],
  ['a.jpeg', 'image/jpg', 'image/jpeg'],
  ['a.webm', 'audio/webm;codecs=opus', 'video/webm'],
  ['rec', 'audio/webm;codecs=opus', 'audio/webm'],
  ['a.txt', 'text/plain;charset=UTF-8', 'text/plain;charset=UTF-8'],
  ['a.md', 'text/plain', 'text/plain'],
  ['a.unknown', '', 'application/octet-stream'],
  ['a.unknown', 'application/x-mine', 'application/x-mine'],
])('announces %s of type "%s" to the backend as %s', (name, type, sent) => {
  expect(typeToSend({ name, type })).toBe(sent)
})

describe('an accept that matches no file', () => {
  test.each(['jpg,png', 'image', '*.png', 'image/', 'images/*', '.', 'image/png;q=1', ['.png', 'pdf']])(
    'warns that %j matches no file',
    (accept) => {
      expect(acceptProblem(accept)).toMatch(/matches no file. Write an extension with its dot/)
    },
  )
  test.each([
    '',
    '*',
    '*/*',
    'image/*',
    'image/jpg',
    '.tar.gz',
    '.JPG, image/png',
    'application/x-mine',
    '.7z',
  ])('does not warn about %j', (accept) => {
    expect(acceptProblem(accept)).toBeUndefined()
  })
})

test.each([
  ['image/jpeg,.png,application/pdf', ' Use JPEG, PNG or PDF.', 'JPEG, PNG 또는 PDF'],
  ['.jpg,.jpeg,image/jpeg', ' Use JPEG.', 'JPEG'],
  ['image/*', ' Use image files.', '이미지'],
  ['image/*,video/*,.docx', ' Use image files, video files or DOCX.', '이미지, 동영상 또는 DOCX'],
  ['*', '', ''],
  ['', '', ''],
])('describes %j as "%s" and "%s"', (accept, english, korean) => {
  expect(acceptHint(accept)).toBe(english)
  const nameOf = (kind: string) => (kind === 'image' ? '이미지' : '동영상')
  expect(describeAccept(accept, nameOf, 'ko')).toBe(korean)
})

test('lists the extensions of HEIC for pickers that do not know the type', () => {
  expect(pickerAccept(['image/*', '.pdf'])).toBe('image/*,.pdf,.heic,.heif')
  expect(pickerAccept('image/png')).toBe('image/png')
})
