import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { createUploadHandler, route } from 'putaway/server'
import type { ConfirmedUpload, UploadStorage } from 'putaway/server'
import { z } from 'zod'
import type { Kind, Library, StoredUpload } from './library.ts'
import type { StoredFile } from './src/stored.ts'
import { userCookie, userOf } from './user.ts'

/** The record that the library stores for a confirmed upload. */
type Known = Pick<ConfirmedUpload, 'id' | 'key' | 'name' | 'size' | 'type'>

/** The body that the page sends when a user has removed, restored or moved uploads. */
const changeSchema = z.object({ ids: z.array(z.string()), removed: z.array(z.string()) })

/** The upload handler and the API of stored uploads. A user sees only their own uploads. */
export function createApi(storage: UploadStorage, library: Library) {
  // An app with several servers, or one that restarts during uploads, keeps its secret in the environment.
  const secret = randomBytes(32).toString('base64')

  const uploads = createUploadHandler({
    storage,
    secret,
    routes: {
      avatar: route({
        accept: 'image/*',
        maxSize: '5MB',
        authorize: userOf,
        async onConfirm(upload, { user }) {
          const saved = await keep('avatar', upload, user.id)
          const older = (await library.list(user.id, 'avatar')).filter(({ id }) => id !== upload.id)
          await Promise.all(older.map(discard))
          return saved
        },
      }),
      photos: route({
        accept: 'image/*',
        maxSize: '20MB',
        authorize: userOf,
        onConfirm: (upload, { user }) => keep('photos', upload, user.id),
      }),
      files: route({
        accept: '*',
        maxSize: '5GB',
        authorize: userOf,
        onConfirm: (upload, { user }) => keep('files', upload, user.id),
      }),
    },
  })

  async function keep(kind: Kind, { id, key, name, size, type }: Known, owner: string) {
    const upload = { id, kind, owner, key, name, size, type }
    await library.save(upload)
    return shown(upload)
  }

  /** Deletes the object first: while its row exists, a delete that failed half-way can be repeated. */
  async function discard({ key, owner, id }: StoredUpload) {
    await storage.remove(key)
    await library.remove(owner, id)
  }

  const app = new Hono<{ Variables: { user: string } }>()
  app.all('/api/uploads', (c) => uploads(c.req.raw))

  app.use('/api/*', async (c, next) => {
    const user = getCookie(c, userCookie)
    if (!user) return c.json({ error: 'Open the page first: it signs you in to the demo.' }, 401)
    c.set('user', user)
    await next()
  })
  app.get('/api/:kind{avatar|photos|files}', async (c) => {
    const list = await library.list(c.get('user'), c.req.param('kind') as Kind) // the pattern guarantees it
    return c.json(list.map(shown))
  })
  app.patch('/api/:kind{avatar|photos|files}', async (c) => {
    const change = changeSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!change.success) return c.json({ error: z.prettifyError(change.error) }, 400)
    const { ids, removed } = change.data
    await library.arrange(c.get('user'), c.req.param('kind') as Kind, ids, removed) // the pattern guarantees it
    return c.body(null, 204)
  })
  // The address of an image stays the same, so that browsers cache it; the redirect target is signed for each request.
  app.get('/api/stored/:id', async (c) => {
    const upload = await library.find(c.get('user'), c.req.param('id'))
    if (!upload) return c.notFound()
    c.header('Cache-Control', 'private, max-age=600')
    return c.redirect(await uploads.url(upload.key))
  })
  app.notFound((c) => c.json({ error: 'There is nothing here.' }, 404))

  /** Deletes what was removed this long ago: before, the user may undo the removal. */
  async function emptyTrash(seconds: number) {
    await Promise.all((await library.removedSince(seconds)).map(discard))
  }

  return { app, emptyTrash }
}

/** The fields that the browser may see. */
function shown({ id, name, size, type }: StoredUpload): StoredFile {
  return { id, name, size, type, url: `/api/stored/${id}` }
}
