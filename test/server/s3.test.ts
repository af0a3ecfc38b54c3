import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { route, s3Storage } from '../../src/server/index.ts'
import { copyVerifiedObject } from '../../src/server/s3/copy.ts'
import {
  MiB,
  backend,
  bytes,
  checksumsOf,
  openS3Fixture,
  photos,
  randomBytes,
  send,
  readUser,
} from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const image = { key: 'uploads/a', size: bytes.length, type: 'image/png', writeOnce: false }

describe.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED', undefined] as const)(
  'a client with checksums %s',
  (checksums) => {
    test('tickets are signed without the checksum of an empty body', async () => {
      const { endpoint, region, credentials } = s3.client.config
      const client = new S3Client({
        region,
        credentials,
        forcePathStyle: true,
        cacheMiddleware: true,
        ...(endpoint && { endpoint }),
        ...(checksums && { requestChecksumCalculation: checksums }),
      })
      const storage = s3Storage({ client, bucket: s3.bucket })
      const { url, headers = {} } = await storage.signPut(image)
      const signed = new URL(url).searchParams
      expect([...signed.keys()].filter((name) => /checksum/i.test(name))).toEqual([])
      expect(signed.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host')
      expect((await fetch(url, { method: 'PUT', headers, body: bytes })).status).toBe(200)

      const upload = await storage.openParts({ ...image, key: 'uploads/b' })
      const parts = { ...upload, key: 'uploads/b', size: bytes.length }
      const [part] = await storage.signParts(parts, [
        { partNumber: 1, checksum: checksumsOf(bytes)[1] ?? '' },
      ])
      const query = new URL(part?.url ?? '').searchParams
      expect([...query.keys()].filter((name) => /checksum|content-type/i.test(name))).toEqual([])
      expect(query.get('X-Amz-SignedHeaders')).toContain('x-amz-checksum-crc64nvme')
      const sent = { method: 'PUT', body: bytes, headers: part?.headers ?? {} }
      expect((await fetch(part?.url ?? '', sent)).status).toBe(200)
      expect(await storage.completeParts(parts, (await storage.listParts(parts)) ?? [], false)).toBe(true)
      expect(await storage.find('uploads/b')).toMatchObject({ size: bytes.length, type: 'image/png' })
      client.destroy()
    })
  },
)

test("the SDK's default settings sign the checksum of an empty body", async () => {
  const url = await getSignedUrl(s3.client, new PutObjectCommand({ Bucket: s3.bucket, Key: 'uploads/a' }))
  expect(new URL(url).searchParams.get('x-amz-checksum-crc32')).toBe('AAAAAA==')
})

test('s3Storage does not change the client of the app', async () => {
  const before = await s3.client.config.requestChecksumCalculation()
  await s3.storage().signPut(image)
  expect(await s3.client.config.requestChecksumCalculation()).toBe(before)
})

test('lists all parts across several pages', async () => {
  // Stores return 1,000 parts per page; pages of one part test the same code.
  const client = s3.newClient()
  client.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, MaxParts: 1 } }), {
    step: 'initialize',
    name: 'onePartAPage',
  })
  const storage = s3Storage({ client, bucket: s3.bucket, partSize: 5 * MiB, checksums: false })
  const target = { ...image, size: 10 * MiB + 1 }
  const parts = { ...(await storage.openParts(target)), key: target.key, size: target.size }
  const urls = await storage.signParts(
    parts,
    [1, 2, 3].map((partNumber) => ({ partNumber })),
  )
  await Promise.all(
    urls.map(({ url, partNumber }) =>
      fetch(url, { method: 'PUT', body: randomBytes(partNumber === 3 ? 1 : 5 * MiB) }),
    ),
  )
  expect((await storage.listParts(parts))?.map(({ size }) => size)).toEqual([5 * MiB, 5 * MiB, 1])
})

test('an error body with status 200 is an error', async () => {
  const client = s3.newClient({ maxAttempts: 1 })
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { response } = result
      if (
        typeof response === 'object' &&
        response !== null &&
        'body' in response &&
        isComplete(args.request)
      ) {
        const xml =
          '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>Try again</Message></Error>'
        Object.assign(response, { statusCode: 200, body: new TextEncoder().encode(xml) })
      }
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'errorWithStatus200' },
  )
  const server = backend(s3Storage({ client, bucket: s3.bucket, checksums: false }), {
    routes: { photos: photos({ strategy: 'multipart' }) },
  })
  const { ticket } = await server.presign({})
  const { body } = await server.call({ type: 'sign-parts', token: ticket.token, partNumbers: [1] })
  await fetch(body.parts[0]?.url ?? '', { method: 'PUT', body: bytes })
  const answer = await server.call({ type: 'complete', token: ticket.token })
  expect(answer.status).toBe(500)
  expect(answer.body.error.code).toBe('unavailable')
  expect(server.errors).toMatchObject([{ name: 'InternalError' }])
})

