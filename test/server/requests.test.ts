import { expect, test, vi } from 'vitest'
import { UploadError, createUploadHandler } from '../../src/server/index.ts'
import type { FileInfo, UploadStorage } from '../../src/server/index.ts'
import { backend, photos, post, secret, readUser } from '../harness/s3-fixture.ts'

/** Signs without a storage server: rejected requests never reach storage. */
const offlineStorage: UploadStorage = {
  prefix: 'uploads/',
  filesPrefix: 'files/',
  multipartFrom: Infinity,
  acceptsPost: () => Promise.resolve(false),
  keepsChecksums: () => Promise.resolve(true),
  signPut: ({ key }) => Promise.resolve({ kind: 'put', url: `https://s3.test/${key}`, expiresAt: 0 }),
  signPost: unreachable,
  signPolicy: unreachable,
  hello: unreachable,
  signPreflights: unreachable,
  openParts: unreachable,
  signParts: unreachable,
  listParts: unreachable,
  completeParts: unreachable,
  abortParts: unreachable,
  find: () => Promise.resolve(undefined),
  read: unreachable,
  copy: unreachable,
  remove: () => Promise.resolve(),
  urlOf: unreachable,
  promotedTo: unreachable,
}
function unreachable(): never {
  throw new Error('Storage must not be called.')
}

const file = { id: 'f1', name: 'cat.png', size: 10, type: 'image/png' }
const presign = (...files: unknown[]) => ({ type: 'presign', files })

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
  '%s gets 405 and an Allow header that names POST',
  async (method) => {
    const { handler } = backend(offlineStorage)
    const answer = await handler(new Request('http://app.test/api/uploads', { method }))
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
  },
)

test.each([
  undefined,
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/jsonp',
])('a body of type %s, which a cross-site form could send, gets 415', async (type) => {
  const { handler } = backend(offlineStorage)
  const request = new Request('http://app.test/', {
    method: 'POST',
    body: new TextEncoder().encode(JSON.stringify(presign(file))),
    ...(type !== undefined && { headers: { 'content-type': type } }),
  })
  expect((await handler(request)).status).toBe(415)
})

test('a body over 512 KiB gets 413, also when its length is not announced', async () => {
  const { handler, call } = backend(offlineStorage)
  expect((await call(presign({ ...file, name: 'x'.repeat(600_000) }))).status).toBe(413)

  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(32))
    },
  })
  const headers = { 'content-type': 'application/json' }
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body: endless, duplex: 'half' }
  expect((await handler(new Request('http://app.test/', init))).status).toBe(413)
  expect(sent).toBeLessThan(1_000_000)
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '"presign"',
  '{}',
  '{"type":"steal"}',
  '{"type":"toString"}',
  '{"type":"presign"}',
])('the body %s gets 400 with a message', async (body) => {
  const { handler, errors } = backend(offlineStorage)
  const answer = await handler(post(body))
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: { code: 'rejected', message: expect.any(String) } })
  expect(errors).toEqual([])
})

test('bytes that are not UTF-8 get 400', async () => {
  const { handler } = backend(offlineStorage)
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://app.test/', {
    method: 'POST',
    headers,
    body: new Uint8Array([0xff, 0xfe]),
  })
  expect((await handler(request)).status).toBe(400)
})

test('a batch of fifty files is accepted; batches of fifty-one and ten thousand are rejected', async () => {
  const { call } = backend(offlineStorage)
  const files = (count: number) => Array.from({ length: count }, (_, index) => ({ ...file, id: `f${index}` }))
  expect((await call(presign(...files(50)))).body.tickets).toHaveLength(50)
  expect((await call(presign(...files(51)))).status).toBe(400)
  expect([400, 413]).toContain((await call(presign(...files(10_000)))).status)
  const receipts = Array.from({ length: 51 }, (_, index) => ({ id: `f${index}`, token: 'x' }))
  expect((await call({ type: 'confirm', receipts })).status).toBe(400)
  expect((await call({ type: 'discard', tokens: Array.from({ length: 51 }, () => 'x') })).status).toBe(400)
})

