import { randomFillSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { S3Client } from '@aws-sdk/client-s3'
import { serve } from '@hono/node-server'
import react from '@vitejs/plugin-react'
import { Hono } from 'hono'
import type { Browser } from 'playwright'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { build } from 'vite'
import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { closeContexts, shareBrowser } from '../harness/browsers/launch-browser.ts'

// The Content-Security-Policy of docs/security.md, around a production build.

let s3: LocalS3
let browser: Browser
let folder: string
let url: string
let policy = ''
const endings: (() => unknown)[] = []
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** A photo that is large enough for both workers: the one of checksums and the one of thumbnails. */
const noise = new PNG({ width: 1600, height: 1200, colorType: 2 })
randomFillSync(noise.data)
const photo = { name: 'noise.png', mimeType: 'image/png', buffer: PNG.sync.write(noise, { colorType: 2 }) }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'putaway-policy-'))
  // Otherwise Vite builds a page for tests, with the JSX of development.
  vi.stubEnv('NODE_ENV', 'production')
  await build({
    configFile: false,
    root: fileURLToPath(new URL('mistakes', import.meta.url)),
    plugins: [react()],
    resolve: { tsconfigPaths: true },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
    logLevel: 'error',
  })
  vi.unstubAllEnvs()
  s3 = await startLocalS3()
  const { endpoint, region, credentials } = s3
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const uploads = createUploadHandler({
    storage: s3Storage({ client, bucket: 'uploads' }),
    secret: 'a secret of the policy, and of no other app',
    routes: { photos: route({ accept: 'image/*', maxSize: '20MB', authorize: () => ({ id: 'ada' }) }) },
  })
  const app = new Hono()
  app.post('/api/*', (context) => uploads(context.req.raw))
  app.get('/favicon.ico', (context) => context.body(null, 204))
  app.get('*', async (context) => {
    const { pathname } = new URL(context.req.url)
    const path = pathname === '/' ? '/index.html' : pathname
    const headers = { 'content-type': types[extname(path)] ?? '', 'content-security-policy': policy }
    return context.body(await readFile(join(folder, path)), 200, headers)
  })
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
  browser = await shareBrowser()
  endings.push(
    () => closeContexts(browser),
    () => server.close(),
    () => s3.close(),
    () => client.destroy(),
  )
})
afterAll(async () => {
  for (const end of endings) await end()
  await rm(folder, { recursive: true, force: true })
})

/** Uploads the photo under a policy. Returns the lines of the console once it is stored and shown. */
async function uploadUnder(directives: Readonly<Record<string, string>>): Promise<string[]> {
  policy = Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ')
  const page = await browser.newPage()
  const lines: string[] = []
  page.on('console', (line) => lines.push(line.text()))
  page.on('pageerror', (error) => lines.push(error.message))
  await page.goto(`${url}/?mistake=none`)
  const input = page.locator('input[type=file]').first()
  await input.waitFor({ state: 'attached' })
  await input.setInputFiles(photo)
  await page.getByText('Uploaded', { exact: true }).first().waitFor()
  const image = page.getByRole('img', { name: photo.name })
  await expect
    .poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth))
    .toBeGreaterThan(0)
  await page.close()
  return lines
}

const strict = () => ({
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': `'self' ${s3.endpoint}`,
  'img-src': `'self' blob: ${s3.endpoint}`,
  'worker-src': 'blob:',
})

test('under a strict policy with the documented sources an upload leaves the console empty', async () => {
  expect(await uploadUnder(strict())).toEqual([])
})

test('without worker-src the page computes checksums and thumbnails, and only the browser says so', async () => {
  const lines = await uploadUnder({ ...strict(), 'worker-src': "'self'" })
  // A page cannot read its policy before it tries.
  expect(lines.filter((line) => !/worker.*violates.* directive: .worker-src/i.test(line))).toEqual([])
  expect(lines.length).toBeLessThanOrEqual(2)
})
