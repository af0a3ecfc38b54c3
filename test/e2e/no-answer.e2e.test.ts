import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import { startFileFixture } from '../harness/file-fixture.ts'
import type { FileFixture, FilePage } from '../harness/file-fixture.ts'

// A request that gets no event at all, in every browser: the watchdog starts with the request, not with its progress.

const operations = { put: 'PutObject', post: 'PostObject', multipart: 'UploadPart' } as const
/** Without `PUTAWAY_MATRIX=all`, the tests of CI stay short. */
const kinds = process.env.PUTAWAY_MATRIX ? (['put', 'post', 'multipart'] as const) : (['put'] as const)
const textOf = (code: 'stalled' | 'network' | 'cors') => new UploadError(code, { phase: 'uploading' }).text

let rig: FileFixture
let page: FilePage
let folder: string
beforeAll(async () => {
  rig = await startFileFixture()
  folder = await mkdtemp(join(tmpdir(), 'putaway-no-answer-'))
})
afterAll(async () => {
  await rig.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  rig.gate.clear()
  await page.leave()
})

/** Sends a file by a transport that waits a second and does not retry. */
async function send(name: string, kind: (typeof kinds)[number]) {
  const path = join(folder, name)
  await writeFile(path, Buffer.alloc(30_000, 'a'))
  page = await rig.openPage(kind, { patience: '1000', retries: '0' })
  await page.choose(path)
  const outcome = await page.outcome()
  expect(rig.isStored(name)).toBe(false)
  return outcome
}

test.each(kinds)('a %s that is connected and never answered ends as stalled', async (kind) => {
  for (const operation of ['Preflight', operations[kind]]) rig.gate.add({ operation, way: 'silence' })
  expect(await send(`silent-${kind}.bin`, kind)).toBe(textOf('stalled'))
})

test.each(kinds)('a %s that is redirected to a port that browsers block ends in an error', async (kind) => {
  const headers = { location: 'http://127.0.0.1:9/elsewhere' }
  for (const operation of ['Preflight', operations[kind]])
    rig.gate.add({ operation, way: 'answer', status: 307, headers })
  // Some browsers report an error at once, and others report nothing.
  expect([textOf('stalled'), textOf('network'), textOf('cors')]).toContain(
    await send(`blocked-${kind}.bin`, kind),
  )
})
