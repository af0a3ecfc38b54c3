import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UploadError, createUploadHandler, readUploads } from '../../src/server/index.ts'
import type { ConfirmedUpload, PendingCheck, Route, StoredUpload } from '../../src/server/index.ts'
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

/** The next answer of `verify`, and all arguments of the app's callbacks. */
function scanner() {
  const app = {
    answer: { pending: 5 } as Awaited<ReturnType<NonNullable<Route['verify']>>>,
    verified: [] as StoredUpload[],
    confirmed: [] as ConfirmedUpload[],
    users: [] as unknown[],
  }
  const rules: Partial<Route> = {
    verify: (object) => {
      app.verified.push(object)
      return app.answer
    },
    onConfirm: (upload, { user }) => {
      app.confirmed.push(upload)
      app.users.push(user)
      return { saved: upload.id }
    },
  }
  return { app, rules }
}

/** The answer about a receipt whose check is pending. */
async function confirmPending(
  server: Pick<ReturnType<typeof backend>, 'call'>,
  { token }: AnyTicket,
): Promise<{ id: string; pending?: { retryAfter: number; token: string }; error?: { code: string } }> {
  const { status, body } = await server.call({ type: 'confirm', receipts: [{ id: 'f1', token }] })
  const [answer] = body.results
  if (answer && !('error' in answer)) expect(status).toBe(200)
  return answer as never // `ConfirmResult` requires every field
}

async function uploadPending(changes: Partial<Route> = {}, options: Parameters<typeof backend>[1] = {}) {
  const { app, rules } = scanner()
  const server = backend(s3.storage(), { routes: { photos: photos({ ...rules, ...changes }) }, ...options })
  const { ticket } = await server.presign({ meta: { album: 7 } })
  await send(ticket)
  const answer = await confirmPending(server, ticket)
  return { app, server, ticket, answer, token: answer.pending?.token ?? '', rules }
}

test('while verify answers pending, confirm says when to ask again and the object stays private', async () => {
  const { app, server, ticket, answer } = await uploadPending()
  expect(answer).toEqual({ id: 'f1', pending: { retryAfter: 5, token: expect.any(String) } })
  expect(await s3.keys()).toEqual([ticket.key])
  expect(app.verified[0]).toMatchObject({ key: ticket.key, etag: expect.any(String) })
  await confirmPending(server, ticket)
  expect([app.verified.length, app.confirmed.length]).toEqual([2, 0])

  app.answer = true
  expect((await server.confirm(ticket)).result).toMatchObject({ saved: app.verified[0]?.id })
  expect(app.confirmed).toHaveLength(1)
  expect(await s3.keys()).toEqual([app.confirmed[0]?.key])
})

test('another process with the same secret goes on, and a refusal is final and deletes', async () => {
  const { app, ticket, rules } = await uploadPending()
  const restarted = backend(s3.storage(), { routes: { photos: photos(rules) } })
  expect((await confirmPending(restarted, ticket)).pending?.retryAfter).toBe(5)
  app.answer = new UploadError('rejected', { phase: 'finishing', text: 'A virus!' })
  expect((await restarted.confirm(ticket)).error).toMatchObject({ code: 'rejected', text: 'A virus!' })
  expect(await s3.keys()).toEqual([])
  app.answer = true
  expect((await restarted.confirm(ticket)).error.code).toBe('not-stored')
  expect(app.confirmed).toEqual([])
})

test.each([
  ['NaN', Number.NaN, /pending: NaN/],
  ['a year', 31_536_000, /up to 3600/],
  ['zero', 0, /Answer a number of seconds/],
  ['less than zero', -1, /Answer a number/],
  ['a text', '5', /Answer a number/],
  ['nothing', undefined, /pending: undefined/],
])('a pending of %s is reported as a TypeError and loses nothing', async (_, pending, message) => {
  const { app, server, ticket } = await uploadPending()
  app.answer = { pending } as PendingCheck // JavaScript and environment variables have no types
  expect((await server.confirm(ticket)).error.code).toBe('unavailable')
  expect(server.errors).toEqual([expect.any(TypeError)])
  expect(String(server.errors[0])).toMatch(message)
  expect(String(server.errors[0])).toContain('route "photos"')
  app.answer = undefined
  expect((await server.confirm(ticket)).result).toMatchObject({ saved: expect.any(String) })
})

test('pending with promote: false is a TypeError, because the object is at its final key', async () => {
  const { server, answer } = await uploadPending({ promote: false, strategy: 'put' })
  expect(answer.error?.code).toBe('unavailable')
  expect(String(server.errors[0])).toContain('Remove promote: false')
})

test('an object that is replaced while it is checked is never stored in place of the checked one', async () => {
  const outcomes = new Map<string, boolean>()
  const { app, server, ticket } = await uploadPending({
    verify: ({ key, etag }) => outcomes.get(`${key} ${etag}`) ?? { pending: 1 },
    strategy: 'put',
  })
  const { ETag } = await s3.put(ticket.key, bytes, 'image/png')
  outcomes.set(`${ticket.key} ${ETag?.replaceAll('"', '')}`, true)
  const other = Uint8Array.from(bytes)
  other[60] = 1
  await s3.put(ticket.key, other, 'image/png')
  expect((await confirmPending(server, ticket)).pending?.retryAfter).toBe(1)
  expect(app.confirmed).toEqual([])
})

