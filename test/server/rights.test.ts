import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { UploadError, createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { AuthorizeContext, UploadHandlerOptions, UploadStorage } from '../../src/server/index.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import { createPolicyCache } from '../../src/transport/http/policy-cache.ts'
import {
  MiB,
  backend,
  bytes,
  openS3Fixture,
  photos,
  post,
  randomImage,
  secret,
  send,
  readUser,
} from '../harness/s3-fixture.ts'
import type { AnyTicket, BackendOptions, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const reader = { source: 'The answer', uploadPhase: 'starting', code: 'invalid-answer' } as const
type Server = ReturnType<typeof backend>

/** The ticket that the browser code derives from a policy. */
async function policyTicket(server: Server, file: Partial<FileInfo> = {}, route?: string) {
  const { policies = [] } = (await server.call({ type: 'policies', route })).body
  const kept = createPolicyCache()
  kept.add(policies, reader)
  const completeFile = {
    id: crypto.randomUUID(),
    name: 'cat.png',
    size: bytes.length,
    type: 'image/png',
    ...file,
  }
  const ticket = kept.ticketFor(route === undefined ? completeFile : { ...completeFile, route })
  return (ticket as (AnyTicket & Ticket) | undefined) ?? expect.unreachable('no ticket') // same value, looser type
}

/** The same policy and object with other properties of the file. */
function restateFile(ticket: AnyTicket, changes: object): AnyTicket {
  const [payload, signature, file = ''] = ticket.token.split('.')
  const statedFile: unknown = JSON.parse(Buffer.from(file, 'base64url').toString())
  const text = Buffer.from(JSON.stringify({ ...Object(statedFile), ...changes })).toString('base64url')
  return { ...ticket, token: `${payload}.${signature}.${text}` }
}

const confirmAll = async (server: Server, tickets: readonly AnyTicket[]) => {
  const receipts = tickets.map(({ token }, index) => ({ id: `f${index}`, token }))
  return (await server.call({ type: 'confirm', receipts })).body.results ?? []
}

/** Records the requests that `authorize` gets, and rejects those that `refuse` selects. */
function recordAuthorize(refuse: (context: AuthorizeContext<unknown>) => boolean = () => false) {
  const asked: AuthorizeContext<unknown>[] = []
  const authorize = (request: Request, context: AuthorizeContext<unknown>) => {
    asked.push(context)
    return refuse(context) ? new UploadError('throttled', { phase: 'starting' }) : readUser(request)
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
  test('authorize is called for every step with its files, once per request', async () => {
    const { asked, authorize } = recordAuthorize()
    const storage = s3.storage({ checksums: false })
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

  test('authorize receives an upload once, however many receipts name it, and no expired or invalid one', async () => {
    const { asked, authorize } = recordAuthorize()
    const before = backend(s3.storage(), { routes: { photos: photos({ authorize }) } })
    const small = (await before.presign({ name: 'small.png' })).ticket
    const large = (await before.presign({ name: 'large.png', size: 5000 })).ticket
    const after = backend(s3.storage(), { routes: { photos: photos({ authorize, maxSize: 1000 }) } })
    asked.length = 0
    await send(small)
    const results = await confirmAll(after, [small, large, small])
    expect(asked.map(({ files }) => files.map(({ name }) => name))).toEqual([['small.png']])
    expect(results.map(({ error }) => error?.code)).toEqual([undefined, 'too-large', undefined])
    expect(results[2]?.result).toEqual(results[0]?.result)
  })

  test('authorize is never called for a route that a policy file names', async () => {
    const { asked, authorize } = recordAuthorize()
    const routes = { photos: photos({ authorize }), vault: photos({ authorize }) }
    const server = backend(s3.storage(), { routes })
    const ticket = await policyTicket(server, {}, 'photos')
    await send(ticket)
    const forgedTicket = restateFile(ticket, {
      route: 'vault',
      type: 'text/html',
      user: 'ben',
      byPolicy: false,
      key: 'x',
    })
    for (const type of ['renew', 'list-parts']) await server.call({ type, token: forgedTicket.token })
    await server.confirm(forgedTicket)
    await server.discard(forgedTicket)
    expect(asked.map(({ route }) => route)).not.toContain('vault')
    for (const { files } of asked.slice(1)) {
      expect(files.map((file) => Object.keys(file).toSorted().join())).toEqual([
        'byPolicy,id,meta,name,size,type',
      ])
      expect(files).toMatchObject([{ type: 'image/png', byPolicy: true }])
    }
  })

  test('authorize that rejects a policy file at confirm rejects it after a renewal too', async () => {
    const { authorize } = recordAuthorize(
      ({ step, files }) => step === 'confirm' && files.some(({ byPolicy }) => byPolicy),
    )
    const server = backend(s3.storage(), { routes: { photos: photos({ authorize }) } })
    const ticket = await policyTicket(server)
    const renewed = (await server.call({ type: 'renew', token: ticket.token })).body.ticket
    const twice = (await server.call({ type: 'renew', token: renewed.token })).body.ticket
    await send(twice)
    for (const { token } of [ticket, renewed, twice]) {
      const answer = await server.call({ type: 'confirm', receipts: [{ id: 'a', token }] })
      expect(answer.body.error.code).toBe('throttled')
      const early = await server.call({ type: 'confirm', early: true, receipts: [{ id: 'a', token }] })
      expect(early.body.error.code).toBe('throttled')
    }
    expect(await s3.keys()).toEqual([ticket.key])
  })

  test.each(['renew', 'sign-parts', 'list-parts', 'complete', 'confirm', 'discard'] as const)(
    'authorize can reject %s',
    async (refused) => {
      const { authorize } = recordAuthorize(({ step }) => step === refused)
      const storage = s3.storage({ checksums: false })
      const server = backend(storage, { routes: { photos: photos({ strategy: 'multipart', authorize }) } })
      const { ticket } = await server.presign({ size: 5 * MiB + 1 })
      const { token } = ticket
      const about = { token, tokens: [token], receipts: [{ id: 'a', token }], partNumbers: [1] }
      const { status, body } = await server.call({ type: refused, ...about })
      expect([status, body.error.code]).toEqual([429, 'throttled'])
      expect(await s3.openUploads()).toEqual([ticket.uploadId])
    },
  )

  test('authorize that rejects policies prevents them, in their own call and in a presign', async () => {
    const { asked, authorize } = recordAuthorize(({ step }) => step === 'policies')
    const server = backend(s3.storage(), { routes: { photos: photos({ authorize, maxSize: 5000 }) } })
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

describe('a route that changed during uploads', () => {
  const file = { size: 5000, type: 'image/png', name: 'cat.png' }
  const calls = (token: string) => [
    { type: 'renew', token },
    { type: 'sign-parts', token, partNumbers: [1] },
    { type: 'list-parts', token },
    { type: 'complete', token },
    { type: 'confirm', receipts: [{ id: 'a', token }] },
    { type: 'confirm', early: true, receipts: [{ id: 'a', token }] },
  ]
  /** Error codes that a server with changed rules returns for every call about an older upload. */
  async function codesOf(ticket: AnyTicket, rules: Parameters<typeof photos>[0], storage = s3.storage()) {
    const after = backend(storage, { routes: { photos: photos({ earlyConfirm: true, ...rules }) } })
    const answers = await Promise.all(calls(ticket.token).map((call) => after.call(call)))
    expect(after.errors).toEqual([])
    return [...new Set(answers.map(({ body }) => body.error?.code ?? body.results?.[0]?.error?.code))]
  }

  test.each<[string, Parameters<typeof photos>[0], string]>([
    ['lowers maxSize', { maxSize: '1kB' }, 'too-large'],
    ['raises minSize', { minSize: '6kB' }, 'too-small'],
    ['accepts other types', { accept: 'image/webp' }, 'wrong-type'],
    ['accepts other extensions', { accept: '.gif' }, 'wrong-type'],
    ['uses another strategy', { strategy: 'put' }, 'gone'],
    ['sets promote: false', { promote: false, strategy: 'put' }, 'gone'],
  ])('a changed route that %s signs and confirms nothing of older uploads', async (_what, rules, code) => {
    const before = backend(s3.storage(), { routes: { photos: photos({ strategy: 'multipart' }) } })
    const { ticket } = await before.presign(file)
    expect(await codesOf(ticket, rules)).toEqual([code])
  })

  test.each<[string, Parameters<typeof photos>[0], string]>([
    ['lowers maxSize', { maxSize: '1kB' }, 'too-large'],
    ['accepts other types', { accept: 'image/webp' }, 'wrong-type'],
    ['sets reusePolicies: false', { reusePolicies: false }, 'gone'],
    ['sets promote: false', { promote: false }, 'gone'],
    ['uses PUT', { strategy: 'put' }, 'gone'],
  ])('a changed route that %s invalidates unexpired policies', async (_what, rules, code) => {
    const before = backend(s3.storage())
    const ticket = await policyTicket(before, file)
    const renewed = (await before.call({ type: 'renew', token: ticket.token })).body.ticket
    expect(await codesOf(ticket, rules)).toEqual([code])
    expect(await codesOf(renewed, rules)).toEqual([code])
  })

  test('a changed route that now has a metaSchema restarts uploads that use a policy', async () => {
    const ticket = await policyTicket(backend(s3.storage()))
    const rules = photos({ metaSchema: z.object({ album: z.number().default(1) }) })
    const after = backend(s3.storage(), { routes: { photos: rules } })
    expect((await after.confirm(ticket)).error.code).toBe('gone')
  })

  test('a removed route signs and confirms nothing of older uploads', async () => {
    const { ticket } = await backend(s3.storage(), {
      routes: { photos: photos({ strategy: 'multipart' }) },
    }).presign(file)
    const after = backend(s3.storage(), { routes: { documents: photos() } })
    const answers = await Promise.all(calls(ticket.token).map((call) => after.call(call)))
    const codes = answers.map(({ body }) => body.error?.code ?? body.results?.[0]?.error?.code)
    expect([...new Set(codes)]).toEqual(['not-found'])
    expect(after.errors).toEqual([])
  })

  test('a metaSchema that a route has now is applied to the meta of older uploads', async () => {
    const before = backend(s3.storage())
    const { ticket } = await before.presign({ ...file, meta: { album: 'x' } })
    await send(ticket, randomImage(5000))
    const rules = photos({ metaSchema: z.object({ album: z.number() }) })
    const after = backend(s3.storage(), { routes: { photos: rules } })
    expect((await after.confirm(ticket)).error?.code).toBe('rejected')
  })

  test('a changed route deletes objects that it rejects at confirm, and objects that the browser discards', async () => {
    const before = backend(s3.storage())
    const [one, two] = [await before.presign(file), await before.presign(file)].map(({ ticket }) => ticket)
    if (!one || !two) return expect.unreachable()
    for (const each of [one, two]) expect((await send(each, randomImage(5000))).ok).toBe(true)
    const after = backend(s3.storage(), { routes: { photos: photos({ maxSize: '1kB' }) } })
    expect((await after.confirm(one)).error.code).toBe('too-large')
    expect(await s3.keys()).toEqual([two.key])
    expect((await after.as('ben').confirm(two)).error.code).toBe('forbidden')
    expect(await s3.keys()).toEqual([two.key])
    expect((await after.discard(two)).status).toBe(200)
    expect(await s3.keys()).toEqual([])
  })

  test('a changed route keeps a confirmed object at the key its ticket wrote', async () => {
    const before = backend(s3.storage(), { routes: { photos: photos({ promote: false }) } })
    const { ticket } = await before.presign(file)
    await send(ticket, randomImage(5000))
    expect((await before.confirm(ticket)).result.key).toBe(ticket.key)
    const after = backend(s3.storage(), { routes: { photos: photos({ promote: false, maxSize: '1kB' }) } })
    expect((await after.confirm(ticket)).error.code).toBe('too-large')
    // It is neither promoted later nor copied onto itself.
    expect((await backend(s3.storage()).confirm(ticket)).error.code).toBe('gone')
    expect(await s3.keys()).toEqual([ticket.key])
  })

  test('a name that loses its extension when it is cleaned is rejected at presign', async () => {
    const server = backend(s3.storage(), { routes: { docs: photos({ accept: '.csv' }) } })
    for (const name of ['.csv', '...csv', 'a/.csv']) {
      expect((await server.presign({ name, type: '' })).error.code).toBe('wrong-type')
    }
  })

  test('a name without an extension is accepted by its type, at presign and at confirm', async () => {
    const server = backend(s3.storage(), { routes: { docs: photos({ accept: '.csv' }) } })
    const text = new TextEncoder().encode('a,b\n1,2\n')
    const { ticket } = await server.presign({ name: '.csv', type: 'text/csv', size: text.length })
    await send(ticket, text)
    expect((await server.confirm(ticket)).result).toMatchObject({ name: 'csv', type: 'text/csv' })
  })
})

describe('the expiry of an upload', () => {
  const day = 86_400_000
  async function countRenewals(ticket: AnyTicket, server: Server, advanceClock: () => void): Promise<number> {
    let { token } = ticket
    for (let count = 0; count < 100; count += 1) {
      advanceClock()
      const { status, body } = await server.call({ type: 'renew', token })
      if (status === 410) return count
      ;({ token } = body.ticket)
    }
    return expect.unreachable('it is renewed for ever')
  }

  test.each([
    ['a presign', (server: Server) => server.presign({}).then(({ ticket }) => ticket)],
    ['a policy', (server: Server) => policyTicket(server)],
  ])('renewals do not extend the expiry of an upload that began with %s', async (_what, begin) => {
    let now = Date.now()
    const server = backend(s3.storage(), { now: () => now })
    const ticket = await begin(server)
    expect(await countRenewals(ticket, server, () => (now += day / 10))).toBe(9)
  })

  test('the expiry of an upload limits everything that is signed for it', async () => {
    let now = Date.now()
    const storage = s3.storage({ checksums: false })
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

describe('one upload id, one object', () => {
  /** An app with one row per id, as docs/server.md recommends. */
  function createAppWithTable(rules: Parameters<typeof photos>[0] = {}, options: BackendOptions = {}) {
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
    return { rows, discarded, server: backend(s3.storage(), { routes: { photos: route }, ...options }) }
  }
  const names = Array.from({ length: 10 }, (_, index) => `cat-${index}.png`)

  test('ten names for one id in one request create one object; the others are rejected', async () => {
    const { rows, server } = createAppWithTable()
    const ticket = await policyTicket(server)
    await send(ticket)
    const results = await confirmAll(
      server,
      names.map((name) => restateFile(ticket, { name })),
    )
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      ...names.slice(1).map(() => 'rejected'),
    ])
    expect(await s3.keys()).toEqual([...rows.values()])
  })

  test('ten names for one id in sequence create one object, and its private bytes are deleted', async () => {
    const { rows, server } = createAppWithTable()
    const ticket = await policyTicket(server)
    await send(ticket)
    const codes: (string | undefined)[] = []
    for (const name of names) codes.push((await server.confirm(restateFile(ticket, { name }))).error?.code)
    expect(codes).toEqual([undefined, ...names.slice(1).map(() => 'not-stored')])
    expect(await s3.keys()).toEqual([...rows.values()])
  })

  test('ten names for one id at the same moment create one object', async () => {
    const { rows, server } = createAppWithTable()
    const ticket = await policyTicket(server)
    await send(ticket)
    const all = await Promise.all(names.map((name) => server.confirm(restateFile(ticket, { name }))))
    expect(all.filter(({ error }) => error === undefined)).toHaveLength(1)
    expect(await s3.keys()).toEqual([...rows.values()])
    // No lock stays held.
    await send(ticket)
    expect((await server.confirm(restateFile(ticket, { name: 'last.png' }))).error).toBeUndefined()
    expect(rows.size).toBe(2)
  })

  test('ten names on ten servers at the same moment create one id per object, and authorize receives each id', async () => {
    const { asked, authorize } = recordAuthorize()
    const apps = names.map(() => createAppWithTable({ authorize }))
    const ticket = await policyTicket(apps[0]?.server ?? expect.unreachable())
    await send(ticket)
    asked.length = 0
    const all = await Promise.all(
      apps.map(({ server }, index) => server.confirm(restateFile(ticket, { name: names[index] }))),
    )
    const done = all.filter(({ error }) => error === undefined)
    expect(done.length).toBeGreaterThan(0)
    expect(new Set(done.map(({ result }) => result.id)).size).toBe(done.length)
    expect(await s3.keys()).toEqual(done.map(({ result }) => result.key).toSorted())
    expect(new Set(asked.flatMap(({ files }) => files.map(({ id }) => id))).size).toBe(names.length)
  })

  test.each<[string, object, object]>([
    ['name', { name: 'a.png' }, { name: 'b.png' }],
    ['meta', { meta: { album: 1 } }, { meta: { album: 2 } }],
    ['kind of meta', { meta: { album: 1 } }, { meta: { album: '1' } }],
    ['null in meta', { meta: { album: null } }, { meta: {} }],
    ['split of meta', { meta: { a: 'x","b', b: 'y' } }, { meta: { a: 'x', b: 'b","y' } }],
    ['file id', { id: 'a'.repeat(32) }, { id: 'b'.repeat(32) }],
    ['size', { size: 70 }, { size: 71 }],
  ])('another %s makes another upload', async (_what, one, other) => {
    const { asked, authorize } = recordAuthorize()
    const server = backend(s3.storage(), { routes: { photos: photos({ authorize }) } })
    const ticket = await policyTicket(server)
    for (const changes of [one, other, one]) {
      await server.call({ type: 'renew', token: restateFile(ticket, changes).token })
    }
    const ids = asked.slice(1).map(({ files }) => files[0]?.id)
    expect(ids[0]).not.toBe(ids[1])
    expect(ids[2]).toBe(ids[0])
  })

  test.each<[string, object, object]>([
    ['the path before a name', { name: 'C:\\fakepath\\cat.png' }, { name: 'cat.png' }],
    ['the Unicode form of a letter', { name: 'café.png' }, { name: 'cafe\u0301.png' }],
    ['an invisible character', { name: 'cat\u202e.png' }, { name: 'cat.png' }],
    ['the order of meta', { meta: { a: 1, b: 2 } }, { meta: { b: 2, a: 1 } }],
    ['an unknown property', { more: 1, route: 'photos' }, {}],
  ])('%s does not make another upload or another key', async (_what, one, other) => {
    const { rows, server } = createAppWithTable({
      key: ({ id, name, meta }) => `${id}/${JSON.stringify([name, meta])}`,
    })
    const ticket = await policyTicket(server)
    await send(ticket)
    const first = await server.confirm(restateFile(ticket, one))
    const second = await server.confirm(restateFile(ticket, other))
    expect(second.result.key).toBe(first.result.key)
    expect(rows.size).toBe(1)
    expect(await s3.keys()).toHaveLength(1)
  })

  test('an approved object is not replaced under another name', async () => {
    const { rows, server } = createAppWithTable()
    const ticket = await policyTicket(server)
    await send(ticket)
    const approved = (await server.confirm(ticket)).result
    const swapped = randomImage(bytes.length)
    await send(ticket, swapped)
    expect((await server.confirm(ticket)).result.key).toBe(approved.key)
    await send(ticket, swapped)
    const other = (await server.confirm(restateFile(ticket, { name: 'other.png' }))).result
    expect(other.id).not.toBe(approved.id)
    expect(rows.get(approved.id)).toBe(approved.key)
    expect((await s3.read(approved.key)).bytes).toEqual(bytes)
  })

  test('a discard under another name does not affect the confirmed object', async () => {
    const { rows, discarded, server } = createAppWithTable()
    const ticket = await policyTicket(server)
    await send(ticket)
    const kept = (await server.confirm(ticket)).result
    for (const changes of [{ name: 'x.png' }, { meta: { a: 1 } }, { size: 71 }]) {
      await server.discard(restateFile(ticket, changes))
    }
    await server.discard(ticket)
    expect(discarded).not.toContain(kept.id)
    expect(await s3.keys()).toEqual([...rows.values()])
  })

  test('a renewed ticket belongs to the same upload', async () => {
    const { rows, server } = createAppWithTable()
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
    createUploadHandler({ storage, secret, routes: { photos: photos({ earlyConfirm: true }) }, ...more })
  type Handler = ReturnType<typeof newHandler>
  const ask = async (handler: Handler, body: object) => {
    const answer = await handler(post(body, { 'x-user': 'anna' }))
    // Loosely typed for tests: missing fields are undefined.
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
    ['bucket', () => [s3.storage({ bucket: 'another-bucket' })]],
    ['prefix', () => [s3.storage({ prefix: 'incoming/' })]],
    ['files prefix', () => [s3.storage({ filesPrefix: 'kept/' })]],
    ['endpoint', () => [s3.storage({ endpoint: 'http://127.0.0.1:9' })]],
    ['path of an endpoint', () => [s3.storage({ endpoint: 'http://127.0.0.1:9/tenant' })]],
    ['name', () => [s3.storage(), { name: 'b' }]],
    ['secret', () => [s3.storage(), { secret: secret.toUpperCase() }]],
  ])('a token is forbidden at a handler with another %s', async (_what, options) => {
    const server = backend(s3.storage())
    const other = newHandler(...options())
    const single = (await server.presign({})).ticket
    const policy = await policyTicket(server)
    const renewed = (await server.call({ type: 'renew', token: policy.token })).body.ticket
    for (const { token } of [single, policy, renewed])
      expect(await codes(other, token)).toEqual(['forbidden'])
    expect(await s3.keys()).toEqual([])
  })

  test('a token of a storage without an id is bound to its prefixes', async () => {
    const { id: _, ...storage } = s3.storage()
    const server = backend(storage)
    const { ticket } = await server.presign({})
    await send(ticket)
    expect((await server.confirm(ticket)).result.name).toBe('cat.png')
    const { id: __, ...other } = s3.storage({ prefix: 'incoming/' })
    expect((await backend(other).confirm(ticket)).error.code).toBe('forbidden')
  })

  test('a token is valid on every instance of a server, with the options of a client too', async () => {
    const { ticket } = await backend(s3.storage()).presign({})
    const copy = backend(s3Storage({ client: s3.client, bucket: s3.bucket, expiresIn: 60 }))
    expect((await copy.call({ type: 'renew', token: ticket.token })).status).toBe(200)
  })

  test('a token signed with an older secret is accepted, and new tokens are signed with the first secret', async () => {
    const [old, next] = ['o'.repeat(32), 'n'.repeat(32)]
    const [before, during, after] = [old, [next, old], next].map((each) =>
      newHandler(s3.storage(), { secret: each }),
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

describe('slots of early confirms', () => {
  const routes = { photos: photos({ earlyConfirm: true }), other: photos({ earlyConfirm: true }) }
  const early = ({ token }: AnyTicket) => ({ type: 'confirm', early: true, receipts: [{ id: 'a', token }] })

  test('early confirm slots are counted per handler and per route', async () => {
    const [one, two] = [backend(s3.storage(), { routes }), backend(s3.storage(), { routes })]
    const tickets = await Promise.all(
      [one, one, one, two].map(async (server) => (await server.presign({ route: 'photos' })).ticket),
    )
    const elsewhere = (await one.presign({ route: 'other' })).ticket
    const [first, second, third, theirs] = tickets
    if (!first || !second || !third || !theirs) return expect.unreachable()
    // Each of the three may be the last to take a slot.
    const pendingConfirms = [first, second, third].map(async (ticket) => one.call(early(ticket)))
    expect((await Promise.race(pendingConfirms)).body.results[0]?.error.code).toBe('not-stored')
    const others = [two.call(early(theirs)), one.call(early(elsewhere))]
    await Promise.all([theirs, elsewhere, first, second, third].map((ticket) => send(ticket)))
    for (const { body } of await Promise.all(others)) expect(body.results[0]).toHaveProperty('result')
    const results = (await Promise.all(pendingConfirms)).map(({ body }) => body.results[0])
    expect(results.filter((each) => each && 'result' in each)).toHaveLength(2)
  })
})

describe('a policy', () => {
  test('a policy lives five minutes at most, and never longer than uploads', async () => {
    for (const [tokenExpiresIn, most] of [
      [86_400, 300],
      [60, 60],
    ] as const) {
      const routes = { photos: photos() }
      const handler = createUploadHandler({ storage: s3.storage(), secret, routes, tokenExpiresIn })
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
    ['sizes within the limits of the route', { minSize: 10, maxSize: '1MB' }, [10, 1_000_000]],
    ['files below the multipart limit', { maxSize: '5GB' }, [1, 32 * MiB - 1]],
    [
      'files below the multipart limit, also with strategy post',
      { maxSize: '5GB', strategy: 'post' },
      [1, 32 * MiB - 1],
    ],
  ])('a policy accepts %s', async (_what, rules, [minSize, maxSize]) => {
    const server = backend(s3.storage(), { routes: { photos: photos(rules) } })
    const { policies = [] } = (await server.call({ type: 'policies' })).body
    expect(policies[0]).toMatchObject({ minSize, maxSize })
    const policy: unknown = JSON.parse(Buffer.from(policies[0]?.fields.Policy ?? '', 'base64').toString())
    expect(policy).toMatchObject({
      conditions: expect.arrayContaining([['content-length-range', minSize, maxSize]]),
    })
  })
})

/** A `fetch` that counts the responses with bytes of an object. */
function countingFetch() {
  let count = 0
  return {
    reads: () => count,
    fetch: async (url: string, init: RequestInit) => {
      const response = await fetch(url, init)
      // The look-up of the final key reads one byte.
      const hasBytes = response.ok && Number(response.headers.get('content-length')) > 1
      if (init.method === 'GET' && hasBytes) count += 1
      return response
    },
  }
}

test('a repeated confirm reads no bytes of an image and returns the same dimensions', async () => {
  const { fetch, reads } = countingFetch()
  const server = backend(s3.storage({ fetch }), { routes: { photos: photos({ image: true }) } })
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
  const { fetch, reads } = countingFetch()
  const rules = { promote: false, detectType: false, image: { maxPixels: 100 } }
  const server = backend(s3.storage({ fetch }), { routes: { photos: photos(rules) } })
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
  await s3.put(ticket.key, tooLarge, 'image/png')
  expect((await server.confirm(ticket)).error).toMatchObject({ code: 'wrong-dimensions' })
  expect(reads()).toBe(2)
})
