import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { S3Client } from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { startLocalS3 } from 'local-s3'
import type { LocalS3, LocalS3Options } from 'local-s3'
import { UploadError, createUploadHandler, route, s3Storage } from 'putaway/server'
import type { UploadHandlerOptions } from 'putaway/server'
import { z } from 'zod'
import { corsRule } from '../../../src/protocol/cors-rule.ts'
import { closeContexts, shareBrowser } from '../../harness/browsers/launch-browser.ts'
import { createPagePool } from '../../harness/browsers/page-pool.ts'
import { startFaultProxy } from '../../harness/fault-proxy.ts'
import { startTestSite } from '../../harness/site.ts'

export type MistakeSite = Awaited<ReturnType<typeof startMistakeSite>>

const rules = { accept: 'image/*', maxSize: '5MB', authorize: () => ({ id: 'ada' }) } as const
const hourMs = 3_600_000
const secret = 'a secret of the mistakes, and of no other app'
const html = '<!doctype html><title>Sign in</title><h1>Sign in</h1>'

/** A page for each mistake of `main.tsx`, a backend for each mistake below `/api/`, and storage for each. */
export async function startMistakeSite() {
  const stores: LocalS3[] = []
  const start = async (options: LocalS3Options = {}) => {
    const store = await startLocalS3(options)
    stores.push(store)
    return store
  }
  const good = await start()
  const denying = await startFaultProxy(good.endpoint)
  for (const operation of ['PostObject', 'PutObject']) {
    const body = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    denying.add({ operation, way: 'answer', status: 403, body })
  }
  /** Lines that a server writes to its console, by mistake. */
  const logged = new Map<string, string[]>()
  const log = (mistake: string, line: string) => logged.set(mistake, [...(logged.get(mistake) ?? []), line])

  type Client = ConstructorParameters<typeof S3Client>[0]
  const storageOf = (store: LocalS3, client: Client = {}, bucket = 'uploads') => {
    const { endpoint, region, credentials } = store
    return s3Storage({
      client: new S3Client({ endpoint, region, credentials, forcePathStyle: true, ...client }),
      bucket,
    })
  }
  const storage = storageOf(good)
  const handler = (mistake: string, options: Partial<UploadHandlerOptions> = {}) =>
    createUploadHandler({
      storage,
      secret,
      routes: { photos: route(rules) },
      onError: (error, { type }) => log(mistake, `putaway: ${type} failed. ${String(error)}`),
      ...options,
    })
  const oops = () => {
    throw new Error('photos.insert is not a function')
  }

  const handlers: Record<string, Partial<UploadHandlerOptions>> = {
    fine: {},
    'wrong-bucket': { storage: storageOf(good, {}, 'nowhere') },
    'no-bucket-name': { storage: storageOf(good, {}, '') },
    'wrong-region': { storage: storageOf(good, { region: 'eu-west-1' }) },
    'wrong-secret-key': {
      storage: storageOf(good, { credentials: { ...good.credentials, secretAccessKey: 'x'.repeat(40) } }),
    },
    'unknown-access-key': {
      storage: storageOf(good, { credentials: { ...good.credentials, accessKeyId: 'AKIAUNKNOWN' } }),
    },
    'no-cors': { storage: storageOf(await start({ cors: false })) },
    'cors-of-other-origin': { storage: storageOf(await start({ cors: [corsRule(['https://other.test'])] })) },
    'storage-denies': { storage: storageOf(good, { endpoint: denying.endpoint }) },
    'storage-down': { storage: storageOf(good, { endpoint: 'http://127.0.0.1:9' }) },
    'clock-ahead': { storage: storageOf(await start({ clock: () => Date.now() - hourMs })) },
    'clock-behind': { storage: storageOf(await start({ clock: () => Date.now() + hourMs })) },
    'authorize-throws': { routes: { photos: route({ ...rules, authorize: oops }) } },
    'nobody-is-signed-in': { routes: { photos: route({ ...rules, authorize: () => null }) } },
    'on-confirm-throws': { routes: { photos: route({ ...rules, onConfirm: oops }) } },
    'schema-refuses-meta': {
      routes: { photos: route({ ...rules, metaSchema: z.object({ album: z.string('Choose an album.') }) }) },
    },
    'no-route-named': { routes: { photos: route(rules), files: route(rules) } },
    'wrong-type-of-bytes': {},
    'too-large-for-route': { routes: { photos: route({ ...rules, maxSize: '10B' }) } },
    'file-gone': {},
    'blocked-by-policy': {},
    'mixed-content': {},
    forbidden: {
      routes: {
        photos: route({ ...rules, authorize: () => new UploadError('forbidden', { phase: 'starting' }) }),
      },
    },
  }
  const api = new Hono()
  for (const [mistake, options] of Object.entries(handlers)) {
    const uploads = handler(mistake, options)
    api.post(`/api/${mistake}`, (context) => uploads(context.req.raw))
  }
  const fine = handler('fine')
  api.post('/api/html', (context) => context.html(html))
  api.post('/api/login-redirect', (context) => context.redirect('/api/login', 303))
  api.get('/api/login', (context) => context.html(html))
  api.post('/api/status-500', (context) => context.text('Internal Server Error', 500))
  api.post('/api/status-401', (context) => context.text('Unauthorized', 401))
  api.post('/api/status-502', (context) => context.html('<h1>Bad gateway</h1>', 502))
  api.post('/api/wrong-json', (context) => context.json({ url: 'https://s3.test/a', fields: {} }))
  api.post('/api/no-ticket', (context) => context.json({ tickets: [] }))
  api.post('/api/wrong-ticket', async (context) => {
    const { files } = (await context.req.json()) as { files: { id: string }[] } // our client sends them
    return context.json({ tickets: files.map(({ id }) => ({ id, ticket: { kind: 'put', key: 'a' } })) })
  })
  api.post('/api/backend-hangs', () => new Promise<Response>(() => {}))
  const nodeRequest = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  } as unknown as Request
  api.post('/api/node-without-adapter', async (context) => {
    // Express 5 answers 500 when a handler rejects.
    const thrown = await fine(nodeRequest).catch(String)
    log('node-without-adapter', String(thrown))
    return context.text('Internal Server Error', 500)
  })
  api.post('/api/:mistake', async (context) => {
    // Mistakes of the page have a backend that works; a wrong URL has none.
    return context.req.param('mistake') === 'wrong-url' ? context.notFound() : fine(context.req.raw)
  })

  const root = fileURLToPath(new URL('.', import.meta.url))
  const site = await startTestSite(root, getRequestListener(api.fetch), {
    entries: { index: `${root}index.html`, copy: await bundleCopy() },
    environment: 'development',
  })
  const browser = await shareBrowser()

  return {
    url: site.url,
    storage: good.endpoint,
    pages: createPagePool(browser, { ignoreHTTPSErrors: true }),
    logged: (mistake: string) => logged.get(mistake) ?? [],

    /** Creates a handler as a server does at its start, and returns the sentence that it throws. */
    startServer(options: object): string {
      try {
        handler('start', options)
        return ''
      } catch (thrown) {
        return String(thrown)
      }
    },
    rules,

    async close() {
      await closeContexts(browser)
      await site.close()
      await denying.close()
      for (const store of stores) await store.close()
    },
  }
}

/** Bundles a second copy of the package, and returns its path. */
async function bundleCopy(): Promise<string> {
  const folder = fileURLToPath(new URL('../../../node_modules/.cache/putaway-e2e/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const outfile = `${folder}copy.js`
  await build({
    entryPoints: [fileURLToPath(new URL('../../../src/index.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    external: ['react', 'react-dom', 'react/jsx-runtime', '@tanstack/react-query'],
    define: { 'process.env.NODE_ENV': '"development"' },
    jsx: 'automatic',
    logLevel: 'error',
  })
  return outfile
}
