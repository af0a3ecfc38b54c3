import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { typeOfContent } from '../../src/server/content.ts'
import type { SniffedType } from '../../src/server/content.ts'
import { runsAsPage } from '../../src/server/media-types.ts'
import { sniff } from '../../src/server/sniff.ts'
import { bytes } from './bed.ts'

const text = (written: string) => new TextEncoder().encode(written)
const binary = Uint8Array.from([0, 1, 2, 3, 0, 255, 254, 7])
const knows = (type: string) => supportedMimeTypes.has(type)

interface Given {
  readonly head: Uint8Array
  readonly type: string
  readonly name?: string
  readonly accept?: string | string[]
  /** Instead of what file-type says: its samples are too long for here. */
  readonly sniffed?: SniffedType
}

async function typeOf({ head, type, name = 'a', accept = '*', sniffed }: Given) {
  const found = sniffed ?? (await sniff({ fileTypeFromBuffer, supportedMimeTypes }, head))
  const decided = typeOfContent({ head, sniffed: found, knows, name, type, accept })
  return 'type' in decided ? decided.type : 'refused'
}

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

test.each<[string, Given, string]>([
  ['a picture', { head: bytes, type: 'image/png' }, 'image/png'],
  ['an old name', { head: bytes, type: 'image/x-png' }, 'image/png'],
  ['no type', { head: bytes, type: 'application/octet-stream' }, 'image/png'],
  ['another picture', { head: bytes, type: 'image/jpeg', accept: 'image/*' }, 'image/png'],
  ['another picture than is accepted', { head: bytes, type: 'image/jpeg', accept: 'image/jpeg' }, 'refused'],
  ['a picture that is called text', { head: bytes, type: 'text/plain' }, 'image/png'],
  ['a picture where text is accepted', { head: bytes, type: 'text/plain', accept: 'text/*' }, 'refused'],
  ['text', { head: text('Hello'), type: 'text/plain;charset=utf-8' }, 'text/plain;charset=utf-8'],
  ['text that begins as a bitmap does', { head: text('BMW is a car'), type: 'text/plain' }, 'text/plain'],
  ['binary that is called text', { head: binary, type: 'text/csv' }, 'refused'],
  [
    'CSV as Windows calls it',
    { head: text('a;b'), name: 'a.csv', type: 'application/vnd.ms-excel', accept: 'text/csv' },
    'text/csv',
  ],
  ['JSON', { head: text('{"a":1}'), type: 'application/json' }, 'application/json'],
  ['Markdown with tags', { head: text('<p align="center">Hi</p>'), type: 'text/markdown' }, 'text/markdown'],
  ['a page that is called text', { head: text('<!doctype html><p>'), type: 'text/plain' }, 'refused'],
  [
    'a page in UTF-16',
    { head: Uint8Array.from([0xff, 0xfe, ...Buffer.from('<html>', 'utf16le')]), type: 'image/png' },
    'refused',
  ],
  ['a calendar', { head: text('BEGIN:VCALENDAR\n'), type: 'text/calendar' }, 'text/calendar'],
  ['text that is called PDF', { head: text('not a PDF'), type: 'application/pdf' }, 'refused'],
  ['a PDF', { head: text('%PDF-1.7\n%\u00e2\u0000'), type: 'application/pdf' }, 'application/pdf'],
  ['noise of a type that nobody knows', { head: binary, type: 'application/x-mine' }, 'application/x-mine'],
  [
    'noise that is called a picture of a kind that nobody knows',
    { head: binary, type: 'image/x-mine' },
    'refused',
  ],
  [
    'the same, named by the route',
    { head: binary, type: 'image/x-mine', accept: ['image/x-mine'] },
    'image/x-mine',
  ],
  ['Word in a zip', { head: binary, type: docx, sniffed: { mime: 'application/zip', ext: 'zip' } }, docx],
  [
    'Word, of no type, by its name',
    {
      head: binary,
      type: 'application/octet-stream',
      name: 'a.docx',
      accept: '.docx',
      sniffed: { mime: docx, ext: 'docx' },
    },
    docx,
  ],
  [
    'a program in a zip that is called a picture',
    { head: binary, type: 'image/png', accept: 'image/*', sniffed: { mime: 'application/zip', ext: 'zip' } },
    'refused',
  ],
  [
    'sound in an MP4',
    { head: binary, type: 'audio/mp4', accept: 'audio/*', sniffed: { mime: 'video/mp4', ext: 'mp4' } },
    'audio/mp4',
  ],
  [
    'what a recorder makes',
    {
      head: binary,
      type: 'audio/webm;codecs=opus',
      accept: 'audio/*',
      sniffed: { mime: 'video/webm', ext: 'webm' },
    },
    'audio/webm',
  ],
  [
    'a photo of a phone',
    { head: binary, type: 'image/heif', accept: 'image/*', sniffed: { mime: 'image/heic', ext: 'heic' } },
    'image/heic',
  ],
  [
    'a PDF under the name of a picture',
    { head: text('%PDF-1.7'), type: 'application/pdf', name: 'a.png', accept: '.png' },
    'refused',
  ],
  [
    'a picture under its longer name',
    {
      head: text('\u0000'),
      type: 'image/jpeg',
      name: 'a.JPEG',
      accept: '.jpeg',
      sniffed: { mime: 'image/jpeg', ext: 'jpg' },
    },
    'image/jpeg',
  ],
  [
    'a script, named by the route',
    { head: text('alert(1)'), type: 'text/javascript', accept: 'text/javascript' },
    'text/javascript',
  ],
  [
    'a drawing, named by the route',
    {
      head: text('<?xml version="1.0"?><!-- a --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>'),
      type: 'image/svg+xml',
      accept: '.svg',
      name: 'a.svg',
    },
    'image/svg+xml',
  ],
  [
    'a page as a drawing, where drawings may come in',
    { head: text('<!doctype html><svg/>'), type: 'image/svg+xml', accept: '.svg', name: 'a.svg' },
    'refused',
  ],
  [
    'a map in XML',
    {
      head: text('<?xml version="1.0"?><kml/>'),
      type: 'application/vnd.google-earth.kml+xml',
      accept: 'application/vnd.google-earth.kml+xml',
    },
    'application/vnd.google-earth.kml+xml',
  ],
])('decides the stored type from the bytes: %s', async (_, given, expected) => {
  expect(await typeOf(given)).toBe(expected)
})

