import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import type { TicketKind } from '../harness/browser-fixture.ts'
import { startFileFixture } from '../harness/file-fixture.ts'
import type { FileFixture, FilePage } from '../harness/file-fixture.ts'

// A file on disk that changes: by moment, change and kind of ticket. Each ends in a sentence, and what is stored is the
// file before the change or nothing. `PUTAWAY_MATRIX=all` runs every kind; without it, the tests of CI stay short.

const unreadable = new UploadError('unreadable', { phase: 'uploading' }).text
const kinds: readonly TicketKind[] = process.env.PUTAWAY_MATRIX ? ['put', 'post', 'multipart'] : ['put']
/** Firefox reads a small file before it is sent. Everything else is read while it is sent. */
const sizes = { small: 30_000, large: 30_000_000 } as const

const changes: Readonly<Record<string, (path: string, size: number) => Promise<void>>> = {
  vanishes: (path) => rm(path),
  'is cut': (path) => truncate(path, 10),
  grows: (path) => appendFile(path, 'and more'),
  'is replaced by one of the same size': (path, size) => replace(path, size),
  'is replaced by a longer one': (path, size) => replace(path, size + 1000),
}

async function replace(path: string, size: number) {
  await writeFile(`${path}.new`, Buffer.alloc(size, 'b'))
  await utimes(`${path}.new`, new Date(), new Date(Date.now() + 60_000))
  await rename(`${path}.new`, path)
}

const cells = kinds.flatMap((kind) =>
  Object.keys(changes).flatMap((change) =>
    (kind === 'multipart' ? (['large'] as const) : (['large', 'small'] as const)).map((size) => ({
      kind,
      change,
      size,
    })),
  ),
)

let rig: FileFixture
let guest: FilePage
let folder: string
beforeAll(async () => {
  rig = await startFileFixture()
  folder = await mkdtemp(join(tmpdir(), 'putaway-changed-'))
})
afterAll(async () => {
  await rig.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  rig.gate.clear()
  await guest.leave()
})

async function createFile(name: string, size: number) {
  const path = join(folder, name)
  await writeFile(path, Buffer.alloc(size, 'a'))
  await utimes(path, new Date(), new Date(Date.now() - 60_000))
  return path
}

const hashOf = (size: number, letter: string) =>
  createHash('sha256').update(Buffer.alloc(size, letter)).digest('hex')

async function expectUnreadable(name: string) {
  expect(await guest.said()).toMatchObject({ code: 'unreadable', phase: 'uploading' })
  expect(rig.isStored(name)).toBe(false)
}

let count = 0

test.each(cells)('a $size file that $change before it is sent by $kind', async ({ kind, change, size }) => {
  const name = `before-${(count += 1)}.bin`
  const path = await createFile(name, sizes[size])
  guest = await rig.openPage(kind)
  const { promise: until, resolve: letOn } = withResolvers()
  rig.holdCalls(until)
  await guest.choose(path)
  await guest.isListed()
  await changes[change]?.(path, sizes[size])
  letOn()
  const outcome = await guest.outcome()
  if (outcome !== 'Uploaded') {
    expect(outcome).toBe(unreadable)
    return expectUnreadable(name)
  }
  // Firefox reads the file as it is now. It cannot know that another one of the same size took its place.
  expect(change).toBe('is replaced by one of the same size')
  expect(await rig.hashOf(name)).toBe(hashOf(sizes[size], 'b'))
})

test.each(cells)('a $size file that $change while it is sent by $kind', async ({ kind, change, size }) => {
  const name = `sending-${(count += 1)}.bin`
  const path = await createFile(name, sizes[size])
  guest = await rig.openPage(kind)
  const operation = { put: 'PutObject', post: 'PostObject', multipart: 'UploadPart' }[kind]
  const { promise: until, resolve: letOn } = withResolvers()
  const isHeld = new Promise<void>((held) => rig.gate.add({ operation, times: 1, way: 'hold', until, held }))
  await guest.choose(path)
  await isHeld
  await changes[change]?.(path, sizes[size])
  letOn()
  const outcome = await guest.outcome()
  if (outcome !== 'Uploaded') {
    expect(outcome).toBe(unreadable)
    return expectUnreadable(name)
  }
  // A small file is sent, or in Firefox read, before it changes. A file that is open can be read after it was deleted.
  expect(size === 'small' || change === 'vanishes' || change.startsWith('is replaced')).toBe(true)
  expect(await rig.hashOf(name)).toBe(hashOf(sizes[size], 'a'))
})

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((keep) => (resolve = keep))
  return { promise, resolve }
}