describe('resolveUpload', () => {
  test('ends an upload without a browser, and the browser that asks later gets the same result', async () => {
    const { app, server, ticket, token } = await uploadPending()
    const { handler } = server
    expect(app.verified[0]?.token).toBe(token)
    const id = app.verified[0]?.id
    expect(await handler.resolveUpload(token)).toEqual({
      status: 'pending',
      id,
      route: 'photos',
      retryAfter: 5,
    })
    app.answer = true
    const resolved = await handler.resolveUpload(token, { user: { ...anna, name: 'Anna' } as typeof anna })
    expect(resolved).toMatchObject({ status: 'done', id, route: 'photos', result: { saved: id } })
    expect(app.users).toEqual([{ id: 'anna', name: 'Anna' }])
    expect(app.confirmed[0]).toMatchObject({ meta: { album: 7 }, key: `files/${id}/cat.png` })
    // The upload is removed after the answer.
    await expect.poll(() => s3.keys()).toEqual([`files/${id}/cat.png`])

    // The browser and a second job ask too. Both get the upload with the same id, and nothing is copied again.
    const [again, { result }] = [await handler.resolveUpload(token), await server.confirm(ticket)]
    expect([again, result]).toMatchObject([{ result: { saved: id } }, { saved: id }])
    expect(app.verified).toHaveLength(3)
    expect(await s3.keys()).toHaveLength(1)
  })

  test('a refusal deletes, and later calls find nothing', async () => {
    const { app, server, token } = await uploadPending()
    app.answer = false
    expect(await server.handler.resolveUpload(token)).toMatchObject({
      status: 'error',
      id: app.verified[0]?.id,
      error: { code: 'rejected' },
    })
    expect(await s3.keys()).toEqual([])
    app.answer = true
    expect(await server.handler.resolveUpload(token)).toMatchObject({ error: { code: 'not-stored' } })
    expect(app.confirmed).toEqual([])
  })

  test('works after the token of the form has expired, in another process', async () => {
    let now = Date.now()
    const { app, token, rules } = await uploadPending({}, { now: () => now })
    now += 25 * hour
    const later = backend(s3.storage(), { routes: { photos: photos(rules) }, now: () => now })
    app.answer = true
    expect(await later.handler.resolveUpload(token)).toMatchObject({ status: 'done' })
  })

  test('rejects with the error of a check that failed, and keeps the object', async () => {
    let isDown = false
    const { server, token } = await uploadPending({
      verify: () => {
        if (isDown) throw new Error('scanner is down')
        return { pending: 1 }
      },
    })
    isDown = true
    await expect(server.handler.resolveUpload(token)).rejects.toThrow('scanner is down')
    expect(await s3.keys()).toHaveLength(1)
  })

  test('an upload that its route no longer accepts is refused and deleted', async () => {
    const { rules, token } = await uploadPending()
    const stricter = backend(s3.storage(), { routes: { photos: photos({ ...rules, maxSize: 1 }) } })
    expect(await stricter.handler.resolveUpload(token)).toMatchObject({ error: { code: 'too-large' } })
    expect(await s3.keys()).toEqual([])
  })

  test('rejects any other token, another bucket and another user', async () => {
    const { app, server, ticket, token, rules } = await uploadPending()
    app.answer = true
    const routes = { photos: photos(rules) }
    const otherPrefix = backend(s3.storage({ prefix: 'other/' }), { routes })
    for (const [handler, wrongToken] of [
      [server.handler, ticket.token],
      [server.handler, `${token}x`],
      [server.handler, ''],
      [otherPrefix.handler, token],
    ] as const)
      expect(await handler.resolveUpload(wrongToken)).toMatchObject({ error: { code: 'forbidden' } })
    await expect(server.handler.resolveUpload(token, { user: { id: 'bert' } })).rejects.toThrow(TypeError)
    const perRequest = createUploadHandler({ storage: () => s3.storage(), secret, routes })
    await expect(perRequest.resolveUpload(token)).rejects.toThrow(/Pass `request`/)
    expect(app.confirmed).toEqual([])
    // The upload endpoint accepts no such token.
    const { results } = (await (
      await server.handler(post({ type: 'confirm', receipts: [{ id: 'f1', token }] }, { 'x-user': anna.id }))
    ).json()) as { results: { error: { code: string } }[] }
    expect(results[0]?.error.code).toBe('forbidden')
  })
})

describe('a form with uploads that are still checked', () => {
  const read = (handler: ReturnType<typeof backend>['handler'], token: string, allowPending?: boolean) =>
    readUploads([{ token, meta: { caption: 'Sea' } }], {
      handler,
      route: 'photos',
      user: anna,
      ...(allowPending !== undefined && { allowPending }),
    })

  test('is refused, unless the server allows it', async () => {
    const { app, server, ticket, token } = await uploadPending()
    expect(await read(server.handler, token)).toMatchObject([
      { status: 'error', error: { code: 'rejected', message: expect.stringContaining('allowPending') } },
    ])
    expect(await read(server.handler, token, true)).toEqual([
      {
        status: 'pending',
        token,
        upload: {
          id: app.verified[0]?.id,
          key: ticket.key,
          name: 'cat.png',
          size: bytes.length,
          type: 'image/png',
          meta: { album: 7 },
          edited: { meta: { album: 7, caption: 'Sea' } },
        },
      },
    ])
    const bySecret = { secret, route: 'photos', user: anna, allowPending: true }
    expect(await readUploads([token, token], bySecret)).toMatchObject([
      { status: 'pending' },
      { status: 'error', error: { code: 'rejected' } },
    ])
  })

  test('rejects tokens of another user, another route, and after a day', async () => {
    let now = Date.now()
    const { server, token } = await uploadPending({}, { now: () => now })
    const { handler } = server
    const code = async (route: 'photos', user: string) => {
      const [entry] = await readUploads([token], { handler, route, user: { id: user }, allowPending: true })
      return entry?.status === 'error' ? entry.error.code : entry?.status
    }
    expect(await code('photos', 'bert')).toBe('forbidden')
    now += 25 * hour
    expect(await code('photos', 'anna')).toBe('expired')
  })
})
