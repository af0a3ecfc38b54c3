import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createUploadHandler, readUpload, readUploads } from '../../src/server/index.ts'
import type { FormUpload, ReadUploadsOptions, StandardSchema } from '../../src/server/index.ts'
import { backend, bytes, openS3Fixture, photos, post, secret, send } from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const anna = { id: 'anna' }
const hour = 3_600_000

function formOf(...values: (string | File)[]): FormData {
  const form = new FormData()
  for (const value of values) form.append('photos', value)
  return form
}

/** A handler and uploads that it confirmed. */
async function confirmed(count: number, changes: Parameters<typeof backend>[1] = {}) {
  const server = backend(s3.storage(), {
    routes: { photos: photos({ maxFiles: 2, image: true }), avatar: photos() },
    ...changes,
  })
  const uploads = []
  for (let index = 0; index < count; index += 1) {
    const { ticket } = await server.presign({ route: 'photos', name: `${index}.png`, meta: { index } })
    await send(ticket)
    const { result } = await server.confirm(ticket)
    uploads.push({ ticket, result, token: result.token })
  }
  const read = (
    form: FormData,
    changed: Partial<Pick<ReadUploadsOptions, 'route' | 'user' | 'maxFiles'>> = {},
  ) => readUploads(form, 'photos', { handler: server.handler, route: 'photos', user: anna, ...changed })
  return { server, uploads, read }
}

const codes = (list: readonly FormUpload<unknown>[]) =>
  list.map((each) => (each.status === 'error' ? each.error.code : each.status))

test('a form value lists its uploads, and the server verifies its own signature on them', async () => {
  const { uploads, read } = await confirmed(2)
  const [first, second] = await read(formOf(uploads[0]?.token ?? '', JSON.stringify(uploads[1]?.result)))
  const { url: _, token: __, ...kept } = uploads[0]?.result ?? {}
  expect(first).toEqual({
    status: 'new',
    upload: { ...kept, meta: { index: 0 }, etag: expect.any(String), width: 1, height: 1, verified: false },
  })
  expect(second).toMatchObject({ status: 'new', upload: { name: '1.png', size: bytes.length } })
})

test('a JSON body is verified like a form', async () => {
  const { server, uploads } = await confirmed(2)
  const [first, second] = uploads.map(({ result }) => result)
  const { handler } = server
  const readBody = (values: unknown, maxFiles?: number) =>
    readUploads(values as unknown[], { handler, route: 'photos', user: anna, ...(maxFiles && { maxFiles }) }) // as a server reads `request.body`
  const stored = { id: 7, url: '/old.png' }
  const body = JSON.parse(JSON.stringify([first, second?.token, stored])) as unknown[]
  expect(await readBody(body, 3)).toMatchObject([
    { status: 'new', upload: { name: '0.png' } },
    { status: 'new', upload: { name: '1.png' } },
    { status: 'stored', value: stored },
  ])
  expect(codes(await readBody([first, first]))).toEqual(['new', 'rejected'])
  expect(codes(await readBody(body))).toEqual(['new', 'new', 'too-many'])
  expect(codes(await readBody([{ token: 'a.b' }, 'not a token']))).toEqual(['forbidden', 'rejected'])
  const other = readUploads([first], { handler, route: 'avatar', user: anna })
  expect(codes(await other)).toEqual(['forbidden'])
  // A client can send anything.
  for (const nothing of [undefined, null, '', [], [null], ['']]) expect(await readBody(nothing)).toEqual([])
  expect(codes(await readBody(first))).toEqual(['new'])
  expect(codes(await readBody(7))).toEqual(['stored'])
})

