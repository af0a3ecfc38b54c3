import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { z } from 'zod'
import { startLocalS3 } from 'local-s3'
import { createUploadHandler, readUpload, readUploads, route, s3Storage } from 'putaway/server'
import type { FormUpload } from 'putaway/server'
import { buildPage } from '../../harness/built-page.ts'
import { closeContexts, shareBrowser } from '../../harness/browsers/launch-browser.ts'
import { Album } from './album.tsx'
import { Page } from './page.tsx'
import type { StoredImages } from './page.tsx'

export type FormSite = Awaited<ReturnType<typeof startFormSite>>

/** The server's reading of a posted form. */
export interface SavedForm {
  readonly title: string
  readonly photos: readonly string[]
  readonly avatar: string
}

/** A row of the table of an album. */
export interface SavedPhoto {
  readonly position: number
  readonly key: string
  readonly caption: string
  readonly bytes: number
}

/** Files of tests share one process and one database: its start takes 3 s of CPU time. It ends with the process. */
let database: Promise<PGlite> | undefined

async function openDatabase() {
  const db = await PGlite.create()
  await db.exec('CREATE TABLE photos (position int, key text UNIQUE, caption text, bytes int)')
  return db
}

/** An app with one form, rendered on the server; its backend, which trusts only `readUploads`; and a local S3. */
export async function startFormSite(stored: StoredImages) {
  const s3 = await startLocalS3()
  const { endpoint, region, credentials } = s3
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const userOf = (request: Request) => ({ id: request.headers.get('cookie')?.split('user=')[1] ?? 'anna' })
  const rules = { accept: 'image/*', maxSize: '5MB', authorize: userOf } as const
  const uploads = createUploadHandler({
    storage: s3Storage({ endpoint, region, credentials, bucket: 'uploads' }),
    secret: 'a secret of the form, and of no other app',
    routes: {
      photos: route({ ...rules, maxFiles: 5 }),
      avatar: route({ ...rules, maxFiles: 1 }),
      album: route({ ...rules, metaSchema: z.object({ caption: z.string().max(80).optional() }) }),
    },
  })

  /** The result for each image: the number of stored bytes of a new one, the app's own id of a stored one. */
  async function say(entry: FormUpload<unknown> | undefined): Promise<string> {
    if (!entry) return 'none'
    if (entry.status === 'error') return `error ${entry.error.code}`
    if (entry.status === 'stored') return `stored ${(entry.value as { id: number }).id}`
    const { key, name, size } = entry.upload
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'uploads', Key: key }))
    const bytes = await Body?.transformToByteArray()
    return `new ${name}${bytes?.length === size ? '' : ', whose bytes are not there'}`
  }

  const api = new Hono()
  api.post('/api/uploads', (context) => uploads(context.req.raw))
  api.post('/api/save', async (context) => {
    const form = await context.req.raw.formData()
    const user = userOf(context.req.raw)
    const photos = await readUploads(form, 'photos', { handler: uploads, route: 'photos', user })
    const avatar = await readUpload(form, 'avatar', { handler: uploads, route: 'avatar', user })
    const saved: SavedForm = {
      title: String(form.get('title')),
      photos: await Promise.all(photos.map(say)),
      avatar: await say(avatar),
    }
    return context.json(saved)
  })

  const db = await (database ??= openDatabase())
  api.post('/api/album', async (context) => {
    const form = await context.req.raw.formData()
    const user = userOf(context.req.raw)
    const photos = await readUploads(form, 'photos', { handler: uploads, route: 'album', user })
    for (const [position, photo] of photos.entries()) {
      if (photo.status !== 'new') return context.json({ refused: await say(photo) }, 422)
      const { key, meta, edited } = photo.upload
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: 'uploads', Key: key }))
      const caption = (edited?.meta ?? meta)?.caption ?? ''
      await db.query('INSERT INTO photos VALUES ($1, $2, $3, $4)', [position, key, caption, ContentLength])
    }
    return context.json({ intent: form.get('intent') })
  })

  const root = fileURLToPath(new URL('.', import.meta.url))
  const page = await buildPage(root, { entries: { main: `${root}main.tsx` }, environment: 'test' })
  const listener = getRequestListener(api.fetch)
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/')) return void listener(request, response)
    if (request.url !== '/' && request.url !== '/album') return page.listener(request, response)
    const markup = renderToString(
      <StrictMode>{request.url === '/album' ? <Album /> : <Page {...stored} />}</StrictMode>,
    )
    const given = JSON.stringify(stored).replaceAll('"', '&quot;')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Album</title>
      <link rel="stylesheet" href="/main.css"></head>
      <body><div id="root" data-stored="${given}">${markup}</div><script type="module" src="/main.js"></script></body></html>`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port, not on a pipe
  const browser = await shareBrowser()

  return {
    url,
    browser,
    storage: `${endpoint}/**`,
    /** The photos of the saved album in order, each with the size of its object, and then none. */
    async takeAlbum() {
      const { rows } = await db.query<SavedPhoto>('DELETE FROM photos RETURNING *')
      return rows.toSorted((one, other) => one.position - other.position)
    },
    async close() {
      await closeContexts(browser)
      server.closeAllConnections()
      server.close()
      client.destroy()
      await s3.close()
    },
  }
}
