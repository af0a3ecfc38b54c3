import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { header, method, printable, query, text, xml, xmlOperation } from './arbitraries.ts'
import { startLocalS3, type LocalS3 } from '../../src/index.ts'
import { openTestBucket, sendXml, type TestBucket } from '../harness/test-bucket.ts'

let outside: string
let server: LocalS3
let s3: TestBucket

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'local-s3-fuzz-'))
  await mkdir(join(outside, 'a/b/inside'), { recursive: true })
  server = await startLocalS3({ directory: join(outside, 'a/b/inside') })
  s3 = await openTestBucket(server, 'fuzzed')
})
afterAll(async () => {
  await server.close()
  await rm(outside, { recursive: true, force: true })
})

/** Asserts that the disk has nothing outside the server's folder, and inside only names that the server made. */
async function expectCleanDisk() {
  const entries = await readdir(outside, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  for (const { name, parentPath } of files) {
    expect(parentPath.startsWith(server.directory)).toBe(true)
    expect(name).toMatch(
      /^([0-9a-f]{32}|[0-9a-f]{64}\.json|bucket\.json|local-s3\.json|credentials\.json|running\.\d+|upload\.json|\d+\.json)$/,
    )
  }
  for (const entry of entries.filter((one) => one.isDirectory())) {
    const path = join(entry.parentPath, entry.name)
    expect(path.startsWith(server.directory) || server.directory.startsWith(path)).toBe(true)
  }
  expect(dirname(server.directory)).toBe(join(outside, 'a/b'))
}

const stored = async () => {
  const listing = await s3.signed({ method: 'GET', path: '/fuzzed?list-type=2' })
  expect(listing.status).toBe(200)
  return [...listing.body.matchAll(/<Key>/g)].length
}

/** Sends raw bytes to the server and returns the response, if any. */
const sendBytes = (bytes: Buffer) =>
  new Promise<string>((resolve) => {
    const { hostname, port } = new URL(server.endpoint)
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.setTimeout(2000, () => socket.destroy())
  })

/** FUZZ=20 runs twenty times as many cases. */
const depth = Number(process.env.FUZZ ?? 1)
const runs = { numRuns: 70 * depth }

test('any anonymous request stores nothing and gets no 500', async () => {
  const before = await stored()
  await fc.assert(
    fc.asyncProperty(
      method,
      text,
      query,
      fc.dictionary(header, printable, { maxKeys: 4 }),
      fc.string({ maxLength: 50 }),
      async (verb, path, search, headers, body) => {
        const target = `/fuzzed/${path}?${search}`.replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c))
        const answer = await s3.raw({
          method: verb,
          path: target,
          headers,
          ...(verb !== 'GET' && verb !== 'HEAD' && { body }),
        })
        expect(answer.status).toBeGreaterThanOrEqual(200)
        expect([500, 502]).not.toContain(answer.status)
        if (verb !== 'OPTIONS') expect(answer.status).toBeGreaterThanOrEqual(400)
      },
    ),
    runs,
  )
  expect(await stored()).toBe(before)
  await expectCleanDisk()
})

test('a signed request with any query and headers gets no 500', async () => {
  await fc.assert(
    fc.asyncProperty(
      method,
      query,
      fc.dictionary(header, printable, { maxKeys: 3 }),
      fc.string({ maxLength: 80 }),
      async (verb, search, headers, body) => {
        const { authorization: _own, 'x-amz-date': _date, 'x-amz-content-sha256': _hash, ...signed } = headers
        const withBody = verb !== 'GET' && verb !== 'HEAD'
        const answer = await s3.signed({
          method: verb,
          path: `/fuzzed/signed?${search}`,
          headers: signed,
          ...(withBody && { body }),
        })
        expect(answer.status).not.toBe(500)
      },
    ),
    runs,
  )
  await expectCleanDisk()
})

