import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { route, s3Storage } from '../../src/server/index.ts'
import type { S3Access } from '../../src/server/index.ts'
import { connect } from '../../src/server/s3/connection.ts'
import { copyVerifiedObject } from '../../src/server/s3/copy.ts'
import { prepareBucket } from '../../src/server/s3/feature-memory.ts'
import {
  MiB,
  backend,
  bytes,
  checksumsOf,
  openS3Fixture,
  photos,
  randomBytes,
  readUser,
  send,
  unreachable,
} from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const image = { key: 'uploads/a', size: bytes.length, type: 'image/png', writeOnce: false }

/** The same access, told in each of the ways that s3Storage accepts. */
const ways: Record<string, () => S3Access> = {
  'a key': () => s3.access,
  'a function that returns a key': () => ({ ...s3.access, credentials: async () => s3.access.credentials }),
  'a client of the AWS SDK': () => ({ client: s3.client }),
  'a client that signs checksums of its own': () => ({
    client: new S3Client({
      ...s3.access,
      forcePathStyle: true,
      cacheMiddleware: true,
      requestChecksumCalculation: 'WHEN_SUPPORTED',
    }),
  }),
}

test.each(Object.entries(ways))(
  'tickets of %s sign the type and the size, and no checksum',
  async (_, access) => {
    const storage = s3Storage({ ...access(), bucket: s3.bucket })
    const { url, headers = {} } = await storage.signPut(image)
    const signed = new URL(url).searchParams
    expect([...signed.keys()].filter((name) => /checksum/i.test(name))).toEqual([])
    expect(signed.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host')
    expect((await fetch(url, { method: 'PUT', headers, body: bytes })).status).toBe(200)
    const { 'Content-Type': _type, ...untyped } = headers
    expect(
      (await fetch(url, { method: 'PUT', headers: { ...untyped, 'Content-Type': 'a/b' }, body: bytes }))
        .status,
    ).toBe(403)
    expect((await fetch(url, { method: 'PUT', headers, body: bytes.slice(1) })).status).toBe(403)

    const upload = await storage.openParts({ ...image, key: 'uploads/b' })
    const parts = { ...upload, key: 'uploads/b', size: bytes.length }
    const [part] = await storage.signParts(parts, [{ partNumber: 1, checksum: checksumsOf(bytes)[1] ?? '' }])
    const query = new URL(part?.url ?? '').searchParams
    expect([...query.keys()].filter((name) => /checksum|content-type/i.test(name))).toEqual([])
    expect(query.get('X-Amz-SignedHeaders')).toContain('x-amz-checksum-crc64nvme')
    const sent = { method: 'PUT', body: bytes, headers: part?.headers ?? {} }
    expect((await fetch(part?.url ?? '', sent)).status).toBe(200)
    expect(await storage.completeParts(parts, (await storage.listParts(parts)) ?? [], false)).toBe(true)
    expect(await storage.find('uploads/b')).toMatchObject({ size: bytes.length, type: 'image/png' })
  },
)

test('s3Storage does not change the client of the app', async () => {
  const before = await s3.client.config.requestChecksumCalculation()
  await s3.storage().signPut(image)
  expect(await s3.client.config.requestChecksumCalculation()).toBe(before)
})

test('lists all of 1,001 parts, which take two pages', async () => {
  const storage = s3.storage({ checksums: false })
  const { uploadId } = await storage.openParts(image)
  const count = 1001
  const parts = { key: image.key, uploadId, size: count, partSize: 1 }
  const partNumbers = Array.from({ length: count }, (_, index) => index + 1)
  const urls = await storage.signParts(
    parts,
    partNumbers.map((partNumber) => ({ partNumber })),
  )
  for (let at = 0; at < count; at += 50) {
    await Promise.all(urls.slice(at, at + 50).map(({ url }) => fetch(url, { method: 'PUT', body: 'x' })))
  }
  const listed = (await storage.listParts(parts)) ?? []
  expect(listed.map(({ partNumber }) => partNumber)).toEqual(partNumbers)
  expect(new Set(listed.map(({ size, etag }) => `${size} ${typeof etag}`))).toEqual(new Set(['1 string']))
}, 30_000)

test('an error body with status 200 is an error', async () => {
  const xml = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>Try again</Message></Error>'
  let completions = 0
  const storage = s3.storage({
    checksums: false,
    fetch(url, init) {
      if (init.method !== 'POST' || !url.includes('uploadId=')) return fetch(url, init)
      completions += 1
      return Promise.resolve(new Response(xml))
    },
  })
  const server = backend(storage, { routes: { photos: photos({ strategy: 'multipart' }) } })
  const { ticket } = await server.presign({})
  const { body } = await server.call({ type: 'sign-parts', token: ticket.token, partNumbers: [1] })
  await fetch(body.parts[0]?.url ?? '', { method: 'PUT', body: bytes })
  const answer = await server.call({ type: 'complete', token: ticket.token })
  expect(answer.status).toBe(500)
  expect(answer.body.error.code).toBe('unavailable')
  expect(server.errors).toMatchObject([{ name: 'InternalError' }])
  // InternalError may pass, so it is retried.
  expect(completions).toBe(3)
})

describe('a copy over the limit of one request', () => {
  const limits = { partsAbove: 6 * MiB, partSize: 5 * MiB }
  const to = {
    key: 'files/b',
    type: 'image/png',
    contentDisposition: 'inline',
    uploadId: 'u1',
    verified: false,
    replaces: false,
  }
  const place = () => prepareBucket(connect(s3.access), s3.bucket)
  const source = async (size: number) => {
    const body = randomBytes(size)
    await s3.put('uploads/a b', body, 'text/html')
    const found = await s3.storage().find('uploads/a b')
    if (!found) throw new Error('The object was just stored.')
    return { body, from: { ...found, key: 'uploads/a b' } }
  }

  test('a large object is copied in parts with its bytes, type, name and id', async () => {
    const { body, from } = await source(11 * MiB)
    expect(await copyVerifiedObject(place(), from, place(), to, limits)).toMatchObject({
      size: 11 * MiB,
    })
    const stored = await s3.read('files/b')
    expect(Buffer.compare(stored.bytes, body)).toBe(0)
    expect(stored).toMatchObject({
      type: 'image/png',
      disposition: 'inline',
      metadata: { 'putaway-id': 'u1' },
    })
  })

  test('a large copy aborts when the source has changed, and leaves no open upload', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // Ceph 16 does not support the condition
    const { from } = await source(11 * MiB)
    await s3.put('uploads/a b', randomBytes(11 * MiB), 'image/png')
    expect(await copyVerifiedObject(place(), from, place(), to, limits)).toBeUndefined()
    expect(await s3.keys()).toEqual(['uploads/a b'])
    expect(await s3.openUploads()).toEqual([])
  })
})

