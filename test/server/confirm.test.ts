import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { UploadError } from '../../src/server/index.ts'
import type { ConfirmedUpload, UploadStorage } from '../../src/server/index.ts'
import {
  backend,
  bytes,
  openS3Fixture,
  photos,
  randomBytes,
  randomImage,
  send,
} from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const hour = 3_600_000
const changed = randomImage(bytes.length)

/** A server that records confirmed uploads, like an app with a table. */
function createAppWithTable(storage: UploadStorage = s3.storage(), rules: Parameters<typeof photos>[0] = {}) {
  const confirmed: ConfirmedUpload[] = []
  const onConfirm = (upload: ConfirmedUpload) => {
    confirmed.push(upload)
    return { saved: upload.id }
  }
  return { confirmed, ...backend(storage, { routes: { photos: photos({ onConfirm, ...rules }) } }) }
}

test('onConfirm gets the upload and its user, and its return value is the result', async () => {
  const server = createAppWithTable()
  const { ticket } = await server.presign({ name: 'a/b/cat.png', meta: { album: 7 } })
  await send(ticket)
  const { id, result } = await server.confirm(ticket)

  const [upload] = server.confirmed
  expect(id).toBe('f1')
  expect(result).toEqual({ saved: upload?.id, token: expect.any(String) })
  expect(upload).toMatchObject({ name: 'cat.png', size: bytes.length, type: 'image/png', meta: { album: 7 } })
  expect(upload?.key).toBe(`files/${upload?.id}/cat.png`)
  expect((await fetch(upload?.url ?? '')).status).toBe(200)
})

test('when onConfirm fails after the copy, a second confirm succeeds with the same upload', async () => {
  const seen: string[] = []
  const server = createAppWithTable(s3.storage(), {
    onConfirm({ id }) {
      seen.push(id)
      if (seen.length === 1) throw new Error('deadlock detected at db-3.internal, password hunter2')
      return { saved: id }
    },
  })
  const { ticket } = await server.presign({})
  await send(ticket)

  const { error } = await server.confirm(ticket)
  expect(error.code).toBe('unavailable')
  expect(JSON.stringify(error)).not.toMatch(/deadlock|hunter2|db-3/)
  expect(server.errors).toMatchObject([{ message: expect.stringContaining('deadlock') }])

  expect((await server.confirm(ticket)).result).toMatchObject({ saved: seen[0] })
  expect(new Set(seen).size).toBe(1)
  expect(await s3.keys()).toHaveLength(1)
})

test('an UploadError thrown by the app reaches the browser with its code and text', async () => {
  const server = createAppWithTable(s3.storage(), {
    onConfirm() {
      throw new UploadError('rejected', { phase: 'finishing', text: 'Your quota is used up' })
    },
  })
  const { ticket } = await server.presign({})
  await send(ticket)
  expect((await server.confirm(ticket)).error).toMatchObject({
    code: 'rejected',
    text: 'Your quota is used up',
  })
  expect(server.errors).toEqual([])
})

test('a result that JSON cannot represent fails alone and is reported, and no value becomes null', async () => {
  const big = createAppWithTable(s3.storage(), { onConfirm: () => ({ id: 1n }) })
  const { ticket } = await big.presign({})
  await send(ticket)
  expect((await big.confirm(ticket)).error.code).toBe('unavailable')
  expect(big.errors).toMatchObject([{ message: expect.stringContaining('cannot be serialized as JSON') }])

  const none = createAppWithTable(s3.storage(), { onConfirm: () => undefined })
  expect(await none.confirm(ticket)).toEqual({ id: 'f1', result: null })
})

test('deletes and rejects an object whose size or type differs from the presigned one', async () => {
  const server = createAppWithTable()
  for (const [body, type] of [
    [randomBytes(bytes.length + 1), 'image/png'],
    [bytes, 'text/html'],
  ] as const) {
    const { ticket } = await server.presign({})
    // Simulates a writer that needs no signature.
    await s3.put(ticket.key, body, type)
    expect((await server.confirm(ticket)).error.code).toBe('mismatch')
    expect(await s3.keys()).toEqual([])
  }
  expect(server.confirmed).toEqual([])
})

test('a final key used twice is overwritten, and the older upload is not mistaken for the newer one', async () => {
  const server = createAppWithTable(s3.storage(), { key: (_, { user }) => `avatars/${user.id}` })
  const first = (await server.presign({})).ticket
  await send(first)
  await server.confirm(first)
  const second = (await server.presign({})).ticket
  await send(second, changed)
  expect((await server.confirm(second)).error).toBeUndefined()
  expect((await s3.read('avatars/anna')).bytes).toEqual(changed)
  expect((await server.confirm(first)).error.code).toBe('not-stored')
})

