import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findEmptyChecksumFault, headersOf, warnAboutFaults } from '../../src/transport/ticket-faults.ts'

const warned = vi.fn<(message: string) => void>()
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(warned))
afterEach(() => {
  vi.restoreAllMocks()
  warned.mockClear()
})

const url = (query: string) => `https://s3.test/k?X-Amz-Signature=secret&${query}`

describe('the headers of a PUT', () => {
  test.each([
    [
      'the ticket names the type',
      'X-Amz-SignedHeaders=content-type%3Bhost',
      { 'Content-Type': 'a/b' },
      { 'Content-Type': 'a/b' },
    ],
    [
      'the URL signs a type',
      'X-Amz-SignedHeaders=content-type%3Bhost',
      undefined,
      { 'content-type': 'image/png' },
    ],
    [
      'the names are in capitals',
      'x-amz-signedheaders=Content-Type;host',
      {},
      { 'content-type': 'image/png' },
    ],
    [
      'Google signs a type',
      'X-Goog-SignedHeaders=content-type%3bhost',
      { 'x-goog-a': '1' },
      { 'x-goog-a': '1', 'content-type': 'image/png' },
    ],
    ['the URL signs none', 'X-Amz-SignedHeaders=host', undefined, undefined],
    ['a SigV2 URL does not say', 'Signature=x&Expires=1', undefined, undefined],
    [
      'a SigV2 URL has a type',
      'Content-Type=image%2Fwebp&Signature=x&Expires=1',
      undefined,
      { 'content-type': 'image/webp' },
    ],
    ['nothing is signed', '', { 'x-a': '1' }, { 'x-a': '1' }],
  ])('the headers of a PUT when %s', (_name, query, headers, expected) => {
    expect(headersOf({ url: url(query), ...(headers && { headers }) }, 'image/png')).toEqual(expected)
  })
})

test('warns the developer once about a type that is neither signed nor named', async () => {
  // Each text is shown once per page, so a fresh copy of the module counts.
  vi.resetModules()
  const fresh = await import('../../src/transport/ticket-faults.ts')
  for (let times = 0; times < 2; times += 1)
    fresh.headersOf({ url: url('X-Amz-SignedHeaders=host;x-amz-acl') }, 'a/b')
  expect(warned.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^putaway: The URL of a PUT ticket signs no content-type .*binary\/octet-stream.*signableHeaders/,
      ),
    ],
  ])
  expect(warned.mock.calls.join()).not.toContain('secret')
})

test.each([
  ['signs its type', 'X-Amz-SignedHeaders=content-type;host', undefined],
  ['names its type', 'X-Amz-SignedHeaders=host', { 'content-type': 'a/b' }],
  ['has a SigV2 URL, which does not say what is signed', 'Signature=x&Expires=1', undefined],
])('a ticket that %s causes no warning', async (_name, query, headers) => {
  vi.resetModules()
  const fresh = await import('../../src/transport/ticket-faults.ts')
  fresh.headersOf({ url: url(query), ...(headers && { headers }) }, 'a/b')
  expect(warned).not.toHaveBeenCalled()
})

test('warns once about the checksum of an empty body, also when storage accepts it, and without the URL', () => {
  const request = {
    method: 'put',
    url: url('x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32'),
  } as const
  warnAboutFaults({ ...request, body: new Blob([]) })
  expect(warned).not.toHaveBeenCalled()
  warnAboutFaults({ ...request, body: new Blob(['x']) })
  warnAboutFaults({ ...request, body: new Uint8Array(1) })
  expect(warned.mock.calls).toEqual([
    [expect.stringMatching(/^putaway: .*requestChecksumCalculation: 'WHEN_REQUIRED'/)],
  ])
  expect(warned.mock.calls.join()).not.toContain('secret')
})

test.each([
  ['a header', url('X-Amz-SignedHeaders=host'), { 'X-Amz-Checksum-CRC32': 'AAAAAA==' }],
  [
    'the hash of the payload',
    url('X-Amz-Content-Sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    {},
  ],
])('finds the checksum of an empty body in %s', (_place, address, headers) => {
  const request = { method: 'put', url: address, headers, body: new Blob(['x']) } as const
  expect(findEmptyChecksumFault(request)).toContain('checksum of an empty body')
  expect(findEmptyChecksumFault({ ...request, body: new Blob([]) })).toBeUndefined()
})

test('warns about a key that storage completes', () => {
  const request = { method: 'post', url: 'https://s3.test/', body: new Uint8Array(1) } as const
  warnAboutFaults(request, { Key: 'uploads/${filename}' })
  expect(warned.mock.calls).toEqual([[expect.stringContaining('${filename}')]])
})

test('does not warn in production', () => {
  vi.stubEnv('NODE_ENV', 'production')
  headersOf({ url: url('X-Amz-SignedHeaders=host') }, 'image/png')
  warnAboutFaults({
    method: 'put',
    url: url('x-amz-checksum-sha1=2jmj7l5rSw0yVb/vlWAYkK/YBwk='),
    body: new Blob(['x']),
  })
  expect(warned).not.toHaveBeenCalled()
  vi.unstubAllEnvs()
})
