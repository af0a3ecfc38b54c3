import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readUploads } from '../../src/server/index.ts'
import type { ConfirmedUpload, UploadStorage } from '../../src/server/index.ts'
import {
  MiB,
  backend,
  bytes,
  checksumsOf,
  openS3Fixture,
  photos,
  post,
  randomBytes,
  randomImage,
  send,
  readUser,
} from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const changed = randomImage(bytes.length)
const hour = 3_600_000

interface Row {
  readonly id: string
  readonly key: string
  readonly owner: string
}

/** A table with UNIQUE (id) and UNIQUE (key), and the upsert that docs/server.md shows. */
function openTable() {
  const rows: Row[] = []
  return {
    rows,
    async upsert(row: Row): Promise<Row> {
      // A database is asynchronous, and others write in the meantime.
      await new Promise((done) => setTimeout(done, Math.random() * 5))
      const found = rows.find(({ id }) => id === row.id)
      if (found) return found
      if (rows.some(({ key }) => key === row.key)) throw new Error('UNIQUE constraint failed: photos.key')
      rows.push(row)
      return row
    },
  }
}

/** An app with a bucket and a table. Tests check only their final contents. */
function openApp(
  rules: Parameters<typeof photos>[0] = {},
  { storage = s3.storage(), now = Date.now }: { storage?: UploadStorage; now?: () => number } = {},
) {
  const table = openTable()
  const onConfirm = ({ id, key }: ConfirmedUpload, { user }: { user: { id: string } }) =>
    table.upsert({ id, key, owner: user.id })
  const app = backend(storage, { routes: { photos: photos({ onConfirm, ...rules }) }, now })
  return {
    ...app,
    rows: table.rows,
    /** One upload by anna, stored and confirmed. */
    async confirmed() {
      const { ticket } = await app.presign({})
      await send(ticket)
      const { result } = await app.confirm(ticket)
      return { ticket, result }
    },
    /** Asserts that nothing is confirmed and no bytes are kept. */
    async keepsNothing() {
      expect(table.rows).toEqual([])
      expect((await s3.keys()).filter((key) => !key.startsWith('uploads/'))).toEqual([])
    },
    /** Asserts one upload by anna with the bytes that she confirmed. */
    async keepsOne(body: Uint8Array = bytes) {
      expect(table.rows).toHaveLength(1)
      const [row] = table.rows
      expect(row?.owner).toBe('anna')
      expect(await s3.keys()).toEqual([row?.key])
      expect((await s3.read(row?.key ?? '')).bytes).toEqual(body)
    },
  }
}