test('filesPerRequest lowers the number of files in a request, and tells it to the browser', async () => {
  const { call } = backend(offlineStorage, { filesPerRequest: 8 })
  const files = Array.from({ length: 9 }, (_, index) => ({ ...file, id: `f${index}` }))
  expect((await call(presign(...files.slice(0, 8)))).body.tickets).toHaveLength(8)
  const refused = [
    await call(presign(...files)),
    await call({ type: 'confirm', receipts: files.map(({ id }) => ({ id, token: 'x' })) }),
    await call({ type: 'discard', tokens: files.map(() => 'x') }),
  ]
  for (const { status, body } of refused) {
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'rejected', details: { filesPerRequest: 8 } })
  }
})

test.each([0, 51, 1.5, NaN, '8', null])('filesPerRequest %j is refused at start', (filesPerRequest) => {
  expect(() => backend(offlineStorage, { filesPerRequest: filesPerRequest as number })).toThrow(
    'filesPerRequest must be a whole number from 1 to 50',
  )
})

test('one invalid file in a batch fails alone, with its reason', async () => {
  const { call } = backend(offlineStorage, { routes: { photos: photos({ maxSize: 100, minSize: 2 }) } })
  const { status, body } = await call(
    presign(
      { ...file, id: 'good' },
      { ...file, id: 'html', type: 'text/html' },
      { ...file, id: 'large', size: 101 },
      { ...file, id: 'empty', size: 0 },
      { ...file, id: 'small', size: 1 },
      { ...file, id: 'negative', size: -1 },
      { ...file, id: 'half', size: 1.5 },
      { ...file, id: 'text', size: '10' },
      { ...file, id: 'no-name', name: '' },
      { ...file, id: 'long', name: 'x'.repeat(1025) },
      { ...file, id: 'header', type: 'image/png\r\nx-amz-acl: public-read' },
      { ...file, id: 'meta', meta: { deep: {} } },
      { ...file, id: 'big-meta', meta: { text: 'x'.repeat(3000) } },
      { ...file, id: 'elsewhere', route: 'videos' },
      { ...file, id: 'proto', route: '__proto__' },
      { ...file, id: 'good too' },
    ),
  )
  expect(status).toBe(200)
  expect(body.tickets.map(({ id, error }) => [id, error?.code ?? 'ticket'])).toEqual([
    ['good', 'ticket'],
    ['html', 'wrong-type'],
    ['large', 'too-large'],
    ['empty', 'empty'],
    ['small', 'too-small'],
    ['negative', 'rejected'],
    ['half', 'rejected'],
    ['text', 'rejected'],
    ['no-name', 'rejected'],
    ['long', 'rejected'],
    ['header', 'rejected'],
    ['meta', 'rejected'],
    ['big-meta', 'rejected'],
    ['elsewhere', 'not-found'],
    ['proto', 'not-found'],
    ['good too', 'ticket'],
  ])
  expect(body.tickets[5]?.error.message).toContain('files[5].size')
  // The browser shows the first sentence in its own language.
  expect(body.tickets[1]?.error).toMatchObject({ code: 'wrong-type', details: { accept: 'image/*' } })
  expect(body.tickets[2]?.error.text).toBeUndefined()
})

test('a file without an id rejects the request, because the error could not be assigned', async () => {
  const { call } = backend(offlineStorage)
  expect((await call(presign(file, { ...file, id: '' }))).body.error.message).toContain('files[1].id')
  expect((await call(presign(file, 7))).body.error.message).toContain('files[1]')
  expect((await call(presign({ ...file, id: 'x'.repeat(201) }))).body.error.message).toContain('files[0].id')
})

test('two files with one id get no ticket that could be mixed up', async () => {
  const { call } = backend(offlineStorage)
  const { body } = await call(presign(file, { ...file, id: 'other' }, { ...file, size: 11 }))
  expect(body.tickets.map(({ error }) => error?.code)).toEqual(['rejected', undefined, 'rejected'])
})

test('a receipt that appears twice in one request gets two answers', async () => {
  const server = backend(offlineStorage)
  const { token } = (await server.presign({})).ticket
  const receipt = { id: 'f1', token }
  const { body } = await server.call({ type: 'confirm', receipts: [receipt, receipt] })
  expect(body.results.map(({ id, error }) => [id, error.code])).toEqual([
    ['f1', 'not-stored'],
    ['f1', 'not-stored'],
  ])
})

test('two uploaders with one file each may share a request', async () => {
  const { call } = backend(offlineStorage, { routes: { avatar: photos({ maxFiles: 1 }) } })
  const { body } = await call(presign({ ...file, id: 'mine' }, { ...file, id: 'my dog' }))
  expect(body.tickets.map(({ error }) => error?.code)).toEqual([undefined, undefined])
})

