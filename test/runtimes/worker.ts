import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** As docs/runtimes.md has it. No option of wrangler is needed; `keep_names: false` makes the Worker smaller. */
const config = {
  name: 'putaway',
  main: 'worker.mjs',
  compatibility_date: '2026-04-01',
  keep_names: false,
}

interface Miniflare {
  readonly ready: Promise<URL>
  dispose(): Promise<void>
}

/** Builds the Worker with wrangler, and returns what wrangler printed. */
export function buildWorker(
  folder: string,
  wrangler: string,
  { flags = [], keepNames = false }: { flags?: readonly string[]; keepNames?: boolean } = {},
): string {
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify({ ...config, keep_names: keepNames }))
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' }
  return execFileSync(wrangler, ['deploy', '--dry-run', '--outdir', 'worker-dist', ...flags], {
    cwd: folder,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Starts the built Worker on workerd. Returns its URL. */
export async function startWorker(
  folder: string,
  wrangler: string,
  bindings: Record<string, string>,
  endings: (() => unknown)[],
): Promise<string> {
  buildWorker(folder, wrangler)
  // Installed beside this file and not at the root, so it has no types here.
  const { Miniflare: Constructor } = createRequire(import.meta.url)('miniflare') as {
    Miniflare: new (options: object) => Miniflare
  }
  const { compatibility_date: compatibilityDate } = config
  const contents = readFileSync(join(folder, 'worker-dist/worker.js'), 'utf8')
  const worker = new Constructor({
    modules: [{ type: 'ESModule', path: 'worker.js', contents }],
    compatibilityDate,
    bindings,
    host: '127.0.0.1',
  })
  endings.push(() => worker.dispose())
  return (await worker.ready).origin
}