describe('what the user typed after presign', () => {
  const captions: StandardSchema<{ index: number; caption?: string }> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        const { caption = '' } = value as { caption?: string }
        return caption.length < 10
          ? { value: value as { index: number; caption?: string } }
          : { issues: [{ message: 'A caption has at most 9 characters.', path: ['caption'] }] }
      },
    },
  }
  const withSchema = { routes: { photos: photos({ metaSchema: captions }), avatar: photos() } }

  test('a caption and a name are returned as edited, beside the signed ones', async () => {
    const { uploads, read } = await confirmed(1, withSchema)
    const value = { ...uploads[0]?.result, name: '../Norway.html', meta: { caption: 'Fjord' } }
    expect(await read(formOf(JSON.stringify(value)))).toMatchObject([
      {
        status: 'new',
        upload: {
          name: '0.png',
          meta: { index: 0 },
          edited: { name: 'Norway.png', meta: { index: 0, caption: 'Fjord' } },
        },
      },
    ])
  })
  test('an unchanged value has nothing edited', async () => {
    const { uploads, read } = await confirmed(1, withSchema)
    const [entry] = await read(formOf(JSON.stringify(uploads[0]?.result)))
    expect(entry?.status === 'new' && entry.upload).not.toHaveProperty('edited')
  })
  test.each([
    ['the schema refuses', { caption: 'Far too long' }, 'A caption has at most 9 characters.'],
    ['is nested', { caption: { html: 'x' } }, undefined],
    ['is too long', { index: 'x'.repeat(3000) }, undefined],
    ['is not an object', 'Fjord', undefined],
  ])('meta that %s is an error, and other uploads are read', async (_what, meta, text) => {
    const { uploads, read } = await confirmed(2, withSchema)
    const [first, second] = await read(
      formOf(JSON.stringify({ ...uploads[0]?.result, meta }), uploads[1]?.token ?? ''),
    )
    expect(first).toMatchObject({ status: 'error', error: { code: 'rejected', ...(text && { text }) } })
    expect(second).toMatchObject({ status: 'new' })
  })
})

test('form tokens are bound to the handler name, and every secret of a list verifies them', async () => {
  const names = ['', 'a', 'b']
  const storage = s3.storage()
  const routes = { photos: photos() }
  const handlers = names.map((name) =>
    createUploadHandler({ storage, secret, routes, ...(name && { name }) }),
  )
  const tokens = await Promise.all(
    handlers.map(async (handler) => {
      const call = async (body: object) => {
        const request = post(body, { 'x-user': 'anna' })
        // Loosely typed for tests: a missing field fails the test.
        return (await (await handler(request)).json()) as {
          tickets: { ticket: AnyTicket }[]
          results: { result: { token: string } }[]
        }
      }
      const file = { id: 'a', name: 'a.png', size: bytes.length, type: 'image/png' }
      const ticket = (await call({ type: 'presign', files: [file] })).tickets[0]?.ticket
      if (!ticket) return expect.unreachable()
      await send(ticket)
      const { results } = await call({ type: 'confirm', receipts: [{ id: 'a', token: ticket.token }] })
      return results[0]?.result.token ?? ''
    }),
  )
  const ownUploads = { route: 'photos', user: anna }
  const rotated = ['a secret that came later, and is long', secret]
  for (const [index, handler] of handlers.entries()) {
    const read = async (options: ReadUploadsOptions) =>
      codes(await Promise.all(tokens.map(async (token) => await readOne(token, options))))
    const only = names.map((_, at) => (at === index ? 'new' : 'forbidden'))
    const name = names[index] ?? ''
    expect(await read({ ...ownUploads, handler })).toEqual(only)
    for (const each of [secret, rotated])
      expect(await read({ ...ownUploads, secret: each, ...(name && { name }) })).toEqual(only)
    expect(await read({ ...ownUploads, secret: rotated[0] ?? '', ...(name && { name }) })).toEqual(
      names.map(() => 'forbidden'),
    )
  }
  const short = { ...ownUploads, secret: [secret, 'short'] }
  await expect(async () => readUploads(formOf(tokens[0] ?? ''), 'photos', short)).rejects.toThrow(
    /32 characters/,
  )
})

async function readOne(token: string, options: ReadUploadsOptions): Promise<FormUpload<unknown>> {
  const { handler, secret: ours } = options
  const form = formOf(token)
  const [only] = handler
    ? await readUploads(form, 'photos', { ...options, handler })
    : await readUploads(form, 'photos', { ...options, handler: undefined, secret: ours })
  return only ?? expect.unreachable('nothing was read')
}

test('new and stored images keep their order, and stored entries are unverified client input', async () => {
  const { uploads, read } = await confirmed(1)
  const value = JSON.stringify([{ id: 'old' }, { token: uploads[0]?.token }])
  expect(await read(formOf(value))).toMatchObject([
    { status: 'stored', value: { id: 'old' } },
    { status: 'new', upload: { name: '0.png' } },
  ])
})

