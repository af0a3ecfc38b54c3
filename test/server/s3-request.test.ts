import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { s3Storage } from '../../src/server/index.ts'
import { unreachable } from '../harness/s3-fixture.ts'
import { eventually } from '../harness/eventually.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

type Answer = () => Response | Promise<Response>
const errorXml = (code: string, more = '') =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${code}!</Message>${more}<RequestId>R1</RequestId></Error>`
const refuse =
  (status: number, code: string, headers: Record<string, string> = {}, more = ''): Answer =>
  () =>
    new Response(errorXml(code, more), { status, headers })
const list = (parts = '') => new Response(`<ListPartsResult>${parts}</ListPartsResult>`)

/** A storage whose store gives these answers, one after the other. */
function storageWith(answers: readonly Answer[], options: object = {}) {
  const sent: { url: string; headers: Headers; init: RequestInit }[] = []
  const storage = s3Storage({
    ...unreachable,
    bucket: 'my-bucket',
    ...options,
    fetch: async (url, init) => {
      sent.push({ url, headers: new Headers(init.headers), init })
      const answer = answers[sent.length - 1]
      if (!answer) throw new Error('The test has no more answers.')
      return answer()
    },
  })
  return { storage, sent }
}

/** Settles a promise while the timers of its retries run. The timer of its deadline does not run. */
async function settle<Value>(promise: Promise<Value>): Promise<Value | Error> {
  const state: { outcome?: { value: Value | Error } } = {}
  promise.then(
    (value) => (state.outcome = { value }),
    (thrown: unknown) => (state.outcome = { value: thrown as Error }), // the tests reject with errors only
  )
  while (!state.outcome) {
    if (vi.getTimerCount() > 1) await vi.advanceTimersByTimeAsync(100)
    else await new Promise((done) => setImmediate(done))
  }
  return state.outcome.value
}

const upload = { key: 'k', uploadId: 'u', size: 1, partSize: 1 }
const reset: Answer = () => Promise.reject(new TypeError('fetch failed'))

describe('retries', () => {
  test.each<[string, Answer]>([
    ['a lost connection', reset],
    ['503 SlowDown', refuse(503, 'SlowDown')],
    ['500 InternalError', refuse(500, 'InternalError')],
    ['a 502 with a page', () => new Response('<html>Bad Gateway</html>', { status: 502 })],
    ['429', () => new Response('', { status: 429 })],
    ['400 RequestTimeout', refuse(400, 'RequestTimeout')],
    [
      'InternalError with status 200, after white space',
      () => new Response(`   \n${errorXml('InternalError')}`),
    ],
    ['SlowDown with status 200', () => new Response(errorXml('SlowDown'))],
    [
      'a body that breaks off',
      () => new Response(new ReadableStream({ start: (body) => body.error(new Error('reset')) })),
    ],
  ])('%s twice, then success', async (_, failure) => {
    const { storage, sent } = storageWith([failure, failure, () => list()])
    expect(await settle(storage.listParts(upload))).toEqual([])
    expect(sent).toHaveLength(3)
  })

  test('a third failure is the error, which names the operation, the code and the request', async () => {
    const { storage, sent } = storageWith([1, 2, 3, 4].map(() => refuse(503, 'SlowDown')))
    const error = await settle(storage.listParts(upload))
    expect(error).toMatchObject({
      name: 'SlowDown',
      status: 503,
      message: 'ListParts: 503 SlowDown, SlowDown! (request R1)',
    })
    expect(sent).toHaveLength(3)
  })

  test.each([
    [501, 'NotImplemented'],
    [403, 'AccessDenied'],
    [400, 'InvalidArgument'],
    [405, 'MethodNotAllowed'],
  ])('%i %s is not retried', async (status, code) => {
    const { storage, sent } = storageWith([refuse(status, code)])
    expect(await settle(storage.listParts(upload))).toMatchObject({ name: code, status })
    expect(sent).toHaveLength(1)
  })

  test('a Retry-After of seconds is kept, and a long one fails at once', async () => {
    const { storage, sent } = storageWith([refuse(503, 'SlowDown', { 'retry-after': '2' }), () => list()])
    const listed = storage.listParts(upload)
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(2), eventually)
    await vi.advanceTimersByTimeAsync(1900)
    expect(sent).toHaveLength(1)
    expect(await settle(listed)).toEqual([])

    const long = storageWith([refuse(503, 'SlowDown', { 'retry-after': '60' })])
    expect(await settle(long.storage.listParts(upload))).toMatchObject({ name: 'SlowDown' })
  })

  test('an answer that never comes ends after ten seconds, and is aborted', async () => {
    const { storage, sent } = storageWith([() => new Promise<never>(() => {})])
    const listed = settle(storage.listParts(upload))
    await vi.waitFor(() => expect(sent).toHaveLength(1), eventually)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(String(await listed)).toBe('Error: Storage did not answer within 10 seconds.')
    expect(sent[0]?.init.signal?.aborted).toBe(true)
  })

  test('each try has a new signature of the same request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const later: Answer = () => {
      vi.setSystemTime(Date.now() + 5000)
      return reset()
    }
    const { storage, sent } = storageWith([later, () => list()])
    await settle(storage.listParts(upload))
    const [first, second] = sent.map(({ url, headers }) => [url, headers.get('authorization')])
    expect(second?.[0]).toBe(first?.[0])
    expect(second?.[1]).toMatch(/^AWS4-HMAC-SHA256 /)
    expect(second?.[1]).not.toBe(first?.[1])
  })
})

describe('answers that are no success', () => {
  test.each<[string, Response, RegExp]>([
    ['a page with status 200', new Response('<html></html>'), /not a complete <ListPartsResult>/],
    ['XML that was cut', new Response('<ListPartsResult><Part>'), /not a complete/],
    ['an empty body', new Response(''), /not a complete/],
    ['another result', new Response('<ListBucketResult></ListBucketResult>'), /not a complete/],
    ['an error', new Response(errorXml('AccessDenied')), /200 AccessDenied, AccessDenied!/],
    [
      'an entity bomb',
      new Response('<!DOCTYPE a [<!ENTITY b "c">]><ListPartsResult>&b;</ListPartsResult>'),
      /not a complete/,
    ],
  ])('%s is an error', async (_, response, message) => {
    const { storage } = storageWith([() => response])
    expect(String(await settle(storage.listParts(upload)))).toMatch(message)
  })

  test('an error with a code that is no code has the status only', async () => {
    const { storage } = storageWith([refuse(400, 'a b<!-- -->')])
    expect(await settle(storage.listParts(upload))).toMatchObject({ name: 'StorageError', status: 400 })
  })

  test('an upload is gone by either name of it, and a missing bucket is an error', async () => {
    for (const code of ['NoSuchUpload', 'NoSuchKey']) {
      expect(await settle(storageWith([refuse(404, code)]).storage.listParts(upload))).toBeUndefined()
    }
    expect(await settle(storageWith([refuse(404, 'NoSuchBucket')]).storage.listParts(upload))).toMatchObject({
      name: 'NoSuchBucket',
    })
  })

  test.each<[string, Answer]>([
    ['a 301 without a Location', refuse(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' })],
    ['a 307', () => new Response('', { status: 307, headers: { 'x-amz-bucket-region': 'eu-west-1' } })],
    ['a 400 for the region', refuse(400, 'AuthorizationHeaderMalformed', {}, '<Region>eu-west-1</Region>')],
  ])('%s names the region of the bucket', async (_, answer) => {
    const { storage, sent } = storageWith([answer])
    expect(String(await settle(storage.find('k')))).toContain(
      'The bucket "my-bucket" is in the region "eu-west-1": set the option region to it.',
    )
    expect(sent[0]?.init.redirect).toBe('manual')
  })

  test('no error contains a signature, a query or a key of access', async () => {
    const { storage } = storageWith([
      refuse(403, 'SignatureDoesNotMatch', {}, '<StringToSign>secret</StringToSign>'),
    ])
    const error = await settle(storage.listParts(upload))
    expect(String(error)).toBe(
      'SignatureDoesNotMatch: ListParts: 403 SignatureDoesNotMatch, SignatureDoesNotMatch! (request R1)',
    )
  })
})

describe('a clock that is wrong', () => {
  const minutes = 60_000
  test.each([20, -20])('by %i minutes is corrected by the time of storage, for URLs too', async (off) => {
    const date = new Date(Date.now() + off * minutes).toUTCString()
    const { storage, sent } = storageWith([refuse(403, 'RequestTimeTooSkewed', { date }), () => list()])
    expect(await settle(storage.listParts(upload))).toEqual([])
    const [first = '', second = ''] = sent.map(({ headers }) => headers.get('x-amz-date') ?? '')
    expect(Math.round((parseAmzDate(second) - parseAmzDate(first)) / minutes)).toBe(off)

    const ticket = await storage.signPut({ key: 'k', size: 1, type: 'a/b', writeOnce: false })
    const signedAt = parseAmzDate(new URL(ticket.url).searchParams.get('X-Amz-Date') ?? '')
    expect(Math.round((signedAt - Date.now()) / minutes)).toBe(off)
    expect(ticket.expiresAt).toBe(signedAt + 900_000)
  })

  test('is recognized by the 403 of a HEAD, which has no code', async () => {
    const date = new Date(Date.now() + 20 * minutes).toUTCString()
    const head = () =>
      new Response(null, { status: 200, headers: { 'content-length': '3', 'content-type': 'a/b' } })
    const { storage } = storageWith([() => new Response(null, { status: 403, headers: { date } }), head])
    expect(await settle(storage.find('k'))).toMatchObject({ size: 3, type: 'a/b' })
  })

  test('is corrected once for each request', async () => {
    const date = () => new Date(Date.now() + Math.random() * 1e9 + 1e9).toUTCString()
    const answer: Answer = () => refuse(403, 'RequestTimeTooSkewed', { date: date() })()
    const { storage, sent } = storageWith([answer, answer, answer])
    expect(await settle(storage.listParts(upload))).toMatchObject({ name: 'RequestTimeTooSkewed' })
    expect(sent).toHaveLength(2)
  })

  test('is not assumed for a 403 with the right time', async () => {
    const { storage, sent } = storageWith([refuse(403, 'AccessDenied', { date: new Date().toUTCString() })])
    expect(await settle(storage.listParts(upload))).toMatchObject({ name: 'AccessDenied' })
    expect(sent).toHaveLength(1)
  })
})

function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
}

describe('reading a range', () => {
  const object = { key: 'k', size: 10, type: 'a/b', etag: 'e' }
  const bytesOf = (result: unknown) => (result instanceof Uint8Array ? [...result] : result)
  const all = Uint8Array.from({ length: 10 }, (_, index) => index)

  test('asks for the range and the ETag, without compression', async () => {
    const { storage, sent } = storageWith([() => new Response(all.slice(2, 5), { status: 206 })])
    expect(bytesOf(await settle(storage.read(object, 2, 3)))).toEqual([2, 3, 4])
    const { headers } = sent[0] ?? expect.unreachable()
    expect([headers.get('range'), headers.get('if-match'), headers.get('accept-encoding')]).toEqual([
      'bytes=2-4',
      '"e"',
      'identity',
    ])
    const signed = /SignedHeaders=([^,]*)/.exec(headers.get('authorization') ?? '')?.[1]
    expect(signed).toBe('host;if-match;range;x-amz-content-sha256;x-amz-date')
  })

  test('of a store that ignores ranges reads from the start, and no more than needed', async () => {
    let cancelled = false
    const endless = () =>
      new Response(
        new ReadableStream({ pull: (body) => body.enqueue(all), cancel: () => void (cancelled = true) }),
      )
    const { storage } = storageWith([endless])
    expect(bytesOf(await settle(storage.read(object, 4, 3)))).toEqual([4, 5, 6])
    expect(cancelled).toBe(true)
  })

  test('that is shorter than the object is an error', async () => {
    const short = () => new Response(all.slice(2, 4), { status: 206 })
    const { storage } = storageWith([short, short, short])
    expect(String(await settle(storage.read(object, 2, 3)))).toContain('ended after 2 of 3 bytes')
  })

  // `fetch` decodes such an answer, and the bytes would not be the stored ones.
  test('of an object with a Content-Encoding asks storage not to name it', async () => {
    const encoded = () => new Response(all, { status: 206, headers: { 'content-encoding': 'gzip' } })
    const plain = () => new Response(all, { status: 206, headers: { 'content-encoding': 'identity' } })
    const { storage, sent } = storageWith([encoded, plain])
    expect(bytesOf(await settle(storage.read(object, 0, 10)))).toEqual([...all])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['', '?response-content-encoding=identity'])
    const stubborn = storageWith([encoded, encoded])
    expect(String(await settle(stubborn.storage.read(object, 0, 10)))).toContain('Content-Encoding')
  })

  test('of a changed or deleted object is undefined', async () => {
    for (const answer of [refuse(412, 'PreconditionFailed'), refuse(404, 'NoSuchKey')]) {
      expect(await settle(storageWith([answer]).storage.read(object, 0, 3))).toBeUndefined()
    }
  })

  test('of zero bytes sends no request', async () => {
    expect(await storageWith([]).storage.read(object, 10, 5)).toEqual(new Uint8Array())
  })
})

test('the size of an object over 4 GiB is read from its headers', async () => {
  const head = () => new Response(null, { headers: { 'content-length': '5368709121', etag: 'W/"e"' } })
  expect(await settle(storageWith([head]).storage.find('k'))).toMatchObject({
    size: 5_368_709_121,
    etag: 'e',
  })
})

test('a HEAD without a size is an error, not an empty object', async () => {
  const { storage } = storageWith([() => new Response(null)])
  expect(String(await settle(storage.find('k')))).toContain('no Content-Length')
})

test('parts without an ETag complete without one, and ETags are escaped', async () => {
  const done = () => new Response('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
  const { storage, sent } = storageWith([done])
  const parts = [
    { partNumber: 1, size: 1 },
    { partNumber: 2, size: 1, etag: 'a<&' },
  ]
  expect(await settle(storage.completeParts(upload, parts, true))).toBe(true)
  const { init, headers } = sent[0] ?? expect.unreachable()
  expect(new TextDecoder().decode(init.body as Uint8Array)).toContain(
    '<Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber><ETag>a&#60;&#38;</ETag></Part>',
  )
  expect([headers.get('if-none-match'), headers.get('content-type')]).toEqual(['*', 'application/xml'])
})
