import { GetObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { UploadError, createUploadHandler } from '../../src/server/index.ts'
import type { AuthorizeContext, UploadHandlerOptions, UploadStorage } from '../../src/server/index.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import { createPolicies } from '../../src/transport/policies.ts'
import { MiB, backend, bytes, openBed, photos, post, randomImage, secret, send, userOf } from './bed.ts'
import type { AnyTicket, BackendOptions, Bed } from './bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await openBed()
})
afterEach(() => bed.empty())
afterAll(() => bed.close())

const reader = { source: 'The answer', phase: 'starting', code: 'invalid-answer' } as const
type Server = ReturnType<typeof backend>

/** The ticket that our browser code makes of a policy. */
async function policyTicket(server: Server, file: Partial<FileInfo> = {}, route?: string) {
  const { policies = [] } = (await server.call({ type: 'policies', route })).body
  const kept = createPolicies()
  kept.keep(policies, reader)
  const whole = { id: crypto.randomUUID(), name: 'cat.png', size: bytes.length, type: 'image/png', ...file }
  const ticket = kept.ticketFor(route === undefined ? whole : { ...whole, route })
  return (ticket as (AnyTicket & Ticket) | undefined) ?? expect.unreachable('no ticket') // the same, read more freely
}

/** The same policy and the same object, with something else said of the file. */
function restated(ticket: AnyTicket, changes: object): AnyTicket {
  const [payload, signature, file = ''] = ticket.token.split('.')
  const said: unknown = JSON.parse(Buffer.from(file, 'base64url').toString())
  const text = Buffer.from(JSON.stringify({ ...Object(said), ...changes })).toString('base64url')
  return { ...ticket, token: `${payload}.${signature}.${text}` }
}

const confirmAll = async (server: Server, tickets: readonly AnyTicket[]) => {
  const receipts = tickets.map(({ token }, index) => ({ id: `f${index}`, token }))
  return (await server.call({ type: 'confirm', receipts })).body.results ?? []
}

/** Remembers what `authorize` is asked, and refuses what `refuse` names. */
function gate(refuse: (context: AuthorizeContext<unknown>) => boolean = () => false) {
  const asked: AuthorizeContext<unknown>[] = []
  const authorize = (request: Request, context: AuthorizeContext<unknown>) => {
    asked.push(context)
    return refuse(context) ? new UploadError('throttled', { phase: 'starting' }) : userOf(request)
  }
  return { asked, authorize }
}

async function sendParts(server: Server, ticket: AnyTicket, body: Uint8Array<ArrayBuffer>) {
  const partNumbers = Array.from(
    { length: Math.ceil(body.length / ticket.partSize) },
    (_, index) => index + 1,
  )
  const { parts } = (await server.call({ type: 'sign-parts', token: ticket.token, partNumbers })).body
  for (const { partNumber, url } of parts) {
    const from = (partNumber - 1) * ticket.partSize
    await fetch(url, { method: 'PUT', body: body.slice(from, from + ticket.partSize) })
  }
}