test('with several routes a file must name its route', async () => {
  const { call } = backend(offlineStorage, { routes: { a: photos(), b: photos() } })
  expect((await call(presign(file))).body.tickets[0]?.error).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('pass `route`'),
  })
})

test('rejects anonymous requests with 401, for every call', async () => {
  const server = backend(offlineStorage)
  const token = (await server.presign({})).ticket.token
  for (const body of [
    presign(file),
    { type: 'renew', token },
    { type: 'confirm', receipts: [{ id: 'f1', token }] },
    { type: 'discard', tokens: [token] },
    { type: 'complete', token },
  ]) {
    const answer = await server.handler(post(body))
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized' } })
  }
})

test('the app sets code, text and status of its rejection by throwing or returning it', async () => {
  const error = new UploadError('throttled', { phase: 'starting', text: 'Only 100 a day', status: 429 })
  for (const authorize of [
    () => {
      throw error
    },
    () => error,
  ]) {
    const { call } = backend(offlineStorage, { routes: { photos: photos({ authorize }) } })
    const { status, body } = await call(presign(file))
    expect(status).toBe(429)
    expect(body.error).toMatchObject({ code: 'throttled', text: 'Only 100 a day' })
  }
})

test('a rate limit in authorize sets Retry-After', async () => {
  const authorize = () => new UploadError('throttled', { phase: 'starting', retryAfter: 29_500 })
  const { handler } = backend(offlineStorage, { routes: { photos: photos({ authorize }) } })
  const answer = await handler(post(presign(file)))
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30'])
})

test('a rejection by one route does not affect the files of another', async () => {
  const { call } = backend(offlineStorage, {
    routes: { open: photos(), closed: photos({ authorize: () => null }) },
  })
  const { body } = await call(
    presign({ ...file, id: 'a', route: 'open' }, { ...file, id: 'b', route: 'closed' }),
  )
  expect(body.tickets).toMatchObject([{ ticket: { kind: 'put' } }, { error: { code: 'unauthorized' } }])
})

test('authorize is called once for all files of a request, and receives them', async () => {
  const asked: (readonly FileInfo[] | undefined)[] = []
  const authorize = (request: Request, { files }: { files?: readonly FileInfo[] }) => {
    asked.push(files)
    return readUser(request)
  }
  const server = backend(offlineStorage, { routes: { photos: photos({ authorize }) } })
  const { body } = await server.call(
    presign({ ...file, id: 'a' }, { ...file, id: 'b', size: -1 }, { ...file, id: 'c' }),
  )
  expect(asked.map((files) => files?.map(({ id }) => id))).toEqual([['a', 'c']])

  const receipts = body.tickets.flatMap(({ id, ticket }) => (ticket ? [{ id, token: ticket.token }] : []))
  await server.call({ type: 'confirm', receipts })
  expect(asked).toHaveLength(2)
})

test('an authorize that crashes or returns a user without an id gets 500 without its message', async () => {
  for (const authorize of [
    () => {
      throw new Error('secret at 10.0.0.7')
    },
    () => ({ id: '' }),
  ]) {
    const { call, errors } = backend(offlineStorage, { routes: { photos: photos({ authorize }) } })
    const { status, body } = await call(presign(file))
    expect(status).toBe(500)
    expect(body.error).toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('10.0.0.7'),
    })
    expect(errors).toHaveLength(1)
  }
})

test('a tampered token fails alone in a batch, and a discard with it is forbidden', async () => {
  const server = backend(offlineStorage)
  const { token } = (await server.presign({})).ticket
  const tampered = token.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'))
  const receipts = [
    { id: 'bad', token: tampered },
    { id: 'good', token },
  ]
  expect((await server.call({ type: 'confirm', receipts })).body.results).toMatchObject([
    { id: 'bad', error: { code: 'forbidden' } },
    { id: 'good', error: { code: 'not-stored' } },
  ])
  expect((await server.call({ type: 'discard', tokens: [tampered, token] })).status).toBe(403)
})