/** A fetch that records requests instead of sending them, and answers that a copy's ETag differs from its source. */
function recordingFetch() {
  const sent: { method: string; host: string; path: string; source: string | null }[] = []
  const answer = async (url: string, init: RequestInit) => {
    const { host, pathname: path, searchParams } = new URL(url)
    const headers = new Headers(init.headers)
    sent.push({ method: init.method ?? '', host, path, source: headers.get('x-amz-copy-source') })
    if (headers.get('x-amz-copy-source-if-match') === '"putaway"')
      return new Response('<Error><Code>PreconditionFailed</Code></Error>', { status: 412 })
    const result = searchParams.has('uploads')
      ? ['InitiateMultipartUploadResult', '<UploadId>u</UploadId>']
      : init.method === 'POST'
        ? ['CompleteMultipartUploadResult', '']
        : [searchParams.has('partNumber') ? 'CopyPartResult' : 'CopyObjectResult', '<ETag>"copy"</ETag>']
    return new Response(`<${result[0]}>${result[1]}</${result[0]}>`)
  }
  return { fetch: answer, sent }
}

const west = { region: 'us-west-2', credentials: unreachable.credentials }
const accesses: Record<string, S3Access> = { 'a key': west, 'a client': { client: new S3Client(west) } }

describe.each([
  [
    'an access point',
    'arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap',
    'arn%3Aaws%3As3%3Aus-west-2%3A123456789012%3Aaccesspoint/my-ap/object/',
    'my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com',
  ],
  [
    'an access point whose ARN has colons',
    'arn:aws:s3:us-west-2:123456789012:accesspoint:my-ap',
    'arn%3Aaws%3As3%3Aus-west-2%3A123456789012%3Aaccesspoint%3Amy-ap/object/',
    'my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com',
  ],
  ['a bucket', 'my-bucket', 'my-bucket/', 'my-bucket.s3.us-west-2.amazonaws.com'],
  [
    'the alias of an access point',
    'my-ap-x-s3alias',
    'my-ap-x-s3alias/',
    'my-ap-x-s3alias.s3.us-west-2.amazonaws.com',
  ],
])('%s as the bucket', (_what, bucket, source, host) => {
  const found = { key: 'uploads/a b+c/ö.png', size: 10, type: 'image/png', etag: 'e' }
  const encoded = 'uploads/a%20b%2Bc/%C3%B6.png'
  const to = {
    key: 'files/x',
    type: 'image/png',
    contentDisposition: 'inline',
    uploadId: 'u1',
    verified: true,
    replaces: false,
  }

  test.each(Object.entries(accesses))(
    'a copy and its probe for conditional copies name the bucket, with %s',
    async (_, access) => {
      const { fetch, sent } = recordingFetch()
      const storage = s3Storage({ ...access, fetch, bucket })
      expect(await storage.copy(found, to)).toMatchObject({ etag: 'copy', uploadId: 'u1' })
      expect(sent).toEqual([
        { method: 'PUT', host, path: '/files/x', source: source + encoded },
        { method: 'PUT', host, path: '/files/x', source: `${source}files/x` },
      ])
    },
  )

  test.each(Object.entries(accesses))(
    'a copy in parts and a copy to another bucket name the bucket, with %s',
    async (_, access) => {
      const { fetch, sent } = recordingFetch()
      const connection = connect({ ...access, fetch })
      const limits = { partsAbove: 5, partSize: 5 * MiB }
      const from = prepareBucket(connection, bucket)
      await copyVerifiedObject(from, found, prepareBucket(connection, 'other'), to, limits)
      const parts = sent.filter((each) => each.source !== null)
      expect(parts).toMatchObject([{ host: 'other.s3.us-west-2.amazonaws.com', source: source + encoded }])
    },
  )

  test.each(Object.entries(accesses))(
    'PUTs are signed for its host, and POSTs where they are known to work, with %s',
    async (_, access) => {
      const storage = s3Storage({ ...access, bucket })
      expect(await storage.acceptsPost()).toBe(!bucket.startsWith('arn:'))
      expect(await s3Storage({ ...access, bucket, post: true }).acceptsPost()).toBe(true)
      const { url } = await storage.signPut(image)
      expect(new URL(url).host).toBe(host)
      const { ticket } = await backend(storage).presign({})
      expect(ticket.kind).toBe(bucket.startsWith('arn:') ? 'put' : 'post')
    },
  )
})

