import { expect, test } from 'vitest'
import { chooseTicketKind } from '../../src/server/routes/choose-ticket-kind.ts'
import type { Strategy } from '../../src/server/routes/choose-ticket-kind.ts'

const s3 = { multipartFrom: 100, acceptsPost: true, writeOnce: false }
const GiB = 1024 ** 3

test.each([
  [99, 'auto', s3, 'post'],
  [100, 'auto', s3, 'multipart'],
  [99, 'auto', { ...s3, acceptsPost: false }, 'put'],
  [99, 'auto', { ...s3, writeOnce: true }, 'put'],
  [100, 'put', s3, 'put'],
  [100, 'post', s3, 'post'],
  [1, 'multipart', s3, 'multipart'],
  [0, 'multipart', s3, 'put'],
] as [number, Strategy, typeof s3, string][])(
  '%d bytes with strategy %s and %o use %s',
  (size, strategy, abilities, kind) => {
    expect(chooseTicketKind(size, strategy, abilities)).toBe(kind)
  },
)

test('a file over the limit of one PUT or POST is too large', () => {
  expect(chooseTicketKind(5 * GiB, 'put', s3)).toBe('put')
  expect(() => chooseTicketKind(5 * GiB + 1, 'put', s3)).toThrow(
    expect.objectContaining({ code: 'too-large' }),
  )
  expect(() => chooseTicketKind(5 * GiB + 1, 'post', s3)).toThrow(
    expect.objectContaining({ code: 'too-large' }),
  )
  expect(() => chooseTicketKind(50_001 * GiB, 'auto', s3)).toThrow(
    expect.objectContaining({ code: 'too-large' }),
  )
})

test('strategy post on a storage without POST is a configuration error', () => {
  expect(() => chooseTicketKind(1, 'post', { ...s3, acceptsPost: false })).toThrow(/does not accept POST/)
})
