import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Hono } from 'hono'
import { startLocalS3 } from 'local-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { S3BucketOptions, StoredUrlOptions, UploadHandlerOptions } from '../../src/server/index.ts'
import { backend, bytes, openS3Fixture, photos, readUser, secret, send } from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const text = new TextEncoder().encode('hello')
const png = 'files/7/cat.png'

function createUploads(
  options: Partial<S3BucketOptions> = {},
  routes: UploadHandlerOptions['routes'] = { photos: photos() },
) {
  return createUploadHandler({ storage: s3.storage(options), secret, routes })
}

/** Fetches a URL. Returns what a browser sees. */
async function get(url: string) {
  const response = await fetch(url)
  const body = new Uint8Array(await response.arrayBuffer())
  const { status, headers } = response
  return { status, body, type: headers.get('content-type'), disposition: headers.get('content-disposition') }
}

/** Confirms an upload. Returns its result. */
async function upload(
  server: ReturnType<typeof backend>,
  file: { name: string; type: string },
  body: Uint8Array<ArrayBuffer>,
) {
  const { ticket } = await server.presign({ ...file, size: body.length })
  await send(ticket, body)
  return (await server.confirm(ticket)).result
}

describe('a URL of a confirmed file', () => {
  test('answers the bytes, the type and the disposition that confirm stored', async () => {
    const server = backend(s3.storage())
    const { key } = await upload(server, { name: 'Zoë’s cat.png', type: 'image/png' }, bytes)
    const shown = await get(await server.handler.url(key))
    expect(shown).toMatchObject({ status: 200, body: bytes, type: 'image/png' })
    expect(shown.disposition).toMatch(/^inline; filename="Zoe-s-cat\.png"/)
  })

  test('is a download for HTML, SVG and other active content', async () => {
    const accept = ['text/html', 'image/svg+xml']
    const server = backend(s3.storage(), { routes: { files: photos({ accept }) } })
    for (const [name, type, code] of [
      ['a.html', 'text/html', '<!doctype html><p>hello</p>'],
      ['a.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ] as const) {
      const { key } = await upload(server, { name, type }, new TextEncoder().encode(code))
      const { status, disposition } = await get(await server.handler.url(key))
      expect({ status, disposition }).toEqual({
        status: 200,
        disposition: expect.stringMatching(/^attachment;/),
      })
    }
  })

  test('exists for a route with promote: false', async () => {
    const server = backend(s3.storage(), { routes: { photos: photos({ promote: false }) } })
    const { key } = await upload(server, { name: 'cat.png', type: 'image/png' }, bytes)
    expect(await get(await server.handler.url(key))).toMatchObject({ status: 200, body: bytes })
  })

  test.each([
    'files/7/a b+c&d=e.png',
    "files/7/it's (1)!*.png",
    'files/7/100%25.png',
    'files/7/%2e%2e/x.png',
    'files/7/고양이 🐈.png',
    'files/7/a?b#c.png',
    'files/7/~tilde:colon@at;semi,comma$dollar.png',
    'files/7/a..b/...c',
  ])('reaches the key %s, signed and public', async (key) => {
    await s3.put(key, bytes, 'image/png')
    const uploads = createUploads()
    expect(await get(await uploads.url(key))).toMatchObject({ status: 200, body: bytes })
    expect(await get(await uploads.url(key, { download: true }))).toMatchObject({ status: 200, body: bytes })
    const publicUrl = await createUploads({ publicUrl: 'https://cdn.test/base/' }).url(key)
    expect(decodeURIComponent(new URL(publicUrl).href.slice('https://cdn.test/base/'.length))).toBe(key)
  })
})

describe('download and type', () => {
  const answerTo = async (options: StoredUrlOptions, key = png) => {
    await s3.put(key, text, 'text/plain')
    const { type, disposition } = await get(await createUploads().url(key, options))
    return { type, disposition }
  }

  test.each<[StoredUrlOptions, string | null, string | null]>([
    [{}, 'text/plain', null],
    [{ download: false }, 'text/plain', null],
    [{ download: true }, 'text/plain', `attachment; filename="cat.png"; filename*=UTF-8''cat.png`],
    [{ download: '' }, 'text/plain', `attachment; filename="cat.png"; filename*=UTF-8''cat.png`],
    [
      { download: 'My cat.png' },
      'text/plain',
      `attachment; filename="My-cat.png"; filename*=UTF-8''My%20cat.png`,
    ],
    [{ type: 'image/png' }, 'image/png', null],
    [{ type: 'IMAGE/PNG; x=y' }, 'image/png', null],
  ])('%j answers the type %s and the disposition %s', async (options, type, disposition) => {
    expect(await answerTo(options)).toEqual({ type, disposition })
  })

  test.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/javascript', 'application/zip'])(
    'the type %s is a download even with download: false',
    async (type) => {
      const { disposition } = await answerTo({ type, download: false })
      expect(disposition).toMatch(/^attachment;/)
    },
  )

  test('a download name has no path, no line break and no extension of another type', async () => {
    const { disposition: path } = await answerTo({ download: '../../etc/a\r\nSet-Cookie: x"y.png' })
    expect(path).toMatch(/^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/)
    const { disposition: page } = await answerTo({ download: 'page.html' })
    expect(page).toContain('filename="page.bin"')
    const { disposition: image } = await answerTo({ download: 'page.html', type: 'image/png' })
    expect(image).toContain('filename="page.png"')
    const { disposition: known } = await answerTo({ download: 'page.html', type: 'text/html' })
    expect(known).toContain('filename="page.html"')
  })

  test('sign the URL of a public file, whose own URL has no options', async () => {
    await s3.put(png, bytes, 'image/png')
    const uploads = createUploads({ publicUrl: 'https://cdn.test' })
    expect(await uploads.url(png)).toBe(`https://cdn.test/${png}`)
    expect(await get(await uploads.url(png, { download: 'cat.png' }))).toMatchObject({
      status: 200,
      disposition: expect.stringMatching(/^attachment;/),
    })
  })

  test('a type that is not a MIME type is rejected', async () => {
    await expect(createUploads().url(png, { type: 'image' })).rejects.toThrow(/not a MIME type/)
    await expect(createUploads().url(png, { type: 'a/b\r\nx: y' })).rejects.toThrow(/not a MIME type/)
  })
})

describe('the lifetime', () => {
  test('ends the URL, and a new URL of the same key works', async () => {
    let time = Date.now()
    const server = await startLocalS3({ clock: () => time })
    const { endpoint, region, credentials } = server
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'app' }))
      await client.send(new PutObjectCommand({ Bucket: 'app', Key: png, Body: bytes }))
      const storage = s3Storage({ endpoint, region, credentials, bucket: 'app' })
      const uploads = createUploadHandler({ storage, secret, routes: { photos: photos() } })
      const [short, usual] = await Promise.all([uploads.url(png, { expiresIn: 60 }), uploads.url(png)])
      expect([(await get(short)).status, (await get(usual)).status]).toEqual([200, 200])
      time += 120_000
      expect([(await get(short)).status, (await get(usual)).status]).toEqual([403, 200])
      time += 3_600_000
      expect((await get(usual)).status).toBe(403)
      // The signature's date is the real time, so this one must outlive the moved clock.
      expect((await get(await uploads.url(png, { expiresIn: 86_400 }))).status).toBe(200)
    } finally {
      client.destroy()
      await server.close()
    }
  })

  test('is urlExpiresIn by default, at most 7 days, in whole seconds', async () => {
    const secondsOf = async (uploads: ReturnType<typeof createUploads>, options?: StoredUrlOptions) =>
      new URL(await uploads.url(png, options)).searchParams.get('X-Amz-Expires')
    expect(await secondsOf(createUploads())).toBe('3600')
    expect(await secondsOf(createUploads({ urlExpiresIn: 60 }))).toBe('60')
    expect(await secondsOf(createUploads(), { expiresIn: 90.7 })).toBe('90')
    expect(await secondsOf(createUploads(), { expiresIn: 604_800 })).toBe('604800')
    for (const expiresIn of [0, -1, 604_801, NaN, Infinity])
      await expect(createUploads().url(png, { expiresIn })).rejects.toThrow(/S3 allows 1 to 604800 seconds/)
  })
})