describe('authorize', () => {
  test('hears every step with its files, once for each request', async () => {
    const { asked, authorize } = gate()
    const storage = bed.storage({ checksums: false })
    const server = backend(storage, { routes: { photos: photos({ strategy: 'multipart', authorize }) } })
    const body = randomImage(5 * MiB + 1)
    const { ticket } = await server.presign({ size: body.length, meta: { album: 7 } })
    await sendParts(server, ticket, body)
    const { token } = ticket
    for (const type of ['renew', 'list-parts', 'complete']) await server.call({ type, token })
    const { result } = await server.confirm(ticket)
    await server.discard(ticket)

    const steps = ['presign', 'sign-parts', 'renew', 'list-parts', 'complete', 'confirm', 'discard']
    expect(asked.map(({ step }) => step)).toEqual(steps)
    const known = { name: 'cat.png', size: body.length, type: 'image/png', meta: { album: 7 } }
    for (const { route, step, files } of asked) {
      expect({ route, files }).toEqual({
        route: 'photos',
        files: [{ id: step === 'presign' ? 'f1' : result.id, ...known }],
      })
    }
  })

  test('sees an upload once, however many receipts name it, and none that no longer fits', async () => {
    const { asked, authorize } = gate()
    const before = backend(bed.storage(), { routes: { photos: photos({ authorize }) } })
    const small = (await before.presign({ name: 'small.png' })).ticket
    const large = (await before.presign({ name: 'large.png', size: 5000 })).ticket
    const after = backend(bed.storage(), { routes: { photos: photos({ authorize, maxSize: 1000 }) } })
    asked.length = 0
    await send(small)
    const results = await confirmAll(after, [small, large, small])
    expect(asked.map(({ files }) => files.map(({ name }) => name))).toEqual([['small.png']])
    expect(results.map(({ error }) => error?.code)).toEqual([undefined, 'too-large', undefined])
    expect(results[2]?.result).toEqual(results[0]?.result)
  })

  test('never hears a route that a policy file names for itself', async () => {
    const { asked, authorize } = gate()
    const routes = { photos: photos({ authorize }), vault: photos({ authorize }) }
    const server = backend(bed.storage(), { routes })
    const ticket = await policyTicket(server, {}, 'photos')
    await send(ticket)
    const lie = restated(ticket, {
      route: 'vault',
      type: 'text/html',
      user: 'ben',
      byPolicy: false,
      key: 'x',
    })
    for (const type of ['renew', 'list-parts']) await server.call({ type, token: lie.token })
    await server.confirm(lie)
    await server.discard(lie)
    expect(asked.map(({ route }) => route)).not.toContain('vault')
    for (const { files } of asked.slice(1)) {
      expect(files.map((file) => Object.keys(file).toSorted().join())).toEqual([
        'byPolicy,id,meta,name,size,type',
      ])
      expect(files).toMatchObject([{ type: 'image/png', byPolicy: true }])
    }
  })

  test('that refuses a policy file at confirm refuses it after a renewal as well', async () => {
    const { authorize } = gate(
      ({ step, files }) => step === 'confirm' && files.some(({ byPolicy }) => byPolicy),
    )
    const server = backend(bed.storage(), { routes: { photos: photos({ authorize }) } })
    const ticket = await policyTicket(server)
    const renewed = (await server.call({ type: 'renew', token: ticket.token })).body.ticket
    const twice = (await server.call({ type: 'renew', token: renewed.token })).body.ticket
    await send(twice)
    for (const { token } of [ticket, renewed, twice]) {
      const answer = await server.call({ type: 'confirm', receipts: [{ id: 'a', token }] })
      expect(answer.body.error.code).toBe('throttled')
      const ahead = await server.call({ type: 'confirm', ahead: true, receipts: [{ id: 'a', token }] })
      expect(ahead.body.error.code).toBe('throttled')
    }
    expect(await bed.keys()).toEqual([ticket.key])
  })

  test.each(['renew', 'sign-parts', 'list-parts', 'complete', 'confirm', 'discard'] as const)(
    'that refuses %s has the last word',
    async (refused) => {
      const { authorize } = gate(({ step }) => step === refused)
      const storage = bed.storage({ checksums: false })
      const server = backend(storage, { routes: { photos: photos({ strategy: 'multipart', authorize }) } })
      const { ticket } = await server.presign({ size: 5 * MiB + 1 })
      const { token } = ticket
      const about = { token, tokens: [token], receipts: [{ id: 'a', token }], partNumbers: [1] }
      const { status, body } = await server.call({ type: refused, ...about })
      expect([status, body.error.code]).toEqual([429, 'throttled'])
      expect(await bed.openUploads()).toEqual([ticket.uploadId])
    },
  )

  test('that refuses policies gets none, neither asked for nor brought by a presign', async () => {
    const { asked, authorize } = gate(({ step }) => step === 'policies')
    const server = backend(bed.storage(), { routes: { photos: photos({ authorize, maxSize: 5000 }) } })
    expect((await server.call({ type: 'policies' })).body).toEqual({ policies: [] })
    const { status, body } = await server.call({
      type: 'presign',
      files: [{ id: 'a', name: 'a.png', size: 10, type: 'image/png' }],
    })
    expect(status).toBe(200)
    expect(body.tickets[0]).toHaveProperty('ticket')
    expect(body).not.toHaveProperty('policies')
    expect(asked.slice(1).map(({ step, policies }) => [step, policies])).toEqual([
      ['presign', undefined],
      ['policies', [{ type: 'image/png', minSize: 1, maxSize: 5000 }]],
    ])
    expect(server.errors).toEqual([])
  })
})

