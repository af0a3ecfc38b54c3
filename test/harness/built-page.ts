import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import react from '@vitejs/plugin-react'
import { Hono } from 'hono'
import { build } from 'vite'

export interface BuildOptions {
  /** Entries by name: `{ owner: '/path/owner.tsx' }` is served as `/owner.js`. Default: `index.html` of the root. */
  readonly entries?: Readonly<Record<string, string>>
  /** NODE_ENV of the page. With `development` the console has the messages for developers. Default: `test`. */
  readonly environment?: 'test' | 'development'
}

/**
 * Bundles a page with imports as users write them, and serves it. Vite's development server would send about 200
 * modules at each load. Most tests load a new page, so the loads would take more CPU time than the tests.
 */
export async function buildPage(root: string, { entries, environment = 'test' }: BuildOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'putaway-page-'))
  await build({
    configFile: false,
    root,
    plugins: [react()],
    resolve: { tsconfigPaths: true },
    define: { 'process.env.NODE_ENV': JSON.stringify(environment) },
    build: {
      outDir: directory,
      minify: false,
      target: 'esnext',
      reportCompressedSize: false,
      modulePreload: false,
      rolldownOptions: {
        input: entries ?? join(root, 'index.html'),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
      },
    },
    logLevel: 'error',
  })
  const page = new Hono().use(serveStatic({ root: directory }))
  const listener: RequestListener = getRequestListener(page.fetch)
  return { listener, close: () => rm(directory, { recursive: true, force: true }) }
}