describe('tokens', () => {
  test("another user's token is rejected by every call", async () => {
    const app = openApp()
    const { ticket } = await app.presign({})
    await send(ticket)
    const ben = app.as('ben')
    expect((await ben.confirm(ticket)).error.code).toBe('forbidden')
    for (const type of ['renew', 'complete', 'list-parts', 'sign-parts']) {
      const { status } = await ben.call({ type, token: ticket.token, partNumbers: [1] })
      expect(status).toBe(403)
    }
    expect((await ben.discard(ticket)).status).toBe(403)
    await app.keepsNothing()
    // Ben's discard did not affect anna's upload.
    await app.confirm(ticket)
    await app.keepsOne()
  })

  test('a swapped token confirms its own upload and no upload of another user', async () => {
    const app = openApp()
    const [mine, theirs] = [await app.presign({}), await app.as('ben').presign({})]
    await Promise.all([send(mine.ticket), send(theirs.ticket)])
    const receipts = [
      { id: 'mine', token: theirs.ticket.token },
      { id: 'theirs', token: mine.ticket.token },
    ]
    const { body } = await app.call({ type: 'confirm', receipts })
    expect(body.results.map(({ error }) => error?.code)).toEqual(['forbidden', undefined])
    expect(app.rows).toMatchObject([{ owner: 'anna' }])
  })

  test('tampered, expired, foreign and forged tokens confirm nothing', async () => {
    let now = Date.now()
    const app = openApp({}, { now: () => now })
    const { ticket } = await app.presign({})
    await send(ticket)
    const [payload = '', signature = ''] = ticket.token.split('.')
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const forged = btoa(JSON.stringify({ ...claims, user: 'ben', size: 1 })).replaceAll('=', '')
    for (const token of [
      `${forged}.${signature}`,
      `${payload}.${signature.slice(1)}x`,
      `${payload}.`,
      'null',
    ]) {
      expect((await app.confirm({ ...ticket, token })).error.code).toBe('forbidden')
    }
    now += 25 * hour
    expect((await app.confirm(ticket)).error.code).toBe('expired')
    await app.keepsNothing()
  })

  test('a forged form value resolves to no upload', async () => {
    const app = openApp()
    const { result } = await app.confirmed()
    const form = new FormData()
    for (const value of [
      JSON.stringify({ token: `${result.token}x` }),
      JSON.stringify({ token: `e30.${result.token.split('.')[1]}` }),
      'https://evil.test/a.png',
    ]) {
      form.append('photos', value)
    }
    const read = (user: string) =>
      readUploads(form, 'photos', { handler: app.handler, route: 'photos', user: { id: user } })
    expect((await read('anna')).map(({ status }) => status)).toEqual(['error', 'error', 'error'])
    form.set('photos', result.token)
    expect(await read('anna')).toMatchObject([{ status: 'new', upload: { id: app.rows[0]?.id } }])
    expect(await read('ben')).toMatchObject([{ status: 'error', error: { code: 'forbidden' } }])
  })
})

describe('confirm', () => {
  test('confirm without an upload confirms nothing', async () => {
    const app = openApp()
    const { ticket } = await app.presign({})
    expect(await app.confirm(ticket)).toMatchObject({ id: 'f1', error: { code: 'not-stored' } })
    await app.keepsNothing()
  })

  test('repeated and concurrent confirms create one row and one object', async () => {
    const app = openApp()
    const { ticket } = await app.presign({})
    await send(ticket)
    const results = await Promise.all(Array.from({ length: 5 }, () => app.confirm(ticket)))
    results.push(await app.confirm(ticket))
    expect(results.map(({ error }) => error)).toEqual(results.map(() => undefined))
    expect(new Set(results.map(({ result }) => result.id)).size).toBe(1)
    await app.keepsOne()
  })

  test('confirm keeps no bytes of an object that is replaced between the check and the copy', async () => {
    const storage = s3.storage()
    const app = openApp(
      {},
      {
        storage: {
          ...storage,
          async copy(source, to) {
            await s3.put(source.key, changed, 'image/png')
            return storage.copy(source, to)
          },
        },
      },
    )
    const { ticket } = await app.presign({})
    await send(ticket)
    expect((await app.confirm(ticket)).error.code).toBe('mismatch')
    await app.keepsNothing()
    expect(await s3.keys()).toEqual([])
  })

  test('confirm keeps no bytes of an object that is replaced during its inspection', async () => {
    const storage = s3.storage()
    const app = openApp(
      {},
      {
        storage: {
          ...storage,
          async find(key, hints) {
            const found = await storage.find(key, hints)
            if (found) await s3.put(key, new TextEncoder().encode('<script>alert(1)</script>'), 'image/png')
            return found
          },
        },
      },
    )
    const { ticket } = await app.presign({})
    await send(ticket)
    expect((await app.confirm(ticket)).error.code).toBe('mismatch')
    await app.keepsNothing()
  })

  test('confirm never overwrites an object that was created in the meantime', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // Ceph 16 does not support the condition
    const storage = s3.storage()
    const app = openApp(
      {},
      {
        storage: {
          ...storage,
          async copy(source, to) {
            await storage.copy(source, to)
            await s3.put(source.key, changed, 'image/png')
            const { etag: _, ...later } = source
            return storage.copy(later, to)
          },
        },
      },
    )
    await app.confirmed()
    await app.keepsOne()
  })
})