describe('a route that was changed while uploads were under way', () => {
  const file = { size: 5000, type: 'image/png', name: 'cat.png' }
  const calls = (token: string) => [
    { type: 'renew', token },
    { type: 'sign-parts', token, partNumbers: [1] },
    { type: 'list-parts', token },
    { type: 'complete', token },
    { type: 'confirm', receipts: [{ id: 'a', token }] },
    { type: 'confirm', ahead: true, receipts: [{ id: 'a', token }] },
  ]
  /** What a server with other rules answers to every call about an upload that began before. */
  async function codesOf(ticket: AnyTicket, rules: Parameters<typeof photos>[0], storage = bed.storage()) {
    const after = backend(storage, { routes: { photos: photos({ confirmAhead: true, ...rules }) } })
    const answers = await Promise.all(calls(ticket.token).map((call) => after.call(call)))
    expect(after.errors).toEqual([])
    return [...new Set(answers.map(({ body }) => body.error?.code ?? body.results?.[0]?.error?.code))]
  }

  test.each<[string, Parameters<typeof photos>[0], string]>([
    ['takes less', { maxSize: '1kB' }, 'too-large'],
    ['takes more only', { minSize: '6kB' }, 'rejected'],
    ['takes other types', { accept: 'image/webp' }, 'wrong-type'],
    ['takes other extensions', { accept: '.gif' }, 'wrong-type'],
    ['goes another way', { strategy: 'put' }, 'gone'],
    ['leaves files where they are', { promote: false, strategy: 'put' }, 'gone'],
  ])('%s: signs nothing more and confirms nothing', async (_what, rules, code) => {
    const before = backend(bed.storage(), { routes: { photos: photos({ strategy: 'multipart' }) } })
    const { ticket } = await before.presign(file)
    expect(await codesOf(ticket, rules)).toEqual([code])
  })

  test.each<[string, Parameters<typeof photos>[0], string]>([
    ['takes less', { maxSize: '1kB' }, 'too-large'],
    ['takes other types', { accept: 'image/webp' }, 'wrong-type'],
    ['says reusable: false', { reusable: false }, 'gone'],
    ['leaves files where they are', { promote: false }, 'gone'],
    ['goes by PUT', { strategy: 'put' }, 'gone'],
  ])('%s: a policy that is still alive is worth nothing', async (_what, rules, code) => {
    const before = backend(bed.storage())
    const ticket = await policyTicket(before, file)
    const renewed = (await before.call({ type: 'renew', token: ticket.token })).body.ticket
    expect(await codesOf(ticket, rules)).toEqual([code])
    expect(await codesOf(renewed, rules)).toEqual([code])
  })

  test('reads meta by a schema since: an upload by a policy begins again', async () => {
    const ticket = await policyTicket(backend(bed.storage()))
    const rules = photos({ input: z.object({ album: z.number().default(1) }) })
    const after = backend(bed.storage(), { routes: { photos: rules } })
    expect((await after.confirm(ticket)).error.code).toBe('gone')
  })

  test('deletes what it refuses at confirm, and drops what the browser lets go of', async () => {
    const before = backend(bed.storage())
    const [one, two] = [await before.presign(file), await before.presign(file)].map(({ ticket }) => ticket)
    if (!one || !two) return expect.unreachable()
    for (const each of [one, two]) expect((await send(each, randomImage(5000))).ok).toBe(true)
    const after = backend(bed.storage(), { routes: { photos: photos({ maxSize: '1kB' }) } })
    expect((await after.confirm(one)).error.code).toBe('too-large')
    expect(await bed.keys()).toEqual([two.key])
    expect((await after.as('ben').confirm(two)).error.code).toBe('forbidden')
    expect(await bed.keys()).toEqual([two.key])
    expect((await after.discard(two)).status).toBe(200)
    expect(await bed.keys()).toEqual([])
  })

  test('keeps what was confirmed where its ticket wrote it', async () => {
    const before = backend(bed.storage(), { routes: { photos: photos({ promote: false }) } })
    const { ticket } = await before.presign(file)
    await send(ticket, randomImage(5000))
    expect((await before.confirm(ticket)).result.key).toBe(ticket.key)
    const after = backend(bed.storage(), { routes: { photos: photos({ promote: false, maxSize: '1kB' }) } })
    expect((await after.confirm(ticket)).error.code).toBe('too-large')
    // It is promoted no more than it was, and not onto itself either.
    expect((await backend(bed.storage()).confirm(ticket)).error.code).toBe('gone')
    expect(await bed.keys()).toEqual([ticket.key])
  })

  test('a name that has its extension only before it is cleaned is refused at once', async () => {
    const server = backend(bed.storage(), { routes: { docs: photos({ accept: '.csv' }) } })
    for (const name of ['.csv', '...csv', 'a/.csv']) {
      expect((await server.presign({ name, type: '' })).error.code).toBe('wrong-type')
    }
  })

  test('a name without an extension is taken by its type, at presign and at confirm', async () => {
    const server = backend(bed.storage(), { routes: { docs: photos({ accept: '.csv' }) } })
    const text = new TextEncoder().encode('a,b\n1,2\n')
    const { ticket } = await server.presign({ name: '.csv', type: 'text/csv', size: text.length })
    await send(ticket, text)
    expect((await server.confirm(ticket)).result).toMatchObject({ name: 'csv', type: 'text/csv' })
  })
})