test('a field of one image reads one entry or none, and rejects two', async () => {
  const { uploads, server } = await confirmed(2)
  const [one = '', two = ''] = uploads.map(({ token }) => token)
  const read = (...values: string[]) =>
    readUpload(formOf(...values), 'photos', { handler: server.handler, route: 'photos', user: anna })
  expect(await read(one)).toMatchObject({ status: 'new', upload: { name: '0.png' } })
  expect(await read(JSON.stringify({ id: 7 }))).toEqual({ status: 'stored', value: { id: 7 } })
  expect(await read()).toBeUndefined()
  expect(await read('')).toBeUndefined()
  expect(await read(one, two)).toMatchObject({ status: 'error', error: { code: 'too-many' } })
  expect(await read('a.b')).toMatchObject({ status: 'error', error: { code: 'forbidden' } })
})

describe('rejected form values', () => {
  test('a form rejects values that are forged, changed or copied from elsewhere', async () => {
    const { uploads, read, server } = await confirmed(1)
    const [{ token, ticket } = { token: '', ticket: undefined }] = uploads
    const [payload = '', signature = ''] = token.split('.')
    const claims = {
      ...JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))),
      key: 'secrets/x',
    }
    const forged = btoa(JSON.stringify(claims)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
    for (const value of [
      `${forged}.${signature}`,
      'a.b',
      JSON.stringify({ token: 7 }),
      JSON.stringify({ token: ticket?.token }), // valid for the upload endpoint only
      'https://evil.test/x.png',
      '{',
    ]) {
      expect(codes(await read(formOf(value)))).toEqual([expect.stringMatching(/forbidden|rejected/)])
    }
    // The reverse: a form token is invalid for the upload endpoint.
    expect(
      (await server.call({ type: 'confirm', receipts: [{ id: 'f1', token }] })).body.results,
    ).toMatchObject([{ error: { code: 'forbidden' } }])
    expect((await server.call({ type: 'discard', tokens: [token] })).status).toBe(403)
  })

  test('a form rejects an upload of another user and an upload of another route', async () => {
    const { uploads, read } = await confirmed(1)
    const form = formOf(uploads[0]?.token ?? '')
    expect(codes(await read(form, { user: { id: 'ben' } }))).toEqual(['forbidden'])
    expect(codes(await read(form, { route: 'avatar' }))).toEqual(['forbidden'])
    await expect(read(form, { route: 'none' })).rejects.toThrow(/no route "none"/)
  })

  test('a form rejects a duplicate upload and uploads over the limit of the route', async () => {
    const { uploads, read } = await confirmed(3)
    const [one = '', two = '', three = ''] = uploads.map(({ token }) => token)
    expect(codes(await read(formOf(one, one)))).toEqual(['new', 'rejected'])
    expect(codes(await read(formOf(one, two, three)))).toEqual(['new', 'new', 'too-many'])
    expect(codes(await read(formOf(one, two, three), { maxFiles: 3 }))).toEqual(['new', 'new', 'new'])
  })

  test('a form rejects a file sent with the form itself, and reads a missing file or value as empty', async () => {
    const { read } = await confirmed(0)
    expect(codes(await read(formOf(new File([bytes], 'a.png'))))).toEqual(['rejected'])
    expect(await read(formOf(new File([], ''), '', ' ', 'null', '[]'))).toEqual([])
    expect(await read(new FormData())).toEqual([])
  })
})

test('a form stays valid for a day, also when only the secret is configured', async () => {
  let now = Date.now()
  const { uploads } = await confirmed(1, { routes: { photos: photos() }, now: () => now })
  const form = formOf(uploads[0]?.token ?? '')
  const read = () => readUploads(form, 'photos', { secret, route: 'photos', user: anna, now: () => now })
  now += 23 * hour
  expect(codes(await read())).toEqual(['new'])
  now += 2 * hour
  expect(codes(await read())).toEqual(['expired'])
  await expect(
    readUploads(form, 'photos', { secret: undefined, route: 'photos', user: anna }),
  ).rejects.toThrow(/at least 32 characters/)
})

test('the result of the app keeps its shape, and a token property of the app is not changed', async () => {
  for (const [answer, expected] of [
    ['a text', 'a text'],
    [
      ['a', 'list'],
      ['a', 'list'],
    ],
    [undefined, null],
    [{ token: 'mine' }, { token: 'mine' }],
    [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z', token: expect.stringContaining('.') }],
  ] as const) {
    const server = backend(s3.storage(), { routes: { photos: photos({ onConfirm: () => answer }) } })
    const { ticket } = await server.presign({})
    await send(ticket)
    expect((await server.confirm(ticket)).result).toEqual(expected)
  }
})
