import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { route } from '../../src/server/index.ts'
import { backend, openS3Fixture, photos, post, send, readUser } from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const input = z.object({
  album: z.coerce.number('Which album?').int(),
  caption: z.string().max(20, 'Captions have at most 20 letters.').default('untitled'),
})

test('every callback receives meta as the output of the schema', async () => {
  const seen: unknown[] = []
  const server = backend(s3.storage(), {
    routes: {
      photos: route({
        accept: 'image/*',
        maxSize: '1MB',
        metaSchema: input,
        authorize(request, { files }) {
          seen.push(files.map(({ meta }) => meta.album + 1))
          return readUser(request)
        },
        key: ({ id, meta }) => `albums/${meta.album.toFixed(0)}/${id}`,
        verify: ({ meta }) => void seen.push(meta),
        onConfirm: ({ meta }) => ({ shown: `${meta.caption} in ${meta.album + 1}` }),
        onDiscard: ({ meta }) => void seen.push(meta),
      }),
    },
  })
  const { ticket } = await server.presign({ meta: { album: '7' } })
  await send(ticket)
  expect((await server.confirm(ticket)).result).toMatchObject({ shown: 'untitled in 8' })
  expect(await s3.keys()).toEqual([expect.stringMatching(/^albums\/7\//)])

  const other = (await server.presign({ meta: { album: '8' } })).ticket
  await server.discard(other)
  const [seven, eight] = [7, 8].map((album) => ({ album, caption: 'untitled' }))
  // First at presign, confirm and verify; then at presign, discard and onDiscard.
  expect(seen).toEqual([[8], [8], seven, [9], [9], eight])
})

test('invalid meta is rejected with the message of the schema, and other files continue', async () => {
  const server = backend(s3.storage(), { routes: { photos: photos({ metaSchema: input }) } })
  const file = { name: 'a.png', size: 10, type: 'image/png' }
  const { body } = await server.call({
    type: 'presign',
    files: [
      { ...file, id: 'none' },
      { ...file, id: 'long', meta: { album: 1, caption: 'x'.repeat(21) } },
      { ...file, id: 'good', meta: { album: 1 } },
    ],
  })
  expect(body.tickets).toMatchObject([
    { error: { code: 'rejected', text: 'Which album?', message: 'meta.album: Which album?' } },
    { error: { code: 'rejected', text: 'Captions have at most 20 letters.' } },
    { ticket: { kind: 'post' } },
  ])
})

test('unauthorized users do not see schema messages', async () => {
  const { handler } = backend(s3.storage(), { routes: { photos: photos({ metaSchema: input }) } })
  const files = [{ id: 'a', name: 'a.png', size: 10, type: 'image/png' }]
  const answer = await handler(post({ type: 'presign', files }))
  expect(answer.status).toBe(401)
  expect(await answer.text()).not.toContain('album')
})

test('the schema may be asynchronous', async () => {
  const slow = z.object({
    album: z.number().refine(async (id) => Promise.resolve(id === 1), 'No such album'),
  })
  const server = backend(s3.storage(), { routes: { photos: photos({ metaSchema: slow }) } })
  expect((await server.presign({ meta: { album: 2 } })).error.text).toBe('No such album')
  expect((await server.presign({ meta: { album: 1 } })).ticket.kind).toBe('post')
})