describe('the end of an upload', () => {
  const day = 86_400_000
  async function renewals(ticket: AnyTicket, server: Server, forward: () => void): Promise<number> {
    let { token } = ticket
    for (let count = 0; count < 100; count += 1) {
      forward()
      const { status, body } = await server.call({ type: 'renew', token })
      if (status === 410) return count
      ;({ token } = body.ticket)
    }
    return expect.unreachable('it is renewed for ever')
  }

  test.each([
    ['a presign', (server: Server) => server.presign({}).then(({ ticket }) => ticket)],
    ['a policy', (server: Server) => policyTicket(server)],
  ])('set by %s, is moved by no renewal', async (_what, begin) => {
    let now = Date.now()
    const server = backend(bed.storage(), { now: () => now })
    const ticket = await begin(server)
    expect(await renewals(ticket, server, () => (now += day / 10))).toBe(9)
  })

  test('is the end of everything that is signed for it', async () => {
    let now = Date.now()
    const storage = bed.storage({ checksums: false })
    const rules = { put: photos({ strategy: 'put' }), parts: photos({ strategy: 'multipart' }) }
    const server = backend(storage, { now: () => now, routes: rules })
    const single = (await server.presign({ route: 'put' })).ticket
    const many = (await server.presign({ route: 'parts', size: 5 * MiB + 1 })).ticket
    now += day - 60_500
    const { ticket } = (await server.call({ type: 'renew', token: single.token })).body
    const { parts } = (await server.call({ type: 'sign-parts', token: many.token, partNumbers: [1] })).body
    for (const url of [ticket.url, parts[0]?.url ?? '']) {
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60')
    }
    expect((await server.call({ type: 'renew', token: many.token })).body.ticket.expiresAt).toBe(
      many.expiresAt,
    )
  })
})

