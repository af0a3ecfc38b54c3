import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

const folders = new Set<string>()

afterEach(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
  folders.clear()
})

/** Creates an empty folder, which is deleted after the test. */
export async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'local-s3-test-'))
  folders.add(folder)
  return folder
}
