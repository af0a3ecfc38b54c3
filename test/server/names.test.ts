import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import {
  sanitizeName,
  contentDisposition,
  keyName,
  keySegment,
  nameForType,
} from '../../src/server/naming/file-names.ts'

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
  // Not an extension, so no key may end like one.
  ['a.ｈｔｍｌ', 'a.ｈｔｍｌ', 'a-html'],
  ['a．svg', 'a．svg', 'a-svg'],
  ['a.html\u0338', 'a.html\u0338', 'a-html'],
  ['a.html;', 'a.html;', 'a-html'],
  [`${'x'.repeat(75)}.html시험`, `${'x'.repeat(75)}.html시험`, `${'x'.repeat(75)}-html`],
])('%j is displayed as %j and stored as %j', (name, shown, kept) => {
  expect(sanitizeName(name)).toBe(shown)
  expect(keyName(name)).toBe(kept)
})

test.each([
  ['می\u200cخواهم.pdf', 'a Persian word with a non-joiner'],
  ['PDF\u200cها.pdf', 'a Latin word with a Persian ending'],
  ['क्\u200dष.txt', 'Hindi with a joiner'],
  ['ශ්\u200dරී ලංකා.txt', 'Sinhala with a joiner'],
  ['🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}.png', 'the flag of Scotland'],
  ['🏳️\u200d🌈.png', 'a flag of two emoji'],
  ['👩🏽\u200d🚀 🇰🇷.png', 'an emoji with a skin tone, and a flag of letters'],
  ['❤\ufe0f 1\ufe0f\u20e3.png', 'symbols shown as emoji'],
  ['葛\u{e0100}城.png', 'a Han character with a variation selector'],
  ['᠊ᠮᠠ\u180b.txt', 'Mongolian with a variation selector'],
  ['ខ្មែរ\u200bអក្សរ.txt', 'Khmer with a zero width space between words'],
  ['ไทย\u200bภาษา.txt', 'Thai with the same'],
  ['ᠬᠠᠭ\u180eᠠ.txt', 'Mongolian with a vowel separator'],
  ['\u0600١٢.txt', 'an Arabic number sign'],
])('%j keeps its invisible characters: %s', (name) => {
  expect(sanitizeName(name)).toBe(name.normalize('NFC'))
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
])('%j loses its deceptive characters: %j', (name, shown) => {
  expect(sanitizeName(name)).toBe(shown)
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
  // Windows runs these.
  ['a.hta', 'image/png', 'a.png'],
  ['a.vbs', 'text/plain', 'a.txt'],
  ['a.wsf', 'text/plain', 'a.txt'],
  ['a.url', 'image/png', 'a.png'],
  ['a.scr', 'video/mp4', 'a.mp4'],
])('%s stored as %s is named %s', (name, type, named) => {
  expect(nameForType(name, type)).toBe(named)
})

test('a download name that is cut after ".html" gets the extension of its type', () => {
  const name = `${'あ'.repeat(108)}.html${'👨‍👩‍👧‍👦'.repeat(6)}`
  expect(contentDisposition(name, 'text/plain')).toMatch(/^inline;.*\.txt$/)
})

test('a name of 300 characters is truncated and keeps its extension', () => {
  expect(sanitizeName(`${'x'.repeat(300)}.webp`)).toMatch(/^x{250}\.webp$/)
  expect(keyName(`${'x'.repeat(300)}.webp`)).toMatch(/^x{80}\.webp$/)
})

test('any name becomes a safe key segment', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 400 }), (name) => {
      expect(keyName(name)).toMatch(/^\w[\w.-]{0,96}$/)
      expect(keyName(name)).not.toContain('..')
      expect(sanitizeName(name).length).toBeLessThanOrEqual(255)
      expect(sanitizeName(name)).not.toMatch(/[/\\\p{Cc}\p{Cs}]/u)
      expect(keySegment(name)).toMatch(/^[\w@-]{1,64}$/)
    }),
  )
})

test('any name becomes a printable ASCII header below 2 KB that decodes to the name', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 400 }), (raw) => {
      const name = sanitizeName(raw)
      const header = contentDisposition(name, 'image/png')
      expect(header).toMatch(/^inline; filename="[\w.-]+"; filename\*=UTF-8''[\w.~$&+^`|#%-]+$/)
      expect(header.length).toBeLessThan(1200)
      const decodedName = decodeURIComponent(header.split("UTF-8''")[1] ?? '')
      if (encodeURIComponent(name).length < 800) expect(decodedName).toBe(name)
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
])('%s is served as %s', (type, how) => {
  expect(contentDisposition('a', type)).toMatch(new RegExp(`^${how}; `))
})