describe('one id is one upload', () => {
  /** An app with a row for each id, as ours are told to have. */
  function remembering(rules: Parameters<typeof photos>[0] = {}, options: BackendOptions = {}) {
    const rows = new Map<string, string>()
    const discarded: string[] = []
    const route = photos({
      onConfirm: ({ id, key }) => {
        expect(rows.get(id) ?? key).toBe(key)
        rows.set(id, key)
        return { id, key }
      },
      onDiscard: ({ id }) => void discarded.push(id),
      ...rules,
    })
    return { rows, discarded, server: backend(bed.storage(), { routes: { photos: route }, ...options }) }
  }
  const names = Array.from({ length: 10 }, (_, index) => `cat-${index}.png`)

  test('ten names in one request are one object: the others are refused', async () => {
    const { rows, server } = remembering()
    const ticket = await policyTicket(server)
    await send(ticket)
    const results = await confirmAll(
      server,
      names.map((name) => restated(ticket, { name })),
    )
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      ...names.slice(1).map(() => 'rejected'),
    ])
    expect(await bed.keys()).toEqual([...rows.values()])
  })

  test('ten names one after the other are one object: its bytes are gone from where they were sent', async () => {
    const { rows, server } = remembering()
    const ticket = await policyTicket(server)
    await send(ticket)
    const codes: (string | undefined)[] = []
    for (const name of names) codes.push((await server.confirm(restated(ticket, { name }))).error?.code)
    expect(codes).toEqual([undefined, ...names.slice(1).map(() => 'not-stored')])
    expect(await bed.keys()).toEqual([...rows.values()])
  })

  test('ten names at the same moment are one object', async () => {
    const { rows, server } = remembering()
    const ticket = await policyTicket(server)
    await send(ticket)
    const all = await Promise.all(names.map((name) => server.confirm(restated(ticket, { name }))))
    expect(all.filter(({ error }) => error === undefined)).toHaveLength(1)
    expect(await bed.keys()).toEqual([...rows.values()])
    // Nothing is held for ever.
    await send(ticket)
    expect((await server.confirm(restated(ticket, { name: 'last.png' }))).error).toBeUndefined()
    expect(rows.size).toBe(2)
  })

  test('ten names at ten servers at the same moment are as many ids as objects, and authorize sees each', async () => {
    const { asked, authorize } = gate()
    const apps = names.map(() => remembering({ authorize }))
    const ticket = await policyTicket(apps[0]?.server ?? expect.unreachable())
    await send(ticket)
    asked.length = 0
    const all = await Promise.all(
      apps.map(({ server }, index) => server.confirm(restated(ticket, { name: names[index] }))),
    )
    const done = all.filter(({ error }) => error === undefined)
    expect(done.length).toBeGreaterThan(0)
    expect(new Set(done.map(({ result }) => result.id)).size).toBe(done.length)
    expect(await bed.keys()).toEqual(done.map(({ result }) => result.key).toSorted())
    expect(new Set(asked.flatMap(({ files }) => files.map(({ id }) => id))).size).toBe(names.length)
  })

  test.each<[string, object, object]>([
    ['name', { name: 'a.png' }, { name: 'b.png' }],
    ['meta', { meta: { album: 1 } }, { meta: { album: 2 } }],
    ['kind of meta', { meta: { album: 1 } }, { meta: { album: '1' } }],
    ['no meta', { meta: { album: null } }, { meta: {} }],
    ['split of meta', { meta: { a: 'x","b', b: 'y' } }, { meta: { a: 'x', b: 'b","y' } }],
    ['file id', { id: 'a'.repeat(32) }, { id: 'b'.repeat(32) }],
    ['size', { size: 70 }, { size: 71 }],
  ])('another %s is another upload', async (_what, one, other) => {
    const { asked, authorize } = gate()
    const server = backend(bed.storage(), { routes: { photos: photos({ authorize }) } })
    const ticket = await policyTicket(server)
    for (const changes of [one, other, one]) {
      await server.call({ type: 'renew', token: restated(ticket, changes).token })
    }
    const ids = asked.slice(1).map(({ files }) => files[0]?.id)
    expect(ids[0]).not.toBe(ids[1])
    expect(ids[2]).toBe(ids[0])
  })

  test.each<[string, object, object]>([
    ['the path before a name', { name: 'C:\\fakepath\\cat.png' }, { name: 'cat.png' }],
    ['how a letter is composed', { name: 'café.png' }, { name: 'cafe\u0301.png' }],
    ['what does not show', { name: 'cat\u202e.png' }, { name: 'cat.png' }],
    ['the order of meta', { meta: { a: 1, b: 2 } }, { meta: { b: 2, a: 1 } }],
    ['what nobody reads', { more: 1, route: 'photos' }, {}],
  ])('%s makes no other upload and no other key', async (_what, one, other) => {
    const { rows, server } = remembering({
      key: ({ id, name, meta }) => `${id}/${JSON.stringify([name, meta])}`,
    })
    const ticket = await policyTicket(server)
    await send(ticket)
    const first = await server.confirm(restated(ticket, one))
    const second = await server.confirm(restated(ticket, other))
    expect(second.result.key).toBe(first.result.key)
    expect(rows.size).toBe(1)
    expect(await bed.keys()).toHaveLength(1)
  })

  test('what was approved is not swapped under another name', async () => {
    const { rows, server } = remembering()
    const ticket = await policyTicket(server)
    await send(ticket)
    const approved = (await server.confirm(ticket)).result
    const swapped = randomImage(bytes.length)
    await send(ticket, swapped)
    expect((await server.confirm(ticket)).result.key).toBe(approved.key)
    await send(ticket, swapped)
    const other = (await server.confirm(restated(ticket, { name: 'other.png' }))).result
    expect(other.id).not.toBe(approved.id)
    expect(rows.get(approved.id)).toBe(approved.key)
    expect((await bed.read(approved.key)).bytes).toEqual(bytes)
  })

  test('a discard under another name says nothing of what is confirmed', async () => {
    const { rows, discarded, server } = remembering()
    const ticket = await policyTicket(server)
    await send(ticket)
    const kept = (await server.confirm(ticket)).result
    for (const changes of [{ name: 'x.png' }, { meta: { a: 1 } }, { size: 71 }]) {
      await server.discard(restated(ticket, changes))
    }
    await server.discard(ticket)
    expect(discarded).not.toContain(kept.id)
    expect(await bed.keys()).toEqual([...rows.values()])
  })

  test('a renewed ticket is the same upload', async () => {
    const { rows, server } = remembering()
    const ticket = await policyTicket(server)
    const renewed = (await server.call({ type: 'renew', token: ticket.token })).body.ticket
    await send(renewed)
    const [one, two] = [await server.confirm(renewed), await server.confirm(ticket)]
    expect(two.result.id).toBe(one.result.id)
    expect(rows.size).toBe(1)
  })
})

