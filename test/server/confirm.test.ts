import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { UploadError } from '../../src/server/index.ts'
import type { ConfirmedUpload, UploadStorage } from '../../src/server/index.ts'
import { backend, bytes, openBed, photos, randomBytes, randomImage, send } from './bed.ts'
import type { Bed } from './bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await openBed()
})
afterEach(() => bed.empty())
afterAll(() => bed.close())

const hour = 3_600_000
const changed = randomImage(bytes.length)

/** A server that remembers what was confirmed, as an app with a table would. */
function remembering(storage: UploadStorage = bed.storage(), rules: Parameters<typeof photos>[0] = {}) {
  const confirmed: ConfirmedUpload[] = []
  const onConfirm = (upload: ConfirmedUpload) => {
    confirmed.push(upload)
    return { saved: upload.id }
  }
  return { confirmed, ...backend(storage, { routes: { photos: photos({ onConfirm, ...rules }) } }) }
}

test('the app gets the upload and its user, and its answer is the result', async () => {
  const server = remembering()
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

test('when the app fails after the copy, a second confirm succeeds with the same upload', async () => {
  const seen: string[] = []
  const server = remembering(bed.storage(), {
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
  expect(await bed.keys()).toHaveLength(1)
})

test("an app's own refusal reaches the browser with its code and its words", async () => {
  const server = remembering(bed.storage(), {
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

test('a result that JSON cannot carry fails alone and is reported; nothing is null', async () => {
  const big = remembering(bed.storage(), { onConfirm: () => ({ id: 1n }) })
  const { ticket } = await big.presign({})
  await send(ticket)
  expect((await big.confirm(ticket)).error.code).toBe('unavailable')
  expect(big.errors).toMatchObject([{ message: expect.stringContaining('cannot be serialized as JSON') }])

  const none = remembering(bed.storage(), { onConfirm: () => undefined })
  expect(await none.confirm(ticket)).toEqual({ id: 'f1', result: null })
})

test('an object of another size or type than announced is deleted and refused', async () => {
  const server = remembering()
  for (const [body, type] of [
    [randomBytes(bytes.length + 1), 'image/png'],
    [bytes, 'text/html'],
  ] as const) {
    const { ticket } = await server.presign({})
    // By somebody whom no signature held back.
    await bed.put(ticket.key, body, type)
    expect((await server.confirm(ticket)).error.code).toBe('mismatch')
    expect(await bed.keys()).toEqual([])
  }
  expect(server.confirmed).toEqual([])
})

test('a key that the app uses again is replaced, and the older upload is not taken for the newer', async () => {
  const server = remembering(bed.storage(), { key: (_, { user }) => `avatars/${user.id}` })
  const first = (await server.presign({})).ticket
  await send(first)
  await server.confirm(first)
  const second = (await server.presign({})).ticket
  await send(second, changed)
  expect((await server.confirm(second)).error).toBeUndefined()
  expect((await bed.read('avatars/anna')).bytes).toEqual(changed)
  expect((await server.confirm(first)).error.code).toBe('not-stored')
})

test('discard deletes the bytes, tells the app once, and then there is nothing to confirm', async () => {
  const discarded: string[] = []
  const server = remembering(bed.storage(), { onDiscard: ({ key }) => void discarded.push(key) })
  const { ticket } = await server.presign({})
  await send(ticket)
  expect(await server.discard(ticket)).toEqual({ status: 200, body: {} })
  expect(await bed.keys()).toEqual([])
  expect(discarded).toEqual([ticket.key])
  expect((await server.confirm(ticket)).error.code).toBe('not-stored')
})

test('an app may keep the bytes of a discard', async () => {
  const server = remembering(bed.storage(), { promote: false, onDiscard: () => false })
  const { ticket } = await server.presign({})
  await send(ticket)
  await server.discard(ticket)
  expect(await bed.keys()).toEqual([ticket.key])
})

test('with promote: false the object stays, and a wrong one is deleted and refused', async () => {
  const server = remembering(bed.storage(), { promote: false })
  const { ticket } = await server.presign({})
  await bed.put(ticket.key, randomBytes(3), 'image/png')
  expect((await server.confirm(ticket)).error.code).toBe('mismatch')
  expect(await bed.keys()).toEqual([])

  await send(ticket)
  await server.confirm(ticket)
  await server.confirm(ticket)
  expect(server.confirmed.map(({ key }) => key)).toEqual([ticket.key, ticket.key])
})

test('a confirm may come hours later, but not after the end that presign set, which renew does not move', async () => {
  let now = Date.now()
  const server = backend(bed.storage(), { now: () => now })
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

test('storage that fails is a failure to try again, and the other files go on', async () => {
  const storage = bed.storage()
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

test('a confirm asks storage five times for each file, and three times when it comes again', async () => {
  const client = bed.newClient()
  const sent: string[] = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        sent.push(String(commandName).replace('ObjectCommand', ''))
        return next(args)
      },
    { step: 'deserialize' },
  )
  const routes = { photos: photos({ image: { maxPixels: 1e6 } }) }
  const server = backend(bed.storage({ client }), { routes })
  const presigned = await Promise.all(Array.from({ length: 3 }, () => server.presign({})))
  const receipts = await Promise.all(
    presigned.map(async ({ ticket }, index) => {
      await send(ticket)
      return { id: `f${index}`, token: ticket.token }
    }),
  )
  const confirm = async () => {
    sent.length = 0
    const { body } = await server.call({ type: 'confirm', receipts })
    expect(body.results.filter(({ error }) => error)).toEqual([])
    return sent.toSorted().join(' ')
  }
  expect(await confirm()).toBe(
    'Copy Copy Copy Delete Delete Delete Get Get Get Head Head Head Head Head Head',
  )
  expect(await confirm()).toBe('Delete Delete Delete Head Head Head Head Head Head')
  client.destroy()
})
