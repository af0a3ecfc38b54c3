import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accepts } from '../../src/protocol/accept/accept.ts'
import { codeOfStatus } from '../../src/protocol/error-answer.ts'
import { UploadError, uploadErrorCodes } from '../../src/protocol/errors.ts'
import { toUploadError } from '../../src/protocol/thrown-error.ts'
import { bytesOf, formatSize } from '../../src/protocol/byte-size.ts'
import { maxPartSize, maxParts, minPartSize, partCount, partSizeFor } from '../../src/protocol/s3-limits.ts'
import { parsePartUrls, parseStoredParts } from '../../src/protocol/parse-parts.ts'
import { parseError, parseTicket } from '../../src/protocol/parse.ts'
import { parseFileInfo } from '../../src/protocol/parse-file-info.ts'
import type { ParseContext } from '../../src/protocol/parse.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'

const reader: ParseContext = {
  source: 'The answer to presign',
  uploadPhase: 'starting',
  code: 'invalid-answer',
}

describe('reading tickets', () => {
  const good: Ticket[] = [
    { kind: 'put', key: 'k', url: 'https://s3.test/k', headers: { 'content-type': 'image/png' } },
    { kind: 'post', key: 'k', url: '/bucket', fields: { key: 'k' }, expiresAt: 1, token: 't' },
    { kind: 'multipart', key: 'k', uploadId: 'u', partSize: minPartSize },
  ]
  test.each(good)('reads a $kind ticket unchanged', (ticket) => {
    expect(parseTicket(ticket, reader)).toEqual(ticket)
  })
  test('reads null as no answer of the backend', () => {
    expect(parseTicket({ ...good[0], expiresAt: null, token: null, headers: null }, reader)).toEqual({
      kind: 'put',
      key: 'k',
      url: 'https://s3.test/k',
    })
  })
  test.each([
    [undefined, 'ticket'],
    ['<html>', 'ticket'],
    [{ ...good[0], kind: 'patch' }, 'ticket.kind'],
    [{ ...good[0], url: undefined }, 'ticket.url'],
    [{ ...good[0], url: 'javascript:alert(1)' }, 'ticket.url'],
    [{ ...good[0], key: '' }, 'ticket.key'],
    [{ ...good[0], headers: { a: 1 } }, 'ticket.headers.a'],
    [{ ...good[0], expiresAt: '2026-11-21' }, 'ticket.expiresAt'],
    [{ ...good[1], fields: [] }, 'ticket.fields'],
    [{ ...good[2], partSize: 1024 }, 'ticket.partSize'],
    [{ ...good[2], partSize: maxPartSize + 1 }, 'ticket.partSize'],
  ])('rejects %j at "%s"', (value, field) => {
    expect(() => parseTicket(value, reader)).toThrow(`The answer to presign is wrong at "${field}"`)
  })
  test('throws only UploadErrors for any answer of a backend, without values in their text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const parse of [parseTicket, parsePartUrls, parseStoredParts, parseFileInfo]) {
          try {
            parse(value, reader)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(UploadError)
            expect(thrown).toMatchObject({ code: 'invalid-answer', phase: 'starting' })
          }
        }
      }),
    )
  })
})

describe('errors', () => {
  test('docs/errors.md explains every error code and no other', () => {
    const headings = readFileSync('docs/errors.md', 'utf8').matchAll(/^## `([a-z-]+)`$/gm)
    expect([...headings].map(([, code]) => code).sort()).toEqual([...uploadErrorCodes].sort())
  })
  test('toUploadError keeps the code of an UploadError', () => {
    const thrown = new UploadError('rejected', { phase: 'starting', text: 'Your quota is used up.' })
    expect(toUploadError(thrown, 'finishing')).toBe(thrown)
  })
  test('any other thrown value becomes `unknown` with the value as its cause', () => {
    const thrown = new TypeError('x is undefined')
    expect(toUploadError(thrown, 'starting')).toMatchObject({
      code: 'unknown',
      phase: 'starting',
      cause: thrown,
    })
  })
  test('uses a code and text that the backend sends', () => {
    const error = parseError({ code: 'too-large', message: 'over', text: 'At most 1 MB.' }, 'starting', 422)
    expect(error).toMatchObject({ code: 'too-large', text: 'At most 1 MB.', status: 422 })
  })
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('status %i without a body is %s', (status, code) => {
    expect(codeOfStatus(status)).toBe(code)
    expect(parseError('<html>', 'starting', status)).toMatchObject({ code, status })
  })
})

describe('sizes', () => {
  test.each([
    ['5MB', 5_000_000],
    ['5 MiB', 5_242_880],
    ['1.5kB', 1500],
    ['0B', 0],
    [7, 7],
  ])('%s is %i bytes', (size, bytes) => {
    expect(bytesOf(size)).toBe(bytes)
  })
  test.each(['', '5', 'MB', '-1MB', -1, NaN, '5 MBit'])('%s is not a size', (size) => {
    expect(() => bytesOf(size)).toThrow(TypeError)
  })
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1500, '1.5 kB'],
    [5_000_000, '5 MB'],
    [12_345_678, '12 MB'],
    [2_000_000_000, '2 GB'],
  ])('formats %i bytes as "%s"', (bytes, text) => {
    expect(formatSize(bytes, 'en')).toBe(text)
  })
})

test('plans parts within the limits of S3 for any file that S3 can store', () => {
  const TiB = 1024 ** 4
  fc.assert(
    fc.property(
      fc.maxSafeNat().map((n) => 1 + (n % (48 * TiB))),
      (size) => {
        const partSize = partSizeFor(size)
        expect(partSize).toBeGreaterThanOrEqual(minPartSize)
        expect(partSize).toBeLessThanOrEqual(maxPartSize)
        expect(partCount(size, partSize)).toBeLessThanOrEqual(maxParts)
      },
    ),
  )
})

test.each([
  ['image/*', 'a.png', 'image/png', true],
  ['image/*', 'a.png', 'IMAGE/PNG', true],
  ['image/*', 'a.pdf', 'application/pdf', false],
  ['.HEIC', 'a.heic', '', true],
  ['image/png, .pdf', 'a.pdf', '', true],
  ['text/plain', 'a.txt', 'text/plain;charset=utf-8', true],
  ['', 'a', '', true],
  ['*/*', 'a', '', true],
  ['png', 'a.png', 'image/png', false],
])('accept "%s" and a file %s of type "%s": %s', (accept, name, type, taken) => {
  expect(accepts(accept, { name, type })).toBe(taken)
})
