import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPolicyCache } from '../../src/transport/http/policy-cache.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import { MiB, backend, checksumsOf, openS3Fixture, photos, randomBytes, send } from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'
import { heads } from './heads.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

type Rules = Parameters<typeof photos>[0]
const newBackend = (rules: Rules) => backend(s3.storage(), { routes: { files: photos(rules) } })

/** Presigns, sends and confirms, then reads the stored object. */
async function store(rules: Rules, file: { name: string; type: string }, body: Uint8Array<ArrayBuffer>) {
  const server = newBackend(rules)
  const { ticket, error } = await server.presign({ size: body.length, ...file })
  if (error) return { error }
  expect((await send(ticket, body)).ok).toBe(true)
  const confirmed = await server.confirm(ticket)
  if (confirmed.error) return { error: confirmed.error }
  return { result: confirmed.result, stored: await s3.read(confirmed.result.key), ticket }
}

const listed = [
  'text/plain;x,text/html',
  'text/plain;charset=utf-7;a="b,text/html',
  'text/plain;a="\\",text/html',
  'text/plain;charset="utf-8,text/html"',
]
const ways: [string, Rules][] = [
  ['a PUT', { strategy: 'put' }],
  ['a POST', { strategy: 'post' }],
  ['without promotion', { promote: false }],
  ['without type detection', { detectType: false }],
  ['without promotion and type detection', { promote: false, detectType: false }],
]

describe.each(ways)('the stored type: %s', (_, rules) => {
  test.each(listed)('%s is stored as text/plain', async (type) => {
    for (const accept of ['text/plain', '*']) {
      const { result, stored } = await store({ ...rules, accept }, { name: 'a.txt', type }, heads.plain)
      expect(result?.type).toBe('text/plain')
      expect(stored?.type).toBe('text/plain')
    }
  })

  test('the stored type is canonical, and the request sends the signed type', async () => {
    const file = { name: 'photo.jpeg', type: 'image/JPG; q=1' }
    const { result, stored } = await store({ ...rules, accept: '.jpg' }, file, heads.jpeg)
    expect([result?.type, stored?.type]).toEqual(['image/jpeg', 'image/jpeg'])
  })

  test('the type of an iPhone photo is guessed when it is missing, and no type that runs as a page is kept', async () => {
    const photo = { name: 'IMG_1234.HEIC', type: '' }
    expect((await store({ ...rules, accept: 'image/*' }, photo, heads.heic)).result?.type).toBe('image/heic')
    for (const type of [
      'text/x-javascript',
      'text/x-ecmascript',
      'text/html',
      'image/svg+xml',
      'text/plain',
      '',
    ]) {
      const { error } = await store({ ...rules, accept: '*' }, { name: 'a.js', type }, heads.script)
      expect(error?.code).toBe('wrong-type')
    }
    expect(await s3.keys()).toHaveLength(1)
  })

  test('the stored type determines the file name', async () => {
    const file = { name: 'evil.html', type: 'text/plain' }
    const { result } = await store({ ...rules, accept: 'text/plain' }, file, heads.plain)
    expect(result?.name).toBe('evil.txt')
    expect(result?.key).toMatch(/evil\.txt$/)
  })
})

test('a type that is a list is reduced to one type in a multipart upload', async () => {
  const server = newBackend({ accept: 'text/plain', strategy: 'multipart' })
  const body = new Uint8Array(5 * MiB + 10).fill(0x61)
  const { ticket } = await server.presign({ name: 'a.html', type: listed[0] ?? '', size: body.length })
  const { body: signed } = await server.call({
    type: 'sign-parts',
    token: ticket.token,
    partNumbers: [1, 2],
    checksums: checksumsOf(body),
  })
  for (const { partNumber, url, headers } of signed.parts) {
    const part = body.subarray((partNumber - 1) * 5 * MiB, partNumber * 5 * MiB)
    expect((await fetch(url, { method: 'PUT', body: part, ...(headers && { headers }) })).ok).toBe(true)
  }
  await server.call({ type: 'complete', token: ticket.token })
  const { result } = await server.confirm(ticket)
  expect(result).toMatchObject({ type: 'text/plain', name: 'a.txt' })
  const { type, disposition } = await s3.read(result.key)
  expect(type).toBe('text/plain')
  expect(disposition).toMatch(/filename="a.txt"/)
})