test('Cloudflare R2 uses no POST unless the app enables it', async () => {
  const r2 = { ...unreachable, region: 'auto', endpoint: 'https://account.r2.cloudflarestorage.com' }
  expect(await s3Storage({ ...r2, bucket: 'b' }).acceptsPost()).toBe(false)
  expect(await s3Storage({ ...r2, bucket: 'b', forcePathStyle: false }).acceptsPost()).toBe(false)
  expect(await s3Storage({ client: new S3Client(r2), bucket: 'b' }).acceptsPost()).toBe(false)
  expect(await s3Storage({ ...r2, bucket: 'b', post: true }).acceptsPost()).toBe(true)
  expect(await s3Storage({ ...unreachable, bucket: 'b' }).acceptsPost()).toBe(true)
})

test('prefixes must not overlap, and a token lives at most a week', () => {
  const make = (options: object) => () => s3Storage({ ...unreachable, bucket: 'b', ...options })
  expect(make({ prefix: 'x' })).toThrow(/end with a slash/)
  expect(make({ prefix: '' })).toThrow(/end with a slash/)
  expect(make({ prefix: 'a/', filesPrefix: 'a/b/' })).toThrow(/contain the other/)
  expect(make({ expiresIn: 8 * 86_400 })).toThrow(/7 days/)
  expect(make({ urlExpiresIn: 0 })).toThrow(/7 days/)
})

test.each([
  ['s3://my-bucket', /name alone, "my-bucket"/],
  ['s3://my-bucket/', /name alone, "my-bucket"/],
  ['my-bucket/uploads', /name alone, "my-bucket"; a folder in it is the option prefix/],
  ['https://my-bucket.s3.amazonaws.com', /option endpoint/],
  ['arn:aws:s3:::my-bucket', /name alone, "my-bucket"/],
  ['arn:aws:s3:::my-bucket/*', /name alone, "my-bucket"/],
  ['arn:aws:s3-outposts:us-west-2:123456789012:outpost', /ARN of an access point/],
  ['ARN:aws:s3:us-west-2:123456789012:accesspoint/my-ap', /ARN of an access point/],
  [' my-bucket', /name alone, "my-bucket"/],
  ['my-bucket\n', /name alone, "my-bucket"/],
])('%j is not a bucket, and s3Storage says what to pass', (bucket, cure) => {
  expect(() => s3Storage({ ...unreachable, bucket })).toThrow(cure)
  expect(() => s3.storage().promotedTo?.({ bucket })).toThrow(cure)
})

test.each([
  'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/my-ap',
  'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
  'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/my-ap',
  'My_Bucket',
  'tenant:bucket',
])('%s may be a bucket', (bucket) => {
  expect(() => s3Storage({ ...unreachable, bucket })).not.toThrow()
})

test.each(['', undefined])('a bucket that is %j fails at the first request, not in a build', async (name) => {
  // An environment variable that is not set, as apps without strict types hand it on.
  const storage = s3Storage({ ...unreachable, bucket: name as string })
  await expect(storage.id?.()).rejects.toThrow(/environment variable/)
  await expect(storage.signPut(image)).rejects.toThrow(/environment variable/)
  await expect(storage.urlOf('files/a')).rejects.toThrow(/environment variable/)
})

test('the callbacks of a route receive the user type that its authorize returns', async () => {
  const teams: string[] = []
  const photosOfTeam = route({
    accept: 'image/*',
    maxSize: '5MB',
    authorize: (request) => {
      const user = readUser(request)
      return user && { ...user, team: 'red' }
    },
    onConfirm(upload, { user }) {
      teams.push(user.team)
      return { href: upload.url }
    },
  })
  const server = backend(s3.storage(), { routes: { photos: photosOfTeam } })
  const { ticket } = await server.presign({})
  await send(ticket)
  expect((await server.confirm(ticket)).result).toMatchObject({ href: expect.stringContaining('http') })
  expect(teams).toEqual(['red'])
})
