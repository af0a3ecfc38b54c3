import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { tsc } from '../harness/tsc.ts'

// A separate program: a registration here would apply to all tests and stories.
const folder = 'node_modules/.cache/putaway-registered'
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const app = `
import { ImageUploader, useMultiUpload, useUpload } from 'putaway'
import { createUploadHandler, readUpload, readUploads, route, s3Storage } from 'putaway/server'
import { z } from 'zod'

const authorize = () => ({ id: 'anna', team: 'red' })
const uploads = createUploadHandler({
  storage: s3Storage({ region: 'eu-central-1', credentials: { accessKeyId: process.env.KEY, secretAccessKey: '' }, bucket: 'my-app' }),
  secret: process.env.UPLOAD_SECRET,
  routes: {
    photos: route({
      accept: 'image/*',
      maxSize: '1MB',
      metaSchema: z.object({ album: z.coerce.number<string>(), caption: z.string().optional() }),
      authorize,
      key: ({ id, meta }, { user }) => \`\${user.team}/\${meta.album.toFixed()}/\${id}\`,
      onConfirm: ({ id, meta }) => ({ id, album: meta.album, taken: new Date(), tags: ['a'] }),
    }),
    plain: route({ accept: '*', maxSize: '1MB', authorize }),
    named: route({ accept: '*', maxSize: '1MB', authorize, onConfirm: async ({ key, meta }) => key + Number(meta.index) }),
    none: route({ accept: '*', maxSize: '1MB', authorize, onConfirm() {} }),
  },
})
declare module 'putaway' {
  interface Register {
    uploads: typeof uploads
  }
}

type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
const isTrue = <Value extends true>(value?: Value) => value

export function Photos() {
  const photos = useUpload({ route: 'photos', meta: { album: '7' }, onDone: (result) => result.album.toFixed() })
  if (photos.status === 'done') {
    isTrue<Equal<typeof photos.result.album, number>>()
    isTrue<Equal<typeof photos.result.taken, string>>()
    isTrue<Equal<typeof photos.result.token, string>>()
    isTrue<Equal<typeof photos.result.tags[0], string>>()
  }
  const many = useMultiUpload({ route: 'photos', meta: (file) => ({ album: '1', caption: file.name }) })
  for (const { status, ...item } of many.items) void item
  void many.resultOf('x').then(({ album }) => album.toFixed())

  // @ts-expect-error the route needs an album
  useUpload({ route: 'photos' })
  // @ts-expect-error meta travels as a string
  useUpload({ route: 'photos', meta: { album: 7 } })
  // @ts-expect-error there is no such route
  useUpload({ route: 'fotos', meta: { album: '7' } })

  const plain = useUpload({ route: 'plain' })
  if (plain.status === 'done') isTrue<Equal<typeof plain.result.url, string>>()
  const named = useUpload({ route: 'named', meta: { anything: 1 } })
  if (named.status === 'done') isTrue<Equal<typeof named.result, string>>()
  const none = useUpload({ route: 'none' })
  if (none.status === 'done') isTrue<Equal<typeof none.result, null>>()

  // Another backend than the registered one has its own routes.
  const other = useUpload<{ id: number }>({ endpoints: '/other', route: 'videos' })
  if (other.status === 'done') other.result.id.toFixed()
  useUpload()
  return null
}

export function Fields() {
  return (
    <>
      <ImageUploader route="photos" multiple meta={{ album: '7' }} onDone={({ album }) => album.toFixed()} />
      <ImageUploader route="plain" onChange={(image) => image?.token?.trim()} />
      <ImageUploader route="plain" multiple onChange={(images) => images.map(({ token }) => token)} />
      <ImageUploader<{ id: number }> endpoints="/other" route="videos" onDone={({ id }) => id.toFixed()} />
      {/* @ts-expect-error the route needs an album */}
      <ImageUploader route="photos" multiple />
      {/* @ts-expect-error there is no such route */}
      <ImageUploader route="fotos" />
      {/* @ts-expect-error a list of one that holds one */}
      <ImageUploader route="plain" value={[{ url: '/a.png' }]} />
    </>
  )
}

export async function save(form: FormData) {
  const user = { id: 'anna' }
  for (const photo of await readUploads(form, 'photos', { handler: uploads, route: 'photos', user })) {
    if (photo.status === 'new') isTrue<Equal<typeof photo.upload.meta.album, string>>()
    if (photo.status === 'error') photo.error.text.trim()
    if (photo.status === 'stored') isTrue<Equal<typeof photo.value, unknown>>()
  }
  await uploads.url('files/7/cat.png', { route: 'photos', download: true })
  // @ts-expect-error there is no such route
  await uploads.url('files/7/cat.png', { route: 'fotos' })
  const cover = await readUpload(form, 'cover', { handler: uploads, route: 'photos', user, maxFiles: 1 })
  if (cover?.status === 'new') isTrue<Equal<typeof cover.upload.meta.album, string>>()
  // @ts-expect-error there is no such route
  await readUploads(form, 'photos', { handler: uploads, route: 'fotos', user })
  // @ts-expect-error the user of the form is required
  await readUploads(form, 'photos', { handler: uploads, route: 'photos' })
  const [other] = await readUploads(form, 'photos', { secret: 's', route: 'anything', user })
  if (other?.status === 'new') other.upload.meta.anything
}

createUploadHandler({
  storage: s3Storage({ region: 'eu-central-1', credentials: { accessKeyId: process.env.KEY, secretAccessKey: '' }, bucket: 'my-app' }),
  secret: '',
  routes: {
    photos: route({
      accept: '*',
      maxSize: 1,
      metaSchema: z.object({ album: z.number() }),
      authorize,
      // @ts-expect-error the schema has no such field
      onConfirm: ({ meta }) => meta.albun,
    }),
  },
})
`

test('a registered handler types its routes in the browser, and a schema types its callbacks', async () => {
  expect(await compile('app', [app])).toBe('')
}, 60_000)

/** The output of tsc for a separate program. */
async function compile(name: string, sources: readonly string[]): Promise<string> {
  const place = `${folder}/${name}`
  mkdirSync(place, { recursive: true })
  const files = sources.map((source, index) => {
    writeFileSync(`${place}/snippet-${index}.tsx`, `${source}\nexport {}\n`)
    return `snippet-${index}.tsx`
  })
  const config = {
    extends: '../../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false },
    include: [],
    files,
  }
  writeFileSync(`${place}/tsconfig.json`, JSON.stringify(config))
  const { stdout } = await tsc(place).catch((failed: { stdout: string }) => failed)
  return stdout
}