function isComplete(request: unknown): boolean {
  return (
    typeof request === 'object' &&
    request !== null &&
    'method' in request &&
    request.method === 'POST' &&
    'query' in request &&
    typeof request.query === 'object' &&
    request.query !== null &&
    'uploadId' in request.query
  )
}

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
  const place = () => ({ client: s3.client, name: s3.bucket })
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

/** The properties that the tests read. */
interface HttpRequest {
  readonly method: string
  readonly hostname: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: object
}

/** A client that records requests instead of sending them, and answers that a copy's ETag differs from its source. */
function recordingClient() {
  const sent: { method: string; host: string; path: string; source: string | undefined }[] = []
  const client = new S3Client({
    region: 'us-west-2',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      async handle(request: HttpRequest) {
        const { method, hostname: host, path, headers, query } = request
        sent.push({ method, host, path, source: headers['x-amz-copy-source'] })
        const probe = headers['x-amz-copy-source-if-match'] === '"putaway"'
        const xml = probe
          ? '<Error><Code>PreconditionFailed</Code></Error>'
          : 'uploads' in query
            ? '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
            : '<CopyObjectResult><ETag>"copy"</ETag></CopyObjectResult>'
        const body = new TextEncoder().encode(xml)
        const response = {
          statusCode: probe ? 412 : 200,
          headers: { 'content-type': 'application/xml' },
          body,
        }
        return { response: Object.assign(response, { reason: '' }) }
      },
    },
  })
  return { client, sent }
}

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
  [
    'S3 on Outposts',
    'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/my-ap',
    'arn%3Aaws%3As3-outposts%3Aus-west-2%3A123456789012%3Aoutpost/op-01234567890123456/accesspoint/my-ap/object/',
    'my-ap-123456789012.op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
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

  test('a copy and its probe for conditional copies name the bucket as source', async () => {
    const { client, sent } = recordingClient()
    const storage = s3Storage({ client, bucket })
    expect(await storage.copy(found, to)).toMatchObject({ etag: 'copy', uploadId: 'u1' })
    expect(sent).toEqual([
      { method: 'PUT', host, path: '/files/x', source: source + encoded },
      { method: 'PUT', host, path: '/files/x', source: `${source}files/x` },
    ])
  })

  test('a copy in parts and a copy to another bucket name the bucket as source', async () => {
    const { client, sent } = recordingClient()
    await copyVerifiedObject({ client, name: bucket }, found, { client, name: 'other' }, to, {
      partsAbove: 5,
      partSize: 5 * MiB,
    })
    const parts = sent.filter((each) => each.source !== undefined)
    expect(parts).toMatchObject([{ host: 'other.s3.us-west-2.amazonaws.com', source: source + encoded }])
  })

  test('PUTs are signed for the host of the bucket, and POSTs only where they are known to work', async () => {
    const { client } = recordingClient()
    const storage = s3Storage({ client, bucket })
    expect(await storage.acceptsPost()).toBe(!bucket.startsWith('arn:'))
    expect(await s3Storage({ client, bucket, post: true }).acceptsPost()).toBe(true)
    // URLs for Outposts are signed by @aws-sdk/signature-v4a, which is not a dependency of the SDK.
    if (host.includes('s3-outposts')) return
    const { url } = await storage.signPut(image)
    expect(new URL(url).host).toBe(host)
    const { ticket } = await backend(storage).presign({})
    expect(ticket.kind).toBe(bucket.startsWith('arn:') ? 'put' : 'post')
  })
})

test('Cloudflare R2 uses no POST unless the app enables it', async () => {
  const r2 = new S3Client({
    region: 'auto',
    endpoint: 'https://account.r2.cloudflarestorage.com',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  expect(await s3Storage({ client: r2, bucket: 'b' }).acceptsPost()).toBe(false)
  expect(await s3Storage({ client: r2, bucket: 'b', post: true }).acceptsPost()).toBe(true)
  expect(
    await s3Storage({ client: new S3Client({ region: 'eu-central-1' }), bucket: 'b' }).acceptsPost(),
  ).toBe(true)
})

test('prefixes must not overlap, and a token lives at most a week', () => {
  const make = (options: object) => () => s3Storage({ client: s3.client, bucket: 'b', ...options })
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
  expect(() => s3Storage({ client: s3.client, bucket })).toThrow(cure)
  expect(() => s3.storage().promotedTo?.({ bucket })).toThrow(cure)
})

test.each([
  'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/my-ap',
  'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
  'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/my-ap',
  'My_Bucket',
  'tenant:bucket',
])('%s may be a bucket', (bucket) => {
  expect(() => s3Storage({ client: s3.client, bucket })).not.toThrow()
})

test.each(['', undefined])('a bucket that is %j fails at the first request, not in a build', async (name) => {
  // An environment variable that is not set, as apps without strict types hand it on.
  const storage = s3Storage({ client: s3.client, bucket: name as string })
  await expect(storage.id?.()).rejects.toThrow(/environment variable/)
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
