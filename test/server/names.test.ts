import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { cleanName, contentDisposition, keyName, keySegment, nameFor } from '../../src/server/names.ts'

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

test.each([
  ['می\u200cخواهم.pdf', 'a word that Persian writes with a non-joiner'],
  ['PDF\u200cها.pdf', 'a Persian ending of a Latin word'],
  ['क्\u200dष.txt', 'Hindi with a joiner'],
  ['ශ්\u200dරී ලංකා.txt', 'Sinhala with a joiner'],
  ['🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}.png', 'the flag of Scotland'],
  ['🏳️\u200d🌈.png', 'a flag of two signs'],
  ['👩🏽\u200d🚀 🇰🇷.png', 'a sequence with a colour of skin, and a flag of letters'],
  ['❤\ufe0f 1\ufe0f\u20e3.png', 'signs that are shown as emoji'],
  ['葛\u{e0100}城.png', 'a Han character in the form that a name has'],
  ['᠊ᠮᠠ\u180b.txt', 'Mongolian with a form of a letter'],
  ['ខ្មែរ\u200bអក្សរ.txt', 'Khmer, which ends words by what is not seen'],
  ['ไทย\u200bภาษา.txt', 'Thai with the same'],
  ['ᠬᠠᠭ\u180eᠠ.txt', 'Mongolian with a separated vowel'],
  ['\u0600١٢.txt', 'an Arabic sign for numbers'],
])('%j keeps what belongs to it: %s', (name) => {
  expect(cleanName(name)).toBe(name.normalize('NFC'))
})

test.each([
  ['photo\u202egnp.exe', 'photognp.exe'],
  ['a\u2066b\u2069.png', 'ab.png'],
  ['a\u200e\u200f\u061c.png', 'a.png'],
  ['in\u200cvoice\u200d.pdf', 'invoice.pdf'],
  ['a\u00ad\u2060\ufeff\u200bb.png', 'ab.png'],
  ['a\u{e0061}\u{e0062}\u{e007f}.png', 'a.png'],
  ['🏴\u{e0061}.png', '🏴.png'],
  ['\u3164\uffa0.png', 'png'],
  ['ไทย\u200b\u200ba.png', 'ไทยa.png'],
  ['a\u180eb.png', 'ab.png'],
  [`${'👨\u200d'.repeat(200)}👨.png`, 'file.png'],
  ['❤\ufe0f\ufe0f\ufe0f\ufe00.png', '❤\ufe0f.png'],
  ['می\u200c\u200c\u200cخ.png', 'می\u200cخ.png'],
])('%j loses what only deceives: %j', (name, shown) => {
  expect(cleanName(name)).toBe(shown)
})

test.each([
  ['photo.jpg', 'image/webp', 'photo.webp'],
  ['photo.JPEG', 'image/jpeg', 'photo.JPEG'],
  ['evil.html', 'text/plain', 'evil.txt'],
  ['evil.svg', 'application/octet-stream', 'evil.bin'],
  ['a.log', 'text/plain', 'a.log'],
  ['a.md', 'text/plain;charset=utf-8', 'a.md'],
  ['letter.doc', 'application/rtf', 'letter.doc'],
  ['a.mov', 'video/mp4', 'a.mov'],
  ['a.docx', 'application/zip', 'a.docx'],
  ['README', 'text/plain', 'README'],
  ['a.unknown', 'image/png', 'a.unknown'],
  ['setup.exe', 'application/octet-stream', 'setup.exe'],
])('%s that is stored as %s is named %s', (name, type, named) => {
  expect(nameFor(name, type)).toBe(named)
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
  ['text/plain;charset=utf-8', 'inline'],
  ['text/plain;x,text/html', 'inline'],
  ['text/plain,text/html', 'attachment'],
  ['application/gpx+xml', 'attachment'],
])('%s is served %s', (type, how) => {
  expect(contentDisposition('a', type)).toMatch(new RegExp(`^${how}; `))
})
