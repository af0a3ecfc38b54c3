import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll } from 'vitest'

/**
 * Bundles a TypeScript program and returns the path of the result, for tests that start it many times. Each start with
 * tsx would compile every module again, which takes most of a second of CPU time. Call it at the top level of a test
 * file, which removes the bundle at its end.
 */
export async function bundleForNode(entry: URL): Promise<string> {
  const source = fileURLToPath(entry)
  const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))
  mkdirSync(cache, { recursive: true })
  // Within the repository, so that the packages that stay outside of the bundle resolve.
  const folder = mkdtempSync(join(cache, 'putaway-bundle-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  await build({
    entryPoints: [source],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  })
  return join(folder, `${basename(source, '.ts')}.mjs`)
}