describe('content type decision', () => {
  const anyHead = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 64 }),
    fc.constantFrom(
      bytes,
      text('<html>'),
      text('<svg/>'),
      text('<?xml version="1.0"?>'),
      text('GIF89a<script>'),
      text('%PDF-<svg>'),
    ),
  )
  const anyType = fc.oneof(
    fc.constantFrom(
      ...supportedMimeTypes,
      'text/html',
      'image/svg+xml',
      'text/plain',
      'application/octet-stream',
      'application/xhtml+xml',
      'text/xml',
      'application/javascript',
      'message/rfc822',
      'TEXT/HTML; charset=x',
    ),
  )

  test('a wildcard accept never admits a type that runs as a page', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyHead,
        anyType,
        fc.constantFrom('*', '*/*', 'image/*', 'text/*', 'application/*'),
        async (head, type, accept) => {
          const stored = await typeOf({ head, type, accept, name: 'a.html' })
          expect(stored !== 'refused' && runsAsPage(stored)).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a file stored as an image is an image by its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(anyHead, anyType, async (head, type) => {
        const stored = await typeOf({ head, type, accept: 'image/*' })
        if (stored === 'refused') return
        expect(await sniff({ fileTypeFromBuffer, supportedMimeTypes }, head)).toMatchObject({
          mime: expect.stringMatching(/^image\//),
        })
      }),
      // PostScript is announced as an image too, and a PDF may be inside.
      { numRuns: 300, examples: [[new TextEncoder().encode('%PDF-<svg>'), 'application/eps']] },
    )
  })
})
