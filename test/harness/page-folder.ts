import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for the pages that `buildPage` bundles. Vitest ends its processes by a signal, so they cannot remove it. */
export function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-pages-'))
  process.env.PUTAWAY_PAGES = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