describe('a token', () => {
  const newHandler = (storage: UploadStorage, more: Partial<UploadHandlerOptions> = {}) =>
    createUploadHandler({ storage, secret, routes: { photos: photos({ confirmAhead: true }) }, ...more })
  type Handler = ReturnType<typeof newHandler>
  const ask = async (handler: Handler, body: object) => {
    const answer = await handler(post(body, { 'x-user': 'anna' }))
    // A test's own look: what is not there is undefined.
    return {
      status: answer.status,
      body: (await answer.json()) as { error?: { code: string }; results?: { error?: { code: string } }[] },
    }
  }
  const codes = async (handler: Handler, token: string) => {
    const about = { token, tokens: [token], receipts: [{ id: 'a', token }], partNumbers: [1] }
    const types = ['renew', 'sign-parts', 'list-parts', 'complete', 'confirm', 'discard']
    const answers = await Promise.all(types.map((type) => ask(handler, { type, ...about })))
    return [...new Set(answers.map(({ body }) => body.error?.code ?? body.results?.[0]?.error?.code))]
  }

  test.each<[string, () => [UploadStorage, Partial<UploadHandlerOptions>?]]>([
    ['bucket', () => [bed.storage({ bucket: 'another-bucket' })]],
    ['prefix', () => [bed.storage({ prefix: 'incoming/' })]],
    ['place of what is confirmed', () => [bed.storage({ filesPrefix: 'kept/' })]],
    ['endpoint', () => [bed.storage({ client: bed.newClient({ endpoint: 'http://127.0.0.1:9' }) })]],
    [
      'path of an endpoint',
      () => [bed.storage({ client: bed.newClient({ endpoint: 'http://127.0.0.1:9/tenant' }) })],
    ],
    ['name', () => [bed.storage(), { name: 'b' }]],
    ['secret', () => [bed.storage(), { secret: secret.toUpperCase() }]],
  ])('of a handler is forbidden at one of another %s', async (_what, options) => {
    const server = backend(bed.storage())
    const other = newHandler(...options())
    const single = (await server.presign({})).ticket
    const policy = await policyTicket(server)
    const renewed = (await server.call({ type: 'renew', token: policy.token })).body.ticket
    for (const { token } of [single, policy, renewed])
      expect(await codes(other, token)).toEqual(['forbidden'])
    expect(await bed.keys()).toEqual([])
  })

  test('of a storage that has no id is bound to its prefixes', async () => {
    const { id: _, ...storage } = bed.storage()
    const server = backend(storage)
    const { ticket } = await server.presign({})
    await send(ticket)
    expect((await server.confirm(ticket)).result.name).toBe('cat.png')
    const { id: __, ...other } = bed.storage({ prefix: 'incoming/' })
    expect((await backend(other).confirm(ticket)).error.code).toBe('forbidden')
  })

  test('is valid on every copy of a server', async () => {
    const { ticket } = await backend(bed.storage()).presign({})
    const copy = backend(bed.storage({ client: bed.newClient(), expiresIn: 60 }))
    expect((await copy.call({ type: 'renew', token: ticket.token })).status).toBe(200)
  })

  test('of an older secret is read, and a new one is signed with the first', async () => {
    const [old, next] = ['o'.repeat(32), 'n'.repeat(32)]
    const [before, during, after] = [old, [next, old], next].map((each) =>
      newHandler(bed.storage(), { secret: each }),
    )
    if (!before || !during || !after) return expect.unreachable()
    const tokenOf = async (handler: Handler) => {
      const files = [{ id: 'a', name: 'a.png', size: 10, type: 'image/png' }]
      const answer = await handler(post({ type: 'presign', files }, { 'x-user': 'anna' }))
      return ((await answer.json()) as { tickets: { ticket: AnyTicket }[] }).tickets[0]?.ticket.token ?? ''
    }
    const [first, second] = [await tokenOf(before), await tokenOf(during)]
    const statuses = async (token: string) =>
      Promise.all(
        [before, during, after].map(async (each) => (await ask(each, { type: 'renew', token })).status),
      )
    expect(await statuses(first)).toEqual([200, 200, 403])
    expect(await statuses(second)).toEqual([403, 200, 200])
  })
})