test('a key of any characters is returned unchanged and stays inside the directory', async () => {
  const keys = text.filter((key) => key !== '' && Buffer.byteLength(key) <= 1024)
  await fc.assert(
    fc.asyncProperty(keys, async (key) => {
      const path = `/fuzzed/${key.split('/').map(encodeURIComponent).join('/')}`
      expect((await s3.signed({ method: 'PUT', path, body: `body of ${key}` })).status).toBe(200)
      expect((await s3.signed({ method: 'GET', path })).body).toBe(`body of ${key}`)
      const listed = await s3.signed({
        method: 'GET',
        path: `/fuzzed?list-type=2&encoding-type=url&prefix=${encodeURIComponent(key)}`,
      })
      expect(listed.body).toContain('<Key>')
    }),
    runs,
  )
  await expectCleanDisk()
})

test('any XML body gets an answer, and changes nothing when it is rejected', async () => {
  await fc.assert(
    fc.asyncProperty(xmlOperation, xml, async ([verb, search], body) => {
      const path = `/fuzzed${search.startsWith('upload') ? '/k' : ''}?${search}`
      const { status } = await sendXml(s3, verb, path, body)
      expect(status).not.toBe(500)
    }),
    runs,
  )
})

test('a form of any shape under a policy for one key stores that key or nothing', async () => {
  const { fields } = await s3.policy('form/only', { Conditions: [['content-length-range', 3, 5]] })
  const before = await stored()
  const piece = fc.oneof(
    fc.constantFrom(
      '\r\n',
      '--b',
      '--b--',
      '\r\n--b\r\n',
      '\r\n--b--\r\n',
      'Content-Disposition: form-data; name="key"\r\n\r\n',
      'Content-Disposition: form-data; name="file"; filename="../x"\r\n\r\n',
      'Content-Disposition: form-data; name=file\r\n\r\n',
      'form/other',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabcd\r\n--b--\r\n',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabcdef\r\n--b--\r\n',
      'abc',
    ),
    ...Object.entries(fields).map(([name, value]) =>
      fc.constant(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    ),
    text,
  )
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const all = Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(piece, { maxLength: 10 }), async (withFields, pieces) => {
      const body = (withFields ? all : '') + pieces.join('')
      const { status } = await s3.raw({ method: 'POST', path: '/fuzzed', headers, body })
      expect(status).not.toBe(500)
      const bytes = await s3.read('form/only')
      expect(bytes === undefined || (bytes.length >= 3 && bytes.length <= 5)).toBe(true)
    }),
    runs,
  )
  expect(await stored()).toBeLessThanOrEqual(before + 1)
  await expectCleanDisk()
})

test('an aws-chunked body of any shape stores its announced bytes or nothing', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '3\r\nabc\r\n',
      '0\r\n',
      '\r\n',
      'ffffffff\r\n',
      '-1\r\n',
      '3;chunk-signature=x\r\n',
      'x-amz-checksum-crc32:AAAAAA==\r\n',
    ),
    fc.string({ maxLength: 10 }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.constantFrom('3', '6', '0', 'x', '99999999999'),
      async (pieces, length) => {
        await s3.signed({ method: 'DELETE', path: '/fuzzed/chunked' })
        const headers = {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': length,
          'content-encoding': 'aws-chunked',
        }
        const { status } = await s3.signed({
          method: 'PUT',
          path: '/fuzzed/chunked',
          headers,
          body: pieces.join(''),
        })
        expect(status).not.toBe(500)
        const bytes = await s3.read('chunked')
        expect(bytes?.length).toBe(status === 200 ? Number(length) : undefined)
      },
    ),
    { numRuns: 40 * depth },
  )
})

test('bytes that are not HTTP do not stop the server', async () => {
  const line = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'PUT /fuzzed/../../x HTTP/1.1\r\n',
    'PUT http://[::1/x HTTP/1.1\r\n',
    'Host: x\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Expect: 100-continue\r\n',
    '\r\n',
    '5\r\nhello\r\n',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(line, fc.string({ maxLength: 20 })), { maxLength: 8 }),
      async (lines) => {
        await sendBytes(Buffer.from(lines.join(''), 'latin1'))
      },
    ),
    { numRuns: 30 * depth },
  )
  expect(await stored()).toBeGreaterThanOrEqual(0)
  await expectCleanDisk()
})
