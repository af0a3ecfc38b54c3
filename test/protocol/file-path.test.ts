import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitizePath, isPathTooLong } from '../../src/protocol/file-path.ts'
import { findKeyProblem } from '../../src/server/naming/object-keys.ts'

test.each([
  ['album/2026/beach.jpg', 'album/2026/beach.jpg'],
  ['/album/beach.jpg', 'album/beach.jpg'],
  ['./album/beach.jpg', 'album/beach.jpg'],
  ['album//beach.jpg', 'album/beach.jpg'],
  ['album\\2026\\beach.jpg', 'album/2026/beach.jpg'],
  ['../../etc/passwd', 'etc/passwd'],
  ['album/.. /../x/beach.jpg', 'album/x/beach.jpg'],
  ['album/ /. ./beach.jpg', 'album/beach.jpg'],
  ['C:\\album\\beach.jpg', 'C:/album/beach.jpg'],
  ['album. /beach.jpg.', 'album/beach.jpg'],
  ['CON/nul.txt', '_CON/_nul.txt'],
  ['COM1/LPT\u00b9.txt/console', '_COM1/_LPT\u00b9.txt/console'],
  ['a\u0000b/c\nd', 'ab/cd'],
  ['invoice\u202egpj/a\u2066.exe', 'invoicegpj/a.exe'],
  ['a\u200db/c\u200bd', 'ab/cd'],
  [
    '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645/x',
    '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645/x',
  ],
  [
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}/\u0600\u0661.txt',
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}/\u0600\u0661.txt',
  ],
  ['\u1781\u17d2\u200b\u1781/\u182a\u180e\u182a', '\u1781\u17d2\u200b\u1781/\u182a\u180e\u182a'],
  ['\u1112\u1161\u11ab/cafe\u0301.jpg', '\ud55c/caf\u00e9.jpg'],
  ['${filename}/x', '_{filename}/x'],
  ['\ud800/a/b', 'a/b'],
  ['.git/config', '.git/config'],
])('cleanPath turns %j into %j', (path, clean) => {
  expect(sanitizePath(path)).toBe(clean)
})

test.each(['', 'beach.jpg', '/beach.jpg', '../beach.jpg', './/../', '..\\beach.jpg', '\u202e/beach.jpg'])(
  '%j is in no folder',
  (path) => expect(sanitizePath(path)).toBeUndefined(),
)

test('a name of a path has at most 255 bytes, is cut between characters, and keeps its extension', () => {
  const path = sanitizePath(`album/${'한'.repeat(200)}.jpeg`) ?? ''
  const [, name = ''] = path.split('/')
  expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255)
  expect(name).toMatch(/^한+\.jpeg$/)
})

test('a path of 4,000 characters is too long', () => {
  expect(isPathTooLong(sanitizePath('deep/'.repeat(800) + 'x') ?? '')).toBe(true)
  expect(isPathTooLong('album/beach.jpg')).toBe(false)
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '..',
    '.',
    '',
    ' ',
    '. .',
    '..\u200d',
    '\u202e..',
    'con',
    'NUL.',
    '${x}',
    'a\\b',
    '\ud800',
    '．．',
    '..\u00a0',
  ),
)

test('any path becomes clean once, is a valid part of a key, and never leaves its folder', () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 8 }), fc.constantFrom('/', '\\'), (names, slash) => {
      const clean = sanitizePath(names.join(slash))
      if (clean === undefined) return
      expect(sanitizePath(clean)).toBe(clean)
      expect(
        new URL(`https://host/u/${clean.split('/').map(encodeURIComponent).join('/')}`).pathname,
      ).toMatch(/^\/u\/./)
      if (!isPathTooLong(clean)) expect(findKeyProblem(`u/${clean}`)).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})
