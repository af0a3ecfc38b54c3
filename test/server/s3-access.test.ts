import { S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { s3Storage } from '../../src/server/index.ts'
import type { S3Access, S3Credentials, S3KeyAccess } from '../../src/server/index.ts'
import { unreachable } from '../harness/s3-fixture.ts'

const target = { key: 'uploads/a', size: 1, type: 'image/png', writeOnce: false }
const west = { ...unreachable, region: 'us-west-2' }
const urlOf = async (access: S3Access, bucket = 'my-bucket') =>
  (await s3Storage({ ...access, bucket }).signPut(target)).url.split('?')[0]

describe('the URL of an object', () => {
  test.each<[string, Partial<S3KeyAccess>, string, string]>([
    ['AWS', {}, 'my-bucket', 'https://my-bucket.s3.us-west-2.amazonaws.com/uploads/a'],
    ['AWS with a dot in the name', {}, 'a.b', 'https://s3.us-west-2.amazonaws.com/a.b/uploads/a'],
    ['AWS with path style', { forcePathStyle: true }, 'b', 'https://s3.us-west-2.amazonaws.com/b/uploads/a'],
    [
      'China',
      { region: 'cn-north-1' },
      'my-bucket',
      'https://my-bucket.s3.cn-north-1.amazonaws.com.cn/uploads/a',
    ],
    ['a store', { endpoint: 'https://s3.test:9000' }, 'b', 'https://s3.test:9000/b/uploads/a'],
    [
      'a store below a path',
      { endpoint: 'https://s3.test/tenant/' },
      'b',
      'https://s3.test/tenant/b/uploads/a',
    ],
    [
      'a store with virtual hosts',
      { endpoint: 'https://s3.test', forcePathStyle: false },
      'b',
      'https://b.s3.test/uploads/a',
    ],
  ])('%s', async (_, access, bucket, url) => {
    expect(await urlOf({ ...west, ...access }, bucket)).toBe(url)
  })

  test.each<[string, ConstructorParameters<typeof S3Client>[0], string, string]>([
    ['a region', {}, 'my-bucket', 'https://my-bucket.s3.us-west-2.amazonaws.com/uploads/a'],
    ['a dot in the name', {}, 'a.b', 'https://s3.us-west-2.amazonaws.com/a.b/uploads/a'],
    [
      'path style',
      { forcePathStyle: true },
      'my-bucket',
      'https://s3.us-west-2.amazonaws.com/my-bucket/uploads/a',
    ],
    [
      'dual stack',
      { useDualstackEndpoint: true },
      'my-bucket',
      'https://my-bucket.s3.dualstack.us-west-2.amazonaws.com/uploads/a',
    ],
    [
      'acceleration',
      { useAccelerateEndpoint: true },
      'my-bucket',
      'https://my-bucket.s3-accelerate.amazonaws.com/uploads/a',
    ],
    [
      'an endpoint',
      { endpoint: 'http://s3.test:9000/t', forcePathStyle: true },
      'b',
      'http://s3.test:9000/t/b/uploads/a',
    ],
    [
      'an endpoint with virtual hosts',
      { endpoint: 'https://s3.test' },
      'my-bucket',
      'https://my-bucket.s3.test/uploads/a',
    ],
  ])('a client with %s', async (_, config, bucket, url) => {
    expect(await urlOf({ client: new S3Client({ ...west, ...config }) }, bucket)).toBe(url)
  })

  test.each([
    ['my-bucket', 'us-west-2'],
    ['a.b', 'us-west-2'],
    // Some buckets of us-east-1 have such a name. A host name would change it.
    ['My_Bucket', 'us-east-1'],
    ['b', 'us-west-2'],
    ['my-bucket', 'cn-north-1'],
    ['my-bucket', 'us-gov-west-1'],
    ['my-bucket', 'eusc-de-east-1'],
  ])('the bucket %s in %s has the URL of the AWS SDK', async (bucket, region) => {
    const client = new S3Client({ ...west, region })
    expect(await urlOf({ ...west, region }, bucket)).toBe(await urlOf({ client }, bucket))
  })

  test.each(['http://127.0.0.1:9000', 'http://[::1]:9000'])(
    'a bucket in the host name before %s is refused',
    async (endpoint) => {
      const access = { ...west, endpoint, forcePathStyle: false }
      await expect(urlOf(access)).rejects.toThrow(/is not a host name. Set forcePathStyle: true/)
    },
  )

  test('a client that reads its endpoint from the environment', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://s3.test:9000')
    try {
      const client = new S3Client({ ...west, forcePathStyle: true })
      expect(await urlOf({ client }, 'b')).toBe('http://s3.test:9000/b/uploads/a')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('an access point in another region is signed for that region', async () => {
    const bucket = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap'
    const client = new S3Client({ ...west, useArnRegion: true })
    for (const access of [west, { client }]) {
      const { url } = await s3Storage({ ...access, bucket }).signPut(target)
      expect(new URL(url).host).toBe('my-ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com')
      expect(new URL(url).searchParams.get('X-Amz-Credential')).toMatch(/\/eu-west-1\/s3\/aws4_request$/)
    }
  })

  test.each([
    ['arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap', /Only access points of one region/],
    ['arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/my-ap', /Only access points of one region/],
    [
      'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/my-ap',
      /Only access points of one region/,
    ],
    ['my-bucket--usw2-az1--x-s3', /is a directory bucket/],
  ])('%s is refused in a sentence', async (bucket, reason) => {
    for (const access of [west, { client: new S3Client(west) }]) {
      await expect(s3Storage({ ...access, bucket }).signPut(target)).rejects.toThrow(reason)
    }
  })

  // URLs fold such segments, so that a store would write another key.
  test.each(['uploads/../z', 'uploads/./z', '..', 'a/..', 'uploads/\ud800', ''])(
    'the key %j is refused',
    async (key) => {
      const storage = s3Storage({ ...west, bucket: 'b' })
      for (const sign of [storage.signPut, storage.signPost]) {
        await expect(sign({ ...target, key })).rejects.toThrow(/cannot be part of a URL/)
      }
      await expect(storage.find(key)).rejects.toThrow(/cannot be part of a URL/)
    },
  )

  test.each(["a b+c!'()*&=?#", 'a//b', 'a%2Fb', '%2e%2e/x', '...', 'ü🐈', '~;,:@$'])(
    'the key %j is encoded once',
    async (key) => {
      const { url } = await s3Storage({ ...west, bucket: 'my-bucket' }).signPut({ ...target, key })
      const { pathname } = new URL(url)
      expect(decodeURIComponent(pathname)).toBe(`/${key}`)
      expect(pathname).not.toMatch(/[!'()*+]/)
    },
  )

  test.each(['s3.test', 'ftp://s3.test', 'https://s3.test/?x=1', 'https://user:secret@s3.test'])(
    'the endpoint %s is refused, and the error has no secret',
    (endpoint) => {
      expect(() => s3Storage({ ...west, endpoint, bucket: 'b' })).toThrow(/endpoint is .* Give the URL/)
      expect(() => s3Storage({ ...west, endpoint, bucket: 'b' })).not.toThrow(/secret/)
    },
  )

  test.each<[string, Partial<S3KeyAccess>]>([
    ['region', { region: undefined }],
    ['credentials.accessKeyId', { credentials: { accessKeyId: undefined, secretAccessKey: 'b' } }],
    ['credentials.secretAccessKey', { credentials: { accessKeyId: 'a', secretAccessKey: '' } }],
  ])('a missing %s fails at the first request, not in a build', async (name, access) => {
    const storage = s3Storage({ ...west, ...access, bucket: 'b' })
    await expect(storage.signPut(target)).rejects.toThrow(`s3Storage: ${name} is empty. Is its environment`)
  })
})

describe('temporary credentials', () => {
  const minute = 60_000
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const temporary = (lifetimeMs: number, name = 'a'): S3Credentials => ({
    accessKeyId: name,
    secretAccessKey: 'b',
    sessionToken: 'a token+/=',
    expiration: new Date(Date.now() + lifetimeMs),
  })
  const storageOf = (credentials: S3KeyAccess['credentials'], options: object = {}) =>
    s3Storage({ ...west, credentials, bucket: 'b', ...options })
  const secondsOf = (url: string) => Number(new URL(url).searchParams.get('X-Amz-Expires'))
  const keyOf = async (storage: ReturnType<typeof storageOf>) =>
    new URL((await storage.signPut(target)).url).searchParams.get('X-Amz-Credential')?.split('/')[0]

  test('no ticket, policy or URL outlives them', async () => {
    const storage = storageOf(temporary(2 * minute))
    const end = Math.floor((Date.now() + 2 * minute) / 1000) * 1000
    const put = await storage.signPut(target)
    expect([secondsOf(put.url), put.expiresAt]).toEqual([120, end])
    const form = await storage.signPost(target)
    expect(form.expiresAt).toBe(end)
    expect(JSON.parse(atob(form.fields.Policy ?? ''))).toMatchObject({
      expiration: new Date(end).toISOString(),
    })
    expect(secondsOf(await storage.urlOf('files/a', { expiresIn: 86_400 }))).toBe(120)
    expect(secondsOf(await storage.hello())).toBe(120)
  })

  test('sign no preflight that a page may send after their end', async () => {
    const countOf = async (credentials: S3Credentials) =>
      (await storageOf(credentials).signPreflights()).length
    expect(await countOf(temporary(14 * minute))).toBe(0)
    expect(await countOf(temporary(16 * minute))).toBe(1)
    const [{ headers } = expect.unreachable()] = await storageOf(temporary(60 * minute)).signPreflights()
    expect(headers).toMatchObject({ 'x-amz-security-token': 'a token+/=' })
    expect(headers.authorization).toContain(
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
    )
  })

  test('sign for 15 minutes at most when their end is not known', async () => {
    const { expiration: _, ...lambda } = temporary(0)
    expect(secondsOf(await storageOf(lambda, { urlExpiresIn: 7200 }).urlOf('files/a'))).toBe(900)
    const { sessionToken: __, ...permanent } = lambda
    expect(secondsOf(await storageOf(permanent, { urlExpiresIn: 7200 }).urlOf('files/a'))).toBe(7200)
  })

  test('are a field and a condition of a form, and part of a URL', async () => {
    const storage = storageOf(temporary(60 * minute))
    const { fields } = await storage.signPost(target)
    expect(fields['X-Amz-Security-Token']).toBe('a token+/=')
    expect(JSON.parse(atob(fields.Policy ?? '')).conditions).toContainEqual({
      'X-Amz-Security-Token': 'a token+/=',
    })
    const { url } = await storage.signPut(target)
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('a token+/=')
    expect(url).not.toContain('+')
  })

  test('are loaded once for 50 callers, and again five minutes before their end', async () => {
    let calls = 0
    const storage = storageOf(async () => temporary(60 * minute, `key${(calls += 1)}`))
    const keys = await Promise.all(Array.from({ length: 50 }, () => keyOf(storage)))
    expect(new Set(keys)).toEqual(new Set(['key1']))
    vi.setSystemTime(Date.now() + 54 * minute)
    expect(await keyOf(storage)).toBe('key1')
    vi.setSystemTime(Date.now() + 2 * minute)
    expect(await keyOf(storage)).toBe('key2')
    expect(calls).toBe(2)
  })

  test('without an end are loaded again after five minutes', async () => {
    let calls = 0
    const storage = storageOf(() => ({ accessKeyId: `key${(calls += 1)}`, secretAccessKey: 'b' }))
    expect(await keyOf(storage)).toBe('key1')
    vi.setSystemTime(Date.now() + 4 * minute)
    expect(await keyOf(storage)).toBe('key1')
    vi.setSystemTime(Date.now() + 2 * minute)
    expect(await keyOf(storage)).toBe('key2')
  })

  test('near their end are asked for every 30 seconds at most', async () => {
    let calls = 0
    const end = temporary(4 * minute)
    const storage = storageOf(async () => {
      calls += 1
      return end
    })
    for (let second = 0; second < 60; second += 10) {
      await keyOf(storage)
      vi.setSystemTime(Date.now() + 10_000)
    }
    expect(calls).toBe(2)
  })

  test('stay in use while a renewal fails, and a failure is not kept', async () => {
    const answers = [
      temporary(6 * minute, 'old'),
      new Error('down'),
      new Error('down'),
      temporary(60 * minute, 'new'),
    ]
    let calls = 0
    const storage = storageOf(async () => {
      const answer = answers[calls]
      calls += 1
      if (answer instanceof Error || !answer) throw answer
      return answer
    })
    expect(await keyOf(storage)).toBe('old')
    vi.setSystemTime(Date.now() + 2 * minute)
    expect(await keyOf(storage)).toBe('old')
    expect(calls).toBe(2)
    vi.setSystemTime(Date.now() + 5 * minute)
    await expect(keyOf(storage)).rejects.toThrow('down')
    expect(await keyOf(storage)).toBe('new')
  })

  test('that storage rejects as expired are loaded again, once', async () => {
    const expired = '<Error><Code>ExpiredToken</Code></Error>'
    const used: (string | undefined)[] = []
    let calls = 0
    const storage = storageOf(async () => temporary(60 * minute, `key${(calls += 1)}`), {
      fetch: async (_: string, { headers }: RequestInit) => {
        used.push(/Credential=(\w+)/.exec(new Headers(headers).get('authorization') ?? '')?.[1])
        return used.length === 1
          ? new Response(expired, { status: 400 })
          : new Response(null, { status: 204 })
      },
    })
    await storage.remove('files/a')
    expect(used).toEqual(['key1', 'key2'])
    const constant = storageOf(temporary(60 * minute), {
      fetch: async () => new Response(expired, { status: 400 }),
    })
    await expect(constant.remove('files/a')).rejects.toMatchObject({ name: 'ExpiredToken' })
  })
})
