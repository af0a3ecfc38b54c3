import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { cleanName, contentDisposition, keyName, keySegment } from '../../src/server/names.ts'

test.each([
  ['cat.png', 'cat.png', 'cat.png'],
  ['../../etc/passwd', 'passwd', 'passwd'],
  ['..\\..\\boot.INI', 'boot.INI', 'boot.ini'],
  ['..', 'file', 'file'],
  ['', 'file', 'file'],
  ['.htaccess', 'htaccess', 'htaccess'],
  ['nul\0byte.png', 'nulbyte.png', 'nulbyte.png'],
  ['line\r\nSet-Cookie: a=b.png', 'lineSet-Cookie: a=b.png', 'lineSet-Cookie-a-b.png'],
  ['say "hi"; x=\'y\'.png', 'say "hi"; x=\'y\'.png', 'say-hi-x-y.png'],
  ['\u202egnp.exe', 'gnp.exe', 'gnp.exe'],
  ['고양이 사진.JPG', '고양이 사진.JPG', 'file.jpg'],
  ['crème brûlée.jpeg', 'crème brûlée.jpeg', 'creme-brulee.jpeg'],
  ['👨‍👩‍👧.png', '👨‍👩‍👧.png', 'file.png'],
  ['half \ud83d.png', 'half .png', 'half.png'],
  ['${filename}', '${filename}', 'filename'],
  ['a/b/', 'file', 'file'],
])('%j is shown as %j and kept as %j', (name, shown, kept) => {
  expect(cleanName(name)).toBe(shown)
  expect(keyName(name)).toBe(kept)
})

test('a name of 300 characters is cut and keeps its extension', () => {
  expect(cleanName(`${'x'.repeat(300)}.webp`)).toMatch(/^x{250}\.webp$/)
  expect(keyName(`${'x'.repeat(300)}.webp`)).toMatch(/^x{80}\.webp$/)
})

test('any name at all becomes a safe part of a key', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 400 }), (name) => {
      expect(keyName(name)).toMatch(/^\w[\w.-]{0,96}$/)
      expect(keyName(name)).not.toContain('..')
      expect(cleanName(name).length).toBeLessThanOrEqual(255)
      expect(cleanName(name)).not.toMatch(/[/\\\p{Cc}\p{Cs}]/u)
      expect(keySegment(name)).toMatch(/^[\w@-]{1,64}$/)
    }),
  )
})

test('any name at all becomes a header of printable ASCII below 2 KB that says the name again', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 400 }), (raw) => {
      const name = cleanName(raw)
      const header = contentDisposition(name, 'image/png')
      expect(header).toMatch(/^inline; filename="[\w.-]+"; filename\*=UTF-8''[\w.~$&+^`|#%-]+$/)
      expect(header.length).toBeLessThan(1200)
      const said = decodeURIComponent(header.split("UTF-8''")[1] ?? '')
      if (encodeURIComponent(name).length < 800) expect(said).toBe(name)
    }),
  )
})

test.each([
  ['image/png', 'inline'],
  ['video/mp4', 'inline'],
  ['application/pdf', 'inline'],
  ['image/svg+xml', 'attachment'],
  ['IMAGE/SVG+XML', 'attachment'],
  ['text/html', 'attachment'],
  ['text/html;charset=utf-8', 'attachment'],
  ['application/xhtml+xml', 'attachment'],
  ['application/octet-stream', 'attachment'],
])('%s is served %s', (type, how) => {
  expect(contentDisposition('a', type)).toMatch(new RegExp(`^${how}; `))
})