test('tokens contain no secret, and responses are not cached', async () => {
  const { handler } = backend(offlineStorage)
  const answer = await handler(post(presign(file), { 'x-user': 'anna' }))
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const text = await answer.text()
  expect(text).not.toContain(secret)
  expect(atob(/"token":"([\w-]+)\./.exec(text)?.[1] ?? '')).not.toContain(secret)
})

test('without onError one line is logged, with no stack and no signature', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const rules = photos({
    authorize() {
      throw new Error('fetch failed: https://s3.test/b/k?X-Amz-Signature=abc')
    },
  })
  const handler = createUploadHandler({ storage: offlineStorage, secret, routes: { photos: rules } })
  expect((await handler(post(presign(file)))).status).toBe(500)
  expect(log.mock.calls).toEqual([['putaway: presign failed. Error: fetch failed: https://s3.test/b/k?…']])
  log.mockRestore()
})

test.each([
  ['escape sequences', 'a\u001b[2J\u001b]0;owned\u0007b', 'a\\u{1b}[2J\\u{1b}]0;owned\\u{7}b'],
  ['C1 controls', 'a\u009b2Jb\u0085c', 'a\\u{9b}2Jb\\u{85}c'],
  ['line breaks', 'a\r\nputaway: all is well\nb', 'a putaway: all is well b'],
  ['line separators', 'a\u2028b\u2029c', 'a b c'],
  ['bidirectional controls', 'a\u202egnp.exe\u2066', 'a\\u{202e}gnp.exe\\u{2066}'],
  ['invisible characters', 'a\u200bb\u{e0041}c\u00add', 'a\\u{200b}b\\u{e0041}c\\u{ad}d'],
  ['backspaces and deletes', 'a\b\u007fb', 'a\\u{8}\\u{7f}b'],
  ['lone surrogates', 'a\ud800b', 'a\\u{d800}b'],
])('the logged line contains no %s', async (_, message, logged) => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const rules = photos({
    authorize() {
      throw new Error(message)
    },
  })
  const handler = createUploadHandler({ storage: offlineStorage, secret, routes: { photos: rules } })
  await handler(post(presign(file)))
  expect(log.mock.calls).toEqual([[`putaway: presign failed. Error: ${logged}`]])
  log.mockRestore()
})

test('a thrown value that has no text is logged too', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const authorize = () => {
    throw Object.create(null)
  }
  const handler = createUploadHandler({
    storage: offlineStorage,
    secret,
    routes: { photos: photos({ authorize }) },
  })
  expect((await handler(post(presign(file)))).status).toBe(500)
  expect(log.mock.calls).toEqual([
    ['putaway: presign failed. The thrown value cannot be converted to a string.'],
  ])
  log.mockRestore()
})

test('an onError that throws does not change the response', async () => {
  const handler = createUploadHandler({
    storage: offlineStorage,
    secret,
    routes: { photos: photos({ authorize: unreachable }) },
    onError: unreachable,
  })
  expect((await handler(post(presign(file)))).status).toBe(500)
})

test('invalid options throw when the handler is created', () => {
  const make = (changes: object) => () =>
    createUploadHandler({ storage: offlineStorage, secret, routes: { photos: photos() }, ...changes })
  expect(make({ secret: 'short' })).toThrow(/at least 32 characters/)
  expect(make({ secret: undefined })).toThrow(/at least 32 characters/)
  expect(make({ routes: {} })).toThrow(/needs at least one route/)
  expect(make({ routes: { photos: photos({ maxSize: '5 apples' }) } })).toThrow(/not a size/)
})

test('when every file is rejected the response has an error status, and each file keeps its reason', async () => {
  const { call } = backend(offlineStorage)
  const refused = await call(presign({ ...file, id: 'html', name: 'page.html', type: 'text/html' }))
  expect(refused.status).toBe(400)
  expect(refused.body).toMatchObject({ tickets: [{ id: 'html', error: { code: 'wrong-type' } }] })

  const forged = await call({ type: 'confirm', receipts: [{ id: '1', token: 'forged.token' }] })
  expect(forged.status).toBe(403)
  expect(forged.body).toMatchObject({ results: [{ id: '1', error: { code: 'forbidden' } }] })
})

test('a request of Node in place of a Request says that the handler needs an adapter', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const handler = createUploadHandler({ storage: offlineStorage, secret, routes: { photos: photos() } })
  const incoming = { method: 'POST', headers: { 'content-type': 'application/json' } } as unknown as Request // as Express passes it
  await expect(handler(incoming)).rejects.toThrow(/takes a Request\. .*toNodeHandler\(uploads\)/)
  expect(log).toHaveBeenCalledTimes(1)
  log.mockRestore()
})
