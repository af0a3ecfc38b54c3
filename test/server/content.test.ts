import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideStoredType } from '../../src/server/inspection/type-decision.ts'
import type { SniffedType } from '../../src/server/inspection/sniff.ts'
import { isActiveContent } from '../../src/server/inspection/media-types.ts'
import { sniff } from '../../src/server/inspection/sniff.ts'
import { bytes } from '../harness/s3-fixture.ts'

const text = (written: string) => new TextEncoder().encode(written)
const binary = Uint8Array.from([0, 1, 2, 3, 0, 255, 254, 7])
const knows = (type: string) => supportedMimeTypes.has(type)

interface ContentCase {
  readonly head: Uint8Array
  readonly type: string
  readonly name?: string
  readonly accept?: string | string[]
  /** Replaces the result of file-type, whose samples are too long for this file. */
  readonly sniffed?: SniffedType
}

async function typeOf({ head, type, name = 'a', accept = '*', sniffed }: ContentCase) {
  const found = sniffed ?? (await sniff({ fileTypeFromBuffer, supportedMimeTypes }, head))
  const decided = decideStoredType({ head, sniffed: found, canDetect: knows, name, type, accept })
  return 'type' in decided ? decided.type : 'refused'
}

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

test.each<[string, ContentCase, string]>([
  ['an image', { head: bytes, type: 'image/png' }, 'image/png'],
  ['an old type name', { head: bytes, type: 'image/x-png' }, 'image/png'],
  ['an image without a type', { head: bytes, type: 'application/octet-stream' }, 'image/png'],
  ['another image type', { head: bytes, type: 'image/jpeg', accept: 'image/*' }, 'image/png'],
  [
    'an image type that is not accepted',
    { head: bytes, type: 'image/jpeg', accept: 'image/jpeg' },
    'refused',
  ],
  ['an image announced as text', { head: bytes, type: 'text/plain' }, 'image/png'],
  ['an image where text is accepted', { head: bytes, type: 'text/plain', accept: 'text/*' }, 'refused'],
  ['text', { head: text('Hello'), type: 'text/plain;charset=utf-8' }, 'text/plain;charset=utf-8'],
  ['text that starts like a bitmap', { head: text('BMW is a car'), type: 'text/plain' }, 'text/plain'],
  ['binary announced as text', { head: binary, type: 'text/csv' }, 'refused'],
  [
    'CSV with the type that Windows uses',
    { head: text('a;b'), name: 'a.csv', type: 'application/vnd.ms-excel', accept: 'text/csv' },
    'text/csv',
  ],
  ['JSON', { head: text('{"a":1}'), type: 'application/json' }, 'application/json'],
  ['Markdown with tags', { head: text('<p align="center">Hi</p>'), type: 'text/markdown' }, 'text/markdown'],
  ['a page announced as text', { head: text('<!doctype html><p>'), type: 'text/plain' }, 'refused'],
  [
    'a page in UTF-16',
    { head: Uint8Array.from([0xff, 0xfe, ...Buffer.from('<html>', 'utf16le')]), type: 'image/png' },
    'refused',
  ],
  ['a calendar', { head: text('BEGIN:VCALENDAR\n'), type: 'text/calendar' }, 'text/calendar'],
  ['text announced as PDF', { head: text('not a PDF'), type: 'application/pdf' }, 'refused'],
  ['a PDF', { head: text('%PDF-1.7\n%\u00e2\u0000'), type: 'application/pdf' }, 'application/pdf'],
  ['noise of an unknown type', { head: binary, type: 'application/x-mine' }, 'application/x-mine'],
  ['noise announced as an unknown image type', { head: binary, type: 'image/x-mine' }, 'refused'],
  [
    'an unknown image type that the route names',
    { head: binary, type: 'image/x-mine', accept: ['image/x-mine'] },
    'image/x-mine',
  ],
  ['Word in a zip', { head: binary, type: docx, sniffed: { mime: 'application/zip', ext: 'zip' } }, docx],
  [
    'Word without a type, by its name',
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
    'a program in a zip announced as an image',
    { head: binary, type: 'image/png', accept: 'image/*', sniffed: { mime: 'application/zip', ext: 'zip' } },
    'refused',
  ],
  [
    'sound in an MP4',
    { head: binary, type: 'audio/mp4', accept: 'audio/*', sniffed: { mime: 'video/mp4', ext: 'mp4' } },
    'audio/mp4',
  ],
  [
    'a recording of MediaRecorder',
    {
      head: binary,
      type: 'audio/webm;codecs=opus',
      accept: 'audio/*',
      sniffed: { mime: 'video/webm', ext: 'webm' },
    },
    'audio/webm',
  ],
  [
    'a phone photo',
    { head: binary, type: 'image/heif', accept: 'image/*', sniffed: { mime: 'image/heic', ext: 'heic' } },
    'image/heic',
  ],
  [
    'a PDF named as an image',
    { head: text('%PDF-1.7'), type: 'application/pdf', name: 'a.png', accept: '.png' },
    'refused',
  ],
  [
    'a JPEG with its longer extension',
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
    'a script that the route names',
    { head: text('alert(1)'), type: 'text/javascript', accept: 'text/javascript' },
    'text/javascript',
  ],
  [
    'an SVG that the route names',
    {
      head: text('<?xml version="1.0"?><!-- a --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>'),
      type: 'image/svg+xml',
      accept: '.svg',
      name: 'a.svg',
    },
    'image/svg+xml',
  ],
  [
    'a page announced as SVG, where SVG is accepted',
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
          expect(stored !== 'refused' && isActiveContent(stored)).toBe(false)
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
      // PostScript can have an image type, and may contain a PDF.
      { numRuns: 300, examples: [[new TextEncoder().encode('%PDF-<svg>'), 'application/eps']] },
    )
  })
})