describe('a key is refused', () => {
  test.each<[string, RegExp]>([
    ['', /is empty or over 1024 bytes/],
    [`files/${'a'.repeat(1020)}`, /is empty or over 1024 bytes/],
    ['uploads/anna/2026-11-29/7/cat.png', /begins with "uploads\/": the upload is not confirmed/],
    ['other/cat.png', /does not begin with "files\/"/],
    ['Files/7/cat.png', /does not begin with "files\/"/],
    ['filesystem/cat.png', /does not begin with "files\/"/],
    ['cat.png', /does not begin with "files\/"/],
    ['files/../uploads/x', /has an empty, "\." or "\.\." part/],
    ['files/./x', /has an empty, "\." or "\.\." part/],
    ['files//x', /has an empty, "\." or "\.\." part/],
    ['files/', /has an empty, "\." or "\.\." part/],
    ['/files/7/cat.png', /has an empty, "\." or "\.\." part/],
    ['files\\..\\x', /backslash/],
    ['files/a\0b', /control character/],
    ['files/a\nb', /control character/],
    ['files/\ud800', /control character/],
  ])('%j', async (key, problem) => {
    await expect(createUploads().url(key)).rejects.toThrow(problem)
    await expect(createUploads({ publicUrl: 'https://cdn.test' }).url(key)).rejects.toThrow(TypeError)
  })

  test('when it is no text, as from a missing row', async () => {
    for (const missing of [undefined, null, 7, {}]) {
      // @ts-expect-error a JavaScript app has no types
      const call = createUploads().url(missing)
      await expect(call).rejects.toThrow(/^uploads\.url: the key is (undefined|null|number|object)\./)
    }
  })

  test('when it is the old URL, and the error does not contain its signature', async () => {
    const url = await createUploads().url(png)
    const error = await createUploads()
      .url(url)
      .catch((thrown: unknown) => thrown)
    expect(String(error)).toBe(
      'TypeError: uploads.url: the key is a URL. Save the `key` of an upload, not its `url`.',
    )
  })
})