describe('after confirm', () => {
  test.each(['put', 'post'] as const)(
    'using and confirming the %s ticket again after confirm changes nothing',
    async (strategy) => {
      const app = openApp({ strategy })
      const { ticket, result } = await app.confirmed()
      expect((await send(ticket, changed)).ok).toBe(true)
      expect((await app.confirm(ticket)).result.id).toBe(result.id)
      await app.keepsOne()
    },
  )

  test('a discard after confirm deletes nothing and does not call onDiscard', async () => {
    const discarded: string[] = []
    const app = openApp({ onDiscard: ({ key }) => void discarded.push(key) })
    const { ticket } = await app.confirmed()
    await send(ticket, changed)
    expect((await app.discard(ticket)).status).toBe(200)
    expect(discarded).toEqual([])
    await app.keepsOne()
  })

  test('a ticket renewed after confirm cannot reach the confirmed object', async () => {
    const app = openApp()
    const { ticket } = await app.confirmed()
    const renewed = (await app.call({ type: 'renew', token: ticket.token })).body.ticket
    await send(renewed, changed)
    await app.confirm(renewed)
    await app.discard(renewed)
    await app.keepsOne()
  })
})

describe('storage rejects', () => {
  test('storage rejects a second key under one ticket; a second file replaces the same object', async () => {
    const app = openApp({ strategy: 'post' })
    const { ticket } = await app.presign({})
    await send(ticket)
    expect((await send(ticket, bytes, { fields: { key: `${ticket.key}2` } })).status).toBe(403)
    expect((await send(ticket, bytes, { fields: { key: 'files/mine.png' } })).status).toBe(403)
    expect(await s3.keys()).toEqual([ticket.key])
    await app.confirm(ticket)
    await app.keepsOne()
  })

  test.each(['put', 'post'] as const)(
    'storage rejects more bytes by %s than the ticket allows',
    async (strategy) => {
      const app = openApp({ strategy, maxSize: bytes.length })
      expect((await app.presign({ size: bytes.length + 1 })).error.code).toBe('too-large')
      const { ticket } = await app.presign({ size: 1 })
      expect((await send(ticket)).status).toBeGreaterThanOrEqual(400)
      expect(await s3.keys()).toEqual([])
      expect((await app.confirm(ticket)).error.code).toBe('not-stored')
      await app.keepsNothing()
    },
  )

  test('storage rejects a part whose size differs from the plan', async () => {
    const app = openApp({ strategy: 'multipart' })
    const size = 10 * MiB + 7
    const { ticket } = await app.presign({ size })
    const [large, larger] = [randomBytes(5 * MiB + 1), randomBytes(5 * MiB)]
    const crc = (body: Uint8Array) => checksumsOf(body, body.length)[1]
    const checksums = { 1: crc(large), 3: crc(larger) }
    const ask = (type: string) => app.call({ type, token: ticket.token, partNumbers: [1, 3], checksums })
    const [first, last] = (await ask('sign-parts')).body.parts
    for (const [part, body] of [
      [first, large],
      [last, larger],
    ] as const) {
      const headers = part?.headers ?? {}
      expect((await fetch(part?.url ?? '', { method: 'PUT', body, headers })).status).toBe(403)
    }
    expect((await ask('list-parts')).body.parts).toEqual([])
    expect((await ask('complete')).body.error.code).toBe('not-stored')
    expect(await app.confirm(ticket)).toMatchObject({ error: { code: 'not-stored' } })
    await app.keepsNothing()
  })
})

const text = (written: string) => new TextEncoder().encode(written)