describe('slots of confirms that wait for their bytes', () => {
  const routes = { photos: photos({ confirmAhead: true }), other: photos({ confirmAhead: true }) }
  const early = ({ token }: AnyTicket) => ({ type: 'confirm', ahead: true, receipts: [{ id: 'a', token }] })

  test('are each handler’s and each route’s own', async () => {
    const [one, two] = [backend(bed.storage(), { routes }), backend(bed.storage(), { routes })]
    const tickets = await Promise.all(
      [one, one, one, two].map(async (server) => (await server.presign({ route: 'photos' })).ticket),
    )
    const elsewhere = (await one.presign({ route: 'other' })).ticket
    const [first, second, third, theirs] = tickets
    if (!first || !second || !third || !theirs) return expect.unreachable()
    const waiting = [one.call(early(first)), one.call(early(second))]
    await vi.waitFor(async () => {
      expect((await one.call(early(third))).body.results[0]?.error.code).toBe('not-stored')
    })
    const answers = [two.call(early(theirs)), one.call(early(elsewhere)), ...waiting]
    await Promise.all([theirs, elsewhere, first, second].map((ticket) => send(ticket)))
    for (const { body } of await Promise.all(answers)) expect(body.results[0]).toHaveProperty('result')
  })
})

describe('a policy', () => {
  test('lives five minutes at most, and no longer than uploads do', async () => {
    for (const [tokenExpiresIn, most] of [
      [86_400, 300],
      [60, 60],
    ] as const) {
      const routes = { photos: photos() }
      const handler = createUploadHandler({ storage: bed.storage(), secret, routes, tokenExpiresIn })
      const answer = await handler(post({ type: 'policies' }, { 'x-user': 'anna' }))
      const { policies } = (await answer.json()) as {
        policies: { fields: Record<string, string>; expiresAt: number }[]
      }
      const { expiration } = z
        .object({ expiration: z.string() })
        .parse(JSON.parse(Buffer.from(policies[0]?.fields.Policy ?? '', 'base64').toString()))
      const now = Date.now()
      for (const end of [Date.parse(expiration), policies[0]?.expiresAt ?? Infinity]) {
        expect(end).toBeLessThanOrEqual(now + most * 1000)
        expect(end).toBeGreaterThan(now)
      }
    }
  })

  test.each<[string, object, [number, number]]>([
    ['the route’s limits', { minSize: 10, maxSize: '1MB' }, [10, 1_000_000]],
    ['what goes in one piece', { maxSize: '5GB' }, [1, 32 * MiB - 1]],
    [
      'what goes in one piece, also where all goes by POST',
      { maxSize: '5GB', strategy: 'post' },
      [1, 32 * MiB - 1],
    ],
  ])('takes %s', async (_what, rules, [minSize, maxSize]) => {
    const server = backend(bed.storage(), { routes: { photos: photos(rules) } })
    const { policies = [] } = (await server.call({ type: 'policies' })).body
    expect(policies[0]).toMatchObject({ minSize, maxSize })
    const policy: unknown = JSON.parse(Buffer.from(policies[0]?.fields.Policy ?? '', 'base64').toString())
    expect(policy).toMatchObject({
      conditions: expect.arrayContaining([['content-length-range', minSize, maxSize]]),
    })
  })
})