test('a policy has a canonical type, and names a file by it', async () => {
  const server = newBackend({ accept: 'text/plain' })
  const info: FileInfo = {
    id: crypto.randomUUID(),
    name: 'b.html',
    size: heads.plain.length,
    type: 'text/plain',
  }
  const { body } = await server.call({ type: 'presign', files: [{ ...info, type: listed[0] }] })
  expect(body.policies?.map(({ type }) => type)).toEqual(['text/plain'])
  const policies = createPolicyCache()
  policies.add(body.policies, { source: 'The answer', uploadPhase: 'starting', code: 'invalid-answer' })
  const ticket = policies.ticketFor(info) as (AnyTicket & Ticket) | undefined // same value, looser type
  if (!ticket) return expect.unreachable('no ticket')
  expect((await send(ticket, heads.plain)).status).toBe(201)
  expect((await server.confirm(ticket)).result).toMatchObject({ type: 'text/plain', name: 'b.txt' })
})

test('an image whose name has another type is stored as its detected type, also on a repeated confirm', async () => {
  const server = newBackend({ accept: 'image/*' })
  const { ticket } = await server.presign({ name: 'photo.jpg', type: 'image/jpeg', size: heads.webp.length })
  await send(ticket, heads.webp)
  for (const { result } of [await server.confirm(ticket), await server.confirm(ticket)]) {
    expect(result).toMatchObject({ type: 'image/webp', name: 'photo.webp' })
    // The key was signed before the bytes were known. One made from the bytes would give one upload two objects.
    expect(result.key).toMatch(/^files\/[\w-]+\/photo\.jpg$/)
    const { type, disposition } = await s3.read(result.key)
    expect(type).toBe('image/webp')
    expect(disposition).toMatch(/^inline; filename="photo.webp"/)
  }
  expect(await s3.keys()).toHaveLength(1)
})

test('a file rejected for its bytes is named by its detected type, beside the accepted types', async () => {
  const { error } = await store({ accept: '.jpg,.png' }, { name: 'a.jpg', type: 'image/jpeg' }, heads.webp)
  expect(error).toMatchObject({
    code: 'wrong-type',
    details: { accept: '.jpg,.png', foundType: 'image/webp' },
  })
  expect(error).not.toHaveProperty('text')
  expect(await s3.keys()).toEqual([])
})

test('image limits cannot be bypassed by a name or a type', async () => {
  const rules = { image: { maxPixels: 0 } }
  for (const [accept, name, type] of [
    ['.jpg,.png', 'a.jpg', 'application/x-foo'],
    ['.foo', 'a.foo', 'application/x-foo'],
    ['*', 'a.bin', ''],
    ['*', 'a.txt', 'text/plain'],
  ] as const) {
    for (const promote of [true, false]) {
      const { error } = await store({ ...rules, accept, promote }, { name, type }, heads.png)
      expect(error?.code, `${accept} ${name} ${promote}`).toBe('wrong-dimensions')
    }
  }
})

test('XML that a route names is stored as a download', async () => {
  const { result, stored } = await store({ accept: '.gpx' }, { name: 'a.gpx', type: '' }, heads.gpx)
  expect(result?.type).toBe('application/gpx+xml')
  expect(stored?.disposition).toMatch(/^attachment/)
  expect(() => newBackend({ accept: '.gpx', promote: false })).toThrow(/accepts active content/)
})

test.each(['jpg,png', 'image', '*.png', 'images/*', ['image/png', 'pdf'], 'image/png;q=1'])(
  'an accept that matches no file throws when the handler is created: %j',
  (accept) => {
    expect(() => newBackend({ accept })).toThrow(
      /Route "files": accept has .* Write an extension with its dot/,
    )
  },
)

test('noise of any type is not stored as an image under an accepted name', async () => {
  const { error } = await store({ accept: '.jpg' }, { name: 'a.jpg', type: '' }, randomBytes(300))
  expect(error?.code).toBe('wrong-type')
})

test.each([
  [{ maxSize: '5 megabytes' }, /maxSize is wrong. "5 megabytes" is not a size/],
  [{ minSize: -5 }, /minSize is wrong. "-5" is not a size/],
  [{ minSize: '2MB', maxSize: '1MB' }, /minSize \(2MB\) is larger than maxSize \(1MB\)/],
  [{ maxFiles: 0 }, /maxFiles is 0. Pass a number from 1/],
  [{ strategy: 'form' }, /strategy is "form". Pass one of auto, put, post, multipart/],
  [{ authorize: undefined }, /authorize is undefined. Pass a function/],
  [{ onConfirm: 'save' }, /onConfirm is save. Pass a function/],
])('wrong options of a route name the route when the handler is created: %j', (options, sentence) => {
  const create = () => newBackend(options as object) // as JavaScript allows
  expect(create).toThrow(sentence)
  expect(create).toThrow(/^Route "files": /)
})