describe('prefix', () => {
  const tenantA: StoredUrlOptions = { prefix: 'tenants/a/' }

  test('allows the keys of a route with a key of its own, and no others', async () => {
    const key = (_: unknown, { user }: { user: { id: string } }) => `tenants/${user.id}/cat.png`
    const server = backend(s3.storage(), { routes: { photos: photos({ key }) } })
    const result = await upload(server, { name: 'cat.png', type: 'image/png' }, bytes)
    expect(result.key).toBe('tenants/anna/cat.png')
    const { url } = server.handler
    expect(await get(await url(result.key, { prefix: 'tenants/anna/' }))).toMatchObject({ body: bytes })
    await expect(url(result.key)).rejects.toThrow(/pass its `prefix`/)
  })

  test.each(['tenants/b/cat.png', 'tenants/ab/cat.png', 'tenants/a/../b/cat.png', 'tenants/a', png])(
    'of one tenant refuses %s',
    async (key) => {
      await expect(createUploads().url(key, tenantA)).rejects.toThrow(TypeError)
    },
  )

  test.each(['', '/', 'tenants', 'tenants//', 'tenants/../', '../', './'])(
    '%j is refused',
    async (prefix) => {
      await expect(createUploads().url(png, { prefix })).rejects.toThrow(/`prefix` must be a key/)
    },
  )

  test('does not open unconfirmed uploads', async () => {
    const storage = { prefix: 'a/uploads/', filesPrefix: 'a/files/' }
    for (const prefix of ['a/', 'a/uploads/', 'a/uploads/anna/']) {
      const url = createUploads(storage).url('a/uploads/anna/cat.png', { prefix })
      await expect(url).rejects.toThrow(/not confirmed/)
    }
  })
})

describe('route', () => {
  const promoteTo = { bucket: 'public-files', prefix: 'shown/', publicUrl: 'https://cdn.test' }

  test('is not needed when all routes store files in one place', async () => {
    const same = createUploads({}, { a: photos(), b: photos() })
    expect(await same.url(png)).toContain(`/${png}?`)
    const only = createUploads({}, { avatar: photos({ promoteTo }) })
    expect(await only.url('shown/7/cat.png')).toBe('https://cdn.test/shown/7/cat.png')
    await expect(only.url(png)).rejects.toThrow(/does not begin with "shown\/"/)
  })

  test('names the place when routes store files in different places', async () => {
    const uploads = createUploads({}, { photos: photos(), avatar: photos({ promoteTo }) })
    await expect(uploads.url(png)).rejects.toThrow(/different places. Pass `route`, one of photos, avatar/)
    expect(await uploads.url(png, { route: 'photos' })).toContain('X-Amz-Signature=')
    expect(await uploads.url('shown/7/cat.png', { route: 'avatar' })).toMatch(/^https:\/\/cdn\.test\/shown/)
    await expect(uploads.url('shown/7/cat.png', { route: 'photos' })).rejects.toThrow(/does not begin/)
    await expect(uploads.url(png, { route: 'constructor' })).rejects.toThrow(/no route "constructor"/)
  })

  test('signs for the bucket of its promoteTo', async () => {
    const uploads = createUploads(
      {},
      { avatar: photos({ promoteTo: { bucket: 'other-bucket', prefix: 'uploads/' } }) },
    )
    expect(new URL(await uploads.url('uploads/7/cat.png')).pathname).toBe('/other-bucket/uploads/7/cat.png')
  })
})

describe('the route of docs/showing-files.md', () => {
  test('redirects the owner to the file, and answers 404 to others and for unknown ids', async () => {
    const rows = new Map<string, { key: string; owner: string }>()
    const server = backend(s3.storage(), {
      routes: {
        photos: photos({
          onConfirm: ({ id, key }, { user }) => {
            rows.set(id, { key, owner: user.id })
            return { id, url: `/photos/${id}` }
          },
        }),
      },
    })
    const showPhoto = async (request: Request, id: string): Promise<Response> => {
      const user = readUser(request)
      const photo = rows.get(id)
      if (!user || photo?.owner !== user.id) return new Response('Not found', { status: 404 })
      const location = await server.handler.url(photo.key, { expiresIn: 600 })
      return new Response(null, {
        status: 302,
        headers: { location, 'cache-control': 'private, max-age=240' },
      })
    }
    const app = new Hono()
    app.get('/photos/:id', (c) => showPhoto(c.req.raw, c.req.param('id')))

    const { url } = await upload(server, { name: 'cat.png', type: 'image/png' }, bytes)
    const as = (user: string, path = url) => app.request(path, { headers: { 'x-user': user } })
    const answer = await as('anna')
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([302, 'private, max-age=240'])
    expect(await get(answer.headers.get('location') ?? '')).toMatchObject({ body: bytes, type: 'image/png' })
    expect([(await as('ben')).status, (await as('anna', '/photos/8')).status]).toEqual([404, 404])
    expect((await app.request(url)).status).toBe(404)
  })
})