/** A client that counts the objects that it reads. */
function countingClient() {
  const client = bed.newClient()
  let reads = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === GetObjectCommand.name) reads += 1
        return next(args)
      },
    // What is only signed, as the result's `url`, is not sent.
    { step: 'deserialize', name: 'countReads' },
  )
  return { client, reads: () => reads }
}

test('a confirm that comes again reads no byte of an image, and says the same of it', async () => {
  const { client, reads } = countingClient()
  const server = backend(bed.storage({ client }), { routes: { photos: photos({ image: true }) } })
  const ticket = await policyTicket(server)
  await send(ticket)
  const first = (await server.confirm(ticket)).result
  expect(first).toMatchObject({ width: 1, height: 1 })
  const before = reads()
  expect(before).toBeGreaterThan(0)
  for (const again of await confirmAll(
    server,
    Array.from({ length: 50 }, () => ticket),
  )) {
    expect(again.result).toMatchObject({ id: first.id, key: first.key, width: 1, height: 1 })
  }
  expect(reads()).toBe(before)
})

test('with promote: false too an image is measured once for all confirms of its bytes', async () => {
  const { client, reads } = countingClient()
  const rules = { promote: false, sniff: false, image: { maxPixels: 100 } }
  const server = backend(bed.storage({ client }), { routes: { photos: photos(rules) } })
  const { ticket } = await server.presign({})
  await send(ticket)
  const again = () => Promise.all(Array.from({ length: 20 }, () => server.confirm(ticket)))
  for (const { result } of [...(await again()), ...(await again())]) {
    expect(result).toMatchObject({ width: 1, height: 1 })
  }
  expect(reads()).toBe(1)

  // Other bytes are measured again: under one key another image may lie.
  const tooLarge = Uint8Array.from(bytes)
  tooLarge[19] = 101
  await bed.put(ticket.key, tooLarge, 'image/png')
  expect((await server.confirm(ticket)).error).toMatchObject({ code: 'rejected' })
  expect(reads()).toBe(2)
})
