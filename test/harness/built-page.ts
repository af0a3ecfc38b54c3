import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { build as viteBuild } from 'vite'

export interface BuildOptions {
  /** Entries by name: `{ owner: '/path/owner.tsx' }` is served as `/owner.js`. Default: `index.html` of the root. */
  readonly entries?: Readonly<Record<string, string>>
  /**
   * NODE_ENV of the page. `production`, the default: one small file. `test`: StrictMode mounts everything twice, and
   * chunks load when they are needed. `development`: the console also has the messages for developers.
   */
  readonly environment?: 'production' | 'test' | 'development' | undefined
}

/** Files of tests share one process, and some show the same page: a build takes up to 1 s of CPU time. */
const builds = new Map<string, Promise<string>>()

/**
 * Bundles a page with imports as users write them, and serves it. Most tests load a new page, so the loads take more CPU
 * time than the tests: 0.8 s with React's development build in 24 files, 0.45 s with its production build in one file.
 * Vite's development server would send about 200 modules. The browser keeps the files, so that it also keeps what it
 * has compiled: the tests of mistakes take 27 s of CPU time in Chromium, and 53 s without its cache.
 */
export async function buildPage(root: string, { entries, environment = 'production' }: BuildOptions = {}) {
  const input = entries ?? join(root, 'index.html')
  const key = JSON.stringify([root, input, environment])
  const directory = builds.get(key) ?? build(root, input, environment)
  builds.set(key, directory)
  const page = new Hono().use(
    serveStatic({
      root: await directory,
      onFound: (path, context) => {
        if (!path.endsWith('.html')) context.header('Cache-Control', 'max-age=3600')
      },
    }),
  )
  const listener: RequestListener = getRequestListener(page.fetch)
  return { listener }
}

async function build(
  root: string,
  input: string | Readonly<Record<string, string>>,
  environment: string,
): Promise<string> {
  const directory = await mkdtemp(join(process.env.PUTAWAY_PAGES ?? tmpdir(), 'putaway-page-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  await viteBuild({
    configFile: false,
    root,
    // Vite would read NODE_ENV, which is `test` in Vitest, and React's production build has no `jsxDEV`.
    oxc: { jsx: { runtime: 'automatic', development: false } },
    resolve: { tsconfigPaths: true },
    define: { 'process.env.NODE_ENV': JSON.stringify(environment) },
    build: {
      outDir: directory,
      minify: environment === 'production',
      target: 'esnext',
      reportCompressedSize: false,
      modulePreload: false,
      rolldownOptions: {
        input,
        preserveEntrySignatures: 'strict',
        output: {
          codeSplitting: environment !== 'production',
          entryFileNames: '[name].js',
          assetFileNames: '[name][extname]',
        },
      },
    },
    logLevel: 'error',
  })
  return directory
}
