import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createPolicyCache } from '../../src/transport/http/policy-cache.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import type { ConfirmedUpload } from '../../src/server/routes/route.ts'
import { readUploads } from '../../src/server/index.ts'
import { backend, bytes, openS3Fixture, photos, send } from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const newFile = (more: Partial<FileInfo> = {}): FileInfo => ({
  id: crypto.randomUUID(),
  name: 'beach.png',
  size: bytes.length,
  type: 'image/png',
  ...more,
})
const reader = { source: 'The answer', uploadPhase: 'starting', code: 'invalid-answer' } as const

/** A handler that keeps what its callbacks got. */
function folderBackend() {
  const confirmed: ConfirmedUpload<unknown>[] = []
  const authorized: unknown[] = []
  const discarded: unknown[] = []
  const server = backend(s3.storage(), {
    routes: {
      photos: photos({
        authorize: (request, { files }) => {
          authorized.push(...files.map(({ path }) => path))
          return { id: request.headers.get('x-user') ?? '' }
        },
        key: ({ id, name, path }, { user }) => `users/${user.id}/${path ?? name}/${id}`,
        onConfirm: (upload) => {
          confirmed.push(upload)
          return { id: upload.id, key: upload.key, path: upload.path }
        },
        onDiscard: (upload) => void discarded.push(upload.path),
      }),
    },
  })
  return { server, confirmed, authorized, discarded }
}

const path = 'album/2026/beach.png'

test('the path of a file reaches authorize, key, onConfirm, the form value and onDiscard', async () => {
  const { server, confirmed, authorized, discarded } = folderBackend()
  const { ticket } = await server.presign(newFile({ id: 'f1', path }))
  await send(ticket)
  const { result } = await server.confirm(ticket)
  expect(result.key).toMatch(/^users\/anna\/album\/2026\/beach\.png\/[\w-]{36}$/)
  expect(await s3.keys()).toEqual([result.key])
  expect(confirmed.map((each) => each.path)).toEqual([path])
  expect(authorized).toEqual([path, path])

  const form = new FormData()
  form.set('photos', result.token)
  const uploads = await readUploads(form, 'photos', {
    handler: server.handler,
    route: 'photos',
    user: { id: 'anna' },
  })
  expect(uploads).toMatchObject([{ status: 'new', upload: { path, name: 'beach.png' } }])

  const { ticket: other } = await server.presign(newFile({ id: 'f1', path }))
  await server.discard(other)
  expect(discarded).toEqual([path])
})

test('a file that is uploaded with a reusable policy has its path too, and another path is another upload', async () => {
  const { server, confirmed } = folderBackend()
  const { body } = await server.call({ type: 'policies' })
  const kept = createPolicyCache()
  kept.add(body.policies, reader)
  const file = newFile()
  const tickets = ['a', 'b'].map(
    (folder) => kept.ticketFor({ ...file, path: `${folder}/beach.png` }) as AnyTicket & Ticket, // same value, looser type
  )
  const [first] = tickets
  await send(first ?? expect.unreachable())
  expect((await server.confirm(first ?? expect.unreachable())).result).toMatchObject({ path: 'a/beach.png' })
  expect(confirmed.map((each) => each.path)).toEqual(['a/beach.png'])
  // The same object as another upload: it has moved.
  expect(await server.confirm(tickets[1] ?? expect.unreachable())).toMatchObject({ error: {} })
  expect(await s3.keys()).toHaveLength(1)
})

test('the extension of a path fits the stored type, so that a key made from it cannot be a page', async () => {
  const { server, confirmed } = folderBackend()
  const { ticket } = await server.presign(newFile({ id: 'f1', path: 'album/page.html', name: 'page.html' }))
  await send(ticket)
  await server.confirm(ticket)
  expect(confirmed.map(({ name, path: stored }) => [name, stored])).toEqual([['page.png', 'album/page.png']])
})

test('without a path nothing has one', async () => {
  const { server, confirmed } = folderBackend()
  const { ticket } = await server.presign({})
  await send(ticket)
  await server.confirm(ticket)
  expect(confirmed[0]).not.toHaveProperty('path')
})

const hostile = [
  '../../x.png',
  '..',
  '/etc/passwd.png',
  'a/../../b.png',
  'a\\..\\b.png',
  'a//b.png',
  'a/./b.png',
  'a/b.png ',
  'a/\u202egnp.exe',
  'a/\0b.png',
  'CON/b.png',
  'a/${filename}',
  'cafe\u0301/b.png',
  'b.png',
  '',
  'deep/'.repeat(800) + 'b.png',
  42,
  ['a', 'b'],
  { toString: 'a/b' },
]

test.each(hostile)(
  'the path %j is rejected by presign and by a policy, and nothing is stored',
  async (given) => {
    const { server, confirmed } = folderBackend()
    const presigned = await server.presign({ ...newFile({ id: 'f1' }), path: given } as object)
    expect(presigned).toMatchObject({ error: { code: 'rejected', message: expect.stringContaining('path') } })

    const { body } = await server.call({ type: 'policies' })
    const kept = createPolicyCache()
    kept.add(body.policies, reader)
    const file = newFile()
    const ticket = kept.ticketFor({ ...file, path: given as string }) as AnyTicket & Ticket // a hostile page sends any JSON
    await send(ticket)
    expect(await server.confirm(ticket)).toMatchObject({ error: { code: 'rejected' } })
    expect(confirmed).toEqual([])
    expect((await s3.keys()).filter((each) => each.startsWith('users/'))).toEqual([])
  },
)