test.each([
  ['a page', 'text/html', text('<!doctype html><script>alert(1)</script>')],
  ['a page announced as an image', 'image/png', text('<html><script>alert(1)</script>')],
  ['an SVG with a script', 'image/svg+xml', text('<svg onload="alert(1)"/>')],
  ['an SVG after a comment', 'image/png', text('<!-- PNG --><svg onload="alert(1)"/>')],
  ['a program', 'image/png', text('MZ\u0090\0\u0003\0\0\0')],
])('%s is not stored as %s', async (_, type, body) => {
  const app = openApp()
  const { ticket, error } = await app.presign({ type, size: body.length })
  if (!error) {
    await send(ticket, body)
    expect((await app.confirm(ticket)).error.code).toBe('wrong-type')
    expect(await s3.keys()).toEqual([])
  }
  await app.keepsNothing()
})

test('an image that is also an HTML page is served as the image, with an image file name', async () => {
  const body = text('GIF89a/*<svg onload=alert(1)>*/=1;//<script>alert(1)</script>')
  const app = openApp()
  const { ticket } = await app.presign({ type: 'image/gif', size: body.length, name: 'a\r\nx: y".html' })
  await send(ticket, body)
  await app.confirm(ticket)
  const { type, disposition } = await s3.read(app.rows[0]?.key ?? '')
  expect(type).toBe('image/gif')
  expect(disposition).toBe(`inline; filename="ax-y.gif"; filename*=UTF-8''ax%3A%20y%22.gif`)
})

test('every file name becomes a key below the prefix of its user', async () => {
  const app = openApp()
  const user = '../ben'
  const names = [
    '../../../etc/passwd.png',
    'a\0b.png',
    '😺'.repeat(150),
    `${'x'.repeat(300)}.png`,
    '"><script>.png',
    '\u202egnp.exe',
    '..',
  ]
  for (const name of names) {
    const { ticket } = await app.as(user).presign({ name })
    expect(ticket.key).toMatch(/^uploads\/-ben\/\d{4}-\d\d-\d\d\/[\w-]{36}\/\w[\w.-]{0,99}$/)
    expect((await send(ticket)).ok).toBe(true)
    expect((await app.as(user).confirm(ticket)).error).toBeUndefined()
  }
  expect(app.rows).toHaveLength(names.length)
  expect((await s3.keys()).toSorted()).toEqual(app.rows.map(({ key }) => key).toSorted())
})

test('requests with excessive length or count, a wrong method or a wrong type change nothing', async () => {
  const app = openApp()
  const file = { name: 'a.png', size: bytes.length, type: 'image/png' }
  const files = Array.from({ length: 10_000 }, (_, index) => ({ ...file, id: `${index}` }))
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const ask = async (request: Request) => (await app.handler(request)).status
  const headers = { 'x-user': 'anna' }
  expect([
    await ask(post({ type: 'presign', files }, headers)),
    await ask(post({ type: 'presign', files: files.slice(0, 51) }, headers)),
    await ask(post({ type: 'presign', files: [{ ...file, id: 'a', name: 'x'.repeat(600_000) }] }, headers)),
    await ask(post(deep, headers)),
    await ask(post(`{"type":"presign","files":${deep}}`, headers)),
    await ask(post('{"type":"presign","files":[{"__proto__":{"id":"a"}}]}', headers)),
    await ask(new Request('http://app.test/', { method: 'DELETE', headers })),
    await ask(new Request('http://app.test/', { method: 'POST', headers, body: new FormData() })),
  ]).toEqual([413, 400, 413, 400, 400, 400, 405, 415])
  expect(app.errors).toEqual([])
  await app.keepsNothing()
  await app.confirmed()
  await app.keepsOne()
})

test('no response, row or log contains a secret', async () => {
  const logged: unknown[] = []
  const app = openApp({ authorize: (request) => readUser(request), verify: () => void logged.push('seen') })
  const { ticket, result } = await app.confirmed()
  const answers = JSON.stringify([ticket, result, app.rows, app.errors, logged])
  expect(answers).not.toContain('a secret of tests')
  const { secretAccessKey } = s3.access.credentials
  expect(answers).not.toContain(secretAccessKey)
  const tokens: AnyTicket['token'][] = [ticket.token, result.token]
  for (const token of tokens)
    expect(atob(token.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')).not.toMatch(
      /Signature|http/,
    )
})