test('discard deletes the bytes and calls onDiscard once, and a later confirm fails', async () => {
  const discarded: string[] = []
  const server = createAppWithTable(s3.storage(), { onDiscard: ({ key }) => void discarded.push(key) })
  const { ticket } = await server.presign({})
  await send(ticket)
  expect(await server.discard(ticket)).toEqual({ status: 200, body: {} })
  expect(await s3.keys()).toEqual([])
  expect(discarded).toEqual([ticket.key])
  expect((await server.confirm(ticket)).error.code).toBe('not-stored')
})

test('a token that is not valid does not protect the others of a discard from deletion', async () => {
  const discarded: string[] = []
  const server = createAppWithTable(s3.storage(), { onDiscard: ({ key }) => void discarded.push(key) })
  const [first, kept, last] = await Promise.all(
    ['f1', 'f2', 'f3'].map(async (id) => {
      const { ticket } = await server.presign({ id })
      await send(ticket)
      return ticket
    }),
  )
  const tampered = kept?.token.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))
  expect(await s3.keys()).toHaveLength(3)
  expect(await server.call({ type: 'discard', tokens: [first?.token, tampered, last?.token] })).toMatchObject(
    { status: 403, body: { error: { code: 'forbidden' } } },
  )
  expect(await s3.keys()).toEqual([kept?.key])
  expect(discarded.toSorted()).toEqual([first?.key, last?.key].toSorted())
})

test('two discards at the same time call onDiscard once', async () => {
  const discarded: string[] = []
  const server = createAppWithTable(s3.storage(), { onDiscard: ({ key }) => void discarded.push(key) })
  const { ticket } = await server.presign({})
  await send(ticket)
  const ok = { status: 200, body: {} }
  expect(await Promise.all([server.discard(ticket), server.discard(ticket)])).toEqual([ok, ok])
  expect(discarded).toEqual([ticket.key])
})

test('a token in several spellings is discarded once', async () => {
  const discarded: string[] = []
  const server = createAppWithTable(s3.storage(), { onDiscard: ({ key }) => void discarded.push(key) })
  const { ticket } = await server.presign({})
  // The last character of 32 bytes in base64url has two bits that do not count.
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = digits.indexOf(ticket.token.at(-1) ?? '')
  const tokens = [0, 1, 2, 3].map((bits) => ticket.token.slice(0, -1) + digits.charAt((last & ~3) + bits))
  expect(await server.call({ type: 'discard', tokens })).toEqual({ status: 200, body: {} })
  expect(discarded).toEqual([ticket.key])
})

test('onDiscard may keep the bytes', async () => {
  const server = createAppWithTable(s3.storage(), { promote: false, onDiscard: () => false })
  const { ticket } = await server.presign({})
  await send(ticket)
  await server.discard(ticket)
  expect(await s3.keys()).toEqual([ticket.key])
})

test('with promote: false the object keeps its key, and an invalid object is deleted and rejected', async () => {
  const server = createAppWithTable(s3.storage(), { promote: false })
  const { ticket } = await server.presign({})
  await s3.put(ticket.key, randomBytes(3), 'image/png')
  expect((await server.confirm(ticket)).error.code).toBe('mismatch')
  expect(await s3.keys()).toEqual([])

  await send(ticket)
  await server.confirm(ticket)
  await server.confirm(ticket)
  expect(server.confirmed.map(({ key }) => key)).toEqual([ticket.key, ticket.key])
})

test('a confirm succeeds hours later, until the end that presign set; renew does not extend it', async () => {
  let now = Date.now()
  const server = backend(s3.storage(), { now: () => now })
  const { ticket } = await server.presign({})
  await send(ticket)

  now += 23 * hour
  const { ticket: renewed } = (await server.call({ type: 'renew', token: ticket.token })).body
  expect((await server.confirm(renewed)).result.size).toBe(bytes.length)
  now += 2 * hour
  for (const { token } of [ticket, renewed]) {
    expect((await server.confirm({ ...ticket, token })).error.code).toBe('expired')
    expect((await server.call({ type: 'renew', token })).status).toBe(410)
  }
})

test('a storage failure is retryable and does not affect the other files', async () => {
  const storage = s3.storage()
  const server = backend({
    ...storage,
    async find(key) {
      if (key.includes('bad'))
        throw Object.assign(new Error('AccessDenied at https://s3/x?X-Amz-Signature=1'), {})
      return storage.find(key)
    },
  })
  const good = (await server.presign({ id: 'good' })).ticket
  const bad = (await server.presign({ id: 'bad', name: 'bad.png' })).ticket
  await Promise.all([send(good), send(bad)])
  const receipts = [
    { id: 'bad', token: bad.token },
    { id: 'good', token: good.token },
  ]
  const { status, body } = await server.call({ type: 'confirm', receipts })
  expect(status).toBe(200)
  expect(body.results).toMatchObject([
    { id: 'bad', error: { code: 'unavailable' } },
    { id: 'good', result: { size: bytes.length } },
  ])
  expect(JSON.stringify(body.results[0])).not.toMatch(/AccessDenied|Signature/)
  expect(server.errors).toHaveLength(1)
})
