import fc from 'fast-check'
import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { expect, test } from 'vitest'
import {
  builtInSniffer,
  loadSnifferFor,
  worksWithoutFileType,
} from '../../src/server/inspection/built-in-sniffer.ts'
import { canonicalName } from '../../src/server/inspection/media-types.ts'
import { sniff } from '../../src/server/inspection/sniff.ts'
import { chooseSignedType, decideStoredType } from '../../src/server/inspection/type-decision.ts'
import { heads } from './heads.ts'
import { imageFile, imageNames } from './images.ts'

const knownTypes = new Set(Array.from(supportedMimeTypes, canonicalName))
const pictures = imageNames.map((name) => imageFile(name))
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const starts = [
  ...Object.values(heads),
  ...pictures,
  ...[
    '\xff\xd8\xff',
    '\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
    'GIF89a',
    'RIFF\0\0\0\0WEBP',
    '\0\0\0\x18ftypavif',
    '%PDF-',
  ].map(latin1),
]

/** Real files, complete, cut, changed and mixed with others. */
const anyHead = fc
  .tuple(
    fc.constantFrom(...starts),
    fc.nat(80),
    fc.constantFrom(...starts),
    fc.uint8Array({ maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(48), fc.nat(255)), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([first, length, second, noise, changes, isCut]) => {
    const bytes = Uint8Array.from(isCut ? [...first.subarray(0, length), ...noise, ...second, 32] : first)
    for (const [index, byte] of changes) if (index < bytes.length) bytes[index] = byte
    return bytes
  })
const accept = fc.constantFrom(
  'image/*',
  'image/jpeg',
  'image/png,image/webp',
  '.jpg,.png',
  '.heic,.avif',
  'image/*,.pdf',
  'application/pdf',
)
const announced = fc.constantFrom(
  '',
  'image/png',
  'image/jpeg',
  'image/tiff',
  'image/x-tga',
  'image/svg+xml',
  'application/pdf',
  'text/plain',
  'application/octet-stream',
  'application/zip',
)
const name = fc.constantFrom(
  'a',
  'a.png',
  'a.jpg',
  'a.heic',
  'a.tga',
  'a.ico',
  'a.pdf',
  'a.svg',
  'a.doc',
  'a.foo',
)

test('without file-type, no file is accepted that file-type refuses, and none with another type', async () => {
  await fc.assert(
    fc.asyncProperty(anyHead, accept, announced, name, async (head, accepted, type, fileName) => {
      expect(worksWithoutFileType(accepted)).toBe(true)
      const signed = chooseSignedType(accepted, { name: fileName, type })
      if ('refusal' in signed) return
      const file = { head, name: fileName, type: signed.type, accept: accepted }
      const canDetect = (mime: string) => knownTypes.has(mime)
      const sniffed = await sniff(builtInSniffer, head)
      const decision = decideStoredType({ ...file, sniffed, canDetect: () => true })
      if ('refusal' in decision) return
      const foundByPackage = await sniff({ fileTypeFromBuffer, supportedMimeTypes }, head)
      expect(decideStoredType({ ...file, sniffed: foundByPackage, canDetect })).toEqual(decision)
    }),
    { numRuns: 2000 },
  )
})

test('pictures of programs have the type that file-type detects', async () => {
  const detected = new Set<string>()
  for (const head of starts) {
    const mime = (await sniff(builtInSniffer, head))?.mime
    if (mime === undefined) continue
    detected.add(mime)
    expect(canonicalName((await fileTypeFromBuffer(head))?.mime ?? '')).toBe(mime)
  }
  expect([...detected].toSorted()).toEqual([
    'application/pdf',
    'image/avif',
    'image/gif',
    'image/heic',
    'image/jpeg',
    'image/png',
    'image/webp',
  ])
})

test.each(['image/*', 'image/jpg', 'image/png, image/webp', '.JPG,.jpeg', ['image/heif', '.pdf']])(
  'accept %j works without file-type',
  (accepted) => expect(worksWithoutFileType(accepted)).toBe(true),
)

test.each([
  '',
  '*',
  '*/*',
  'image/*,video/*',
  'image/tiff',
  'image/svg+xml',
  '.svg',
  '.png,.doc',
  '.foo',
  'text/plain',
])('accept %j needs file-type', (accepted) => expect(worksWithoutFileType(accepted)).toBe(false))

test('file-type is used where it is installed', async () => {
  const missing = () => Promise.reject(new Error('not installed'))
  expect((await loadSnifferFor('image/*')).supportedMimeTypes).toBe(supportedMimeTypes)
  expect(await loadSnifferFor('image/*', missing)).toBe(builtInSniffer)
  await expect(loadSnifferFor('image/*,.doc', missing)).rejects.toThrow('not installed')
})
