import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchResultUrl } from '../../src/cli/doctor/backend-client.ts'
import { runChecks } from '../../src/cli/doctor/checks.ts'
import { redactSecrets } from '../../src/cli/doctor/redact.ts'
import { corsRule } from '../../src/protocol/cors-rule.ts'
import { openCors, startLocalS3 } from 'local-s3'
import type { CorsRule, LocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage, toNodeHandler } from '../../src/server/index.ts'
import type { UploadStorage } from '../../src/server/index.ts'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { bytes } from '../harness/s3-fixture.ts'

const cli = await bundleForNode(new URL('../../src/cli/index.ts', import.meta.url))
const origin = 'http://your.app'
let s3: LocalS3
let client: S3Client
const endings: (() => unknown)[] = []
beforeAll(async () => {
  s3 = await startLocalS3({ buckets: ['uploads', 'closed', 'ruled', 'changing'], cors: [openCors] })
  const { endpoint, region, credentials } = s3
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(
    new PutBucketCorsCommand({
      Bucket: 'closed',
      CORSConfiguration: {
        CORSRules: [{ AllowedOrigins: ['http://other.app'], AllowedMethods: ['PUT', 'POST'] }],
      },
    }),
  )
})
afterAll(async () => {
  for (const end of endings) end()
  client.destroy()
  await s3.close()
})

/** Runs a command as users do. */
function run(...args: string[]): Promise<{ code: number; out: string }> {
  const { endpoint, credentials } = s3
  const { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY } = credentials
  const env = { ...process.env, S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY }
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr }),
    )
  })
}

async function serve(storage: UploadStorage, rules: object = {}): Promise<string> {
  const rows = new Map<string, object>()
  const uploads = createUploadHandler({
    storage,
    secret: 'a secret of tests that is long enough',
    onError: () => {},
    routes: {
      photos: route({
        accept: 'image/*',
        maxSize: '1MB',
        authorize: (request) => (request.headers.get('cookie') === 'session=anna' ? { id: 'anna' } : null),
        onConfirm: ({ id, url }) => rows.set(id, { id, url }).get(id),
        ...rules,
      }),
    },
  })
  const mounted = toNodeHandler(uploads)
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-allow-headers', 'content-type')
    if (request.method === 'OPTIONS') response.end()
    else void mounted(request, response)
  }).listen(0, '127.0.0.1')
  endings.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/uploads` // it listens on a port
}

const storage = (options: object = {}) => {
  const { endpoint, region, credentials } = s3
  return s3Storage({ endpoint, region, credentials, bucket: 'uploads', ...options })
}

/** Runs doctor and returns its steps and the findings that did not pass. */
async function runDoctor(endpoint: string, changes: object = {}) {
  const headers = { cookie: 'session=anna' }
  const file = { name: 'a.png', type: 'image/png' }
  const findings = []
  for await (const finding of runChecks({ endpoint, origin, headers, bytes, file, ...changes }))
    findings.push(finding)
  const text = JSON.stringify(findings)
  const wrong = findings.filter(({ verdict }) => verdict !== 'passed')
  return { steps: findings.map(({ step }) => step), wrong, text }
}

// Each run of the command starts Node.
const slowTest = { timeout: 30_000 }

describe('doctor', slowTest, () => {
  test.each(['put', 'post', 'multipart'] as const)(
    'doctor finds no problem with a healthy backend that uses %s',
    async (strategy) => {
      const { steps, wrong } = await runDoctor(await serve(storage(), { strategy }))
      expect(wrong).toEqual([])
      expect(steps).toEqual([
        'CORS of the backend',
        'presign',
        ...(strategy === 'put' ? ['content type'] : []),
        'preflight',
        ...(strategy === 'post' ? ['preflight before a file is chosen'] : []),
        'confirm before the upload',
        'one byte too many',
        'upload',
        'confirm',
        'confirm again',
        'ticket reuse and discard after confirm',
        'discard',
      ])
    },
  )

  test('doctor prints readable findings without a signature and exits with 0 or 1', async () => {
    const endpoint = await serve(storage(), { strategy: 'put' })
    const healthy = await run('doctor', endpoint, '--origin', origin, '--header', 'cookie: session=anna')
    expect(healthy.out).toContain('✓ upload: storage accepted it (200)')
    expect(healthy.out).toContain('11 passed, 0 warnings, 0 failed')
    expect(healthy.code).toBe(0)
    const unhealthy = await run('doctor', endpoint, '--origin', 'https://your.app')
    expect(unhealthy.out).toContain('✗ presign: the backend rejected it with unauthorized')
    expect(unhealthy.out).toContain("--header 'cookie: …'")
    expect(unhealthy.code).toBe(1)
    expect(healthy.out + unhealthy.out).not.toMatch(/X-Amz|[\w-]{40,}\.[\w-]{40,}/)
    expect(redactSecrets(`GET http://s3/b/k?X-Amz-Signature=1 ${'a'.repeat(50)}.${'b'.repeat(43)}`)).toBe(
      'GET http://s3/b/k?… …',
    )
  })

  test('doctor names the CORS rule that a bucket lacks', async () => {
    const { wrong } = await runDoctor(await serve(storage({ bucket: 'closed' })))
    expect(wrong.map(({ step }) => step)).toEqual(['preflight', 'response of storage'])
    expect(wrong[0]?.fix).toContain('"AllowedOrigins":["http://your.app"]')
  })

  test('doctor warns if the preflight cannot be sent before a file is chosen', async () => {
    const step = 'preflight before a file is chosen'
    const cors = corsRule([origin])
    const { MaxAgeSeconds: _, ...withoutAge } = cors
    const rules: readonly [CorsRule, string][] = [
      [{ ...cors, AllowedMethods: ['PUT', 'POST', 'GET'] }, 'does not allow HEAD with Authorization, so the'],
      [{ ...cors, AllowedHeaders: ['content-type'] }, 'does not allow HEAD with Authorization, so the'],
      [withoutAge, 'for 5 seconds only'],
    ]
    for (const [rule, summary] of rules) {
      const CORSConfiguration = { CORSRules: [rule] }
      await client.send(new PutBucketCorsCommand({ Bucket: 'changing', CORSConfiguration }))
      const { wrong, text } = await runDoctor(await serve(storage({ bucket: 'changing' })))
      expect(wrong).toMatchObject([{ verdict: 'warned', step, summary: expect.stringContaining(summary) }])
      expect(wrong[0]?.fix).toContain('"HEAD"')
      expect(text).not.toMatch(/AWS4-HMAC/)
    }

    const refused: UploadStorage = {
      ...storage(),
      async signPreflights() {
        const signed = await storage().signPreflights()
        return signed.map(({ url, headers }) => ({ url, headers: { ...headers, authorization: 'AWS4 no' } }))
      },
    }
    const { wrong } = await runDoctor(await serve(refused))
    expect(wrong).toMatchObject([{ verdict: 'warned', step, fix: expect.stringContaining('s3:ListBucket') }])
  })

  test("doctor names the SDK option that signs an empty body's checksum, and a ticket without a size limit", async () => {
    const sdk: UploadStorage = {
      ...storage(),
      async signPut({ key }) {
        const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'uploads', Key: key }))
        return { kind: 'put', url, expiresAt: Date.now() + 900_000, headers: { 'content-type': 'image/png' } }
      },
    }
    const { wrong, text } = await runDoctor(await serve(sdk, { strategy: 'put' }))
    expect(wrong.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['checksum in the URL', 'content type', 'one byte too many']),
    )
    expect(wrong[0]?.fix).toContain("requestChecksumCalculation: 'WHEN_REQUIRED'")
    expect(text).not.toContain('X-Amz-Signature')
  })

  test('doctor detects a discard that deletes a confirmed object', async () => {
    const { wrong } = await runDoctor(await serve(storage(), { promote: false, strategy: 'put' }))
    expect(wrong).toMatchObject([
      { step: 'ticket reuse and discard after confirm', fix: expect.stringContaining('promote: false') },
    ])
  })

  test('doctor sends the headers of --header to the origin of the endpoint only, also after redirects', async () => {
    const received: IncomingHttpHeaders[] = []
    const listen = async (answer: RequestListener) => {
      const server = createServer(answer).listen(0, '127.0.0.1')
      endings.push(() => server.close())
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
    }
    const elsewhere = await listen((request, response) => {
      received.push(request.headers)
      response.end('elsewhere')
    })
    const own = await listen((request, response) => {
      if (request.url === '/away') return response.writeHead(302, { location: elsewhere }).end()
      if (request.url === '/first') return response.writeHead(302, { location: '/second' }).end()
      return response.end(request.headers.cookie)
    })
    const headers = { cookie: 'session=anna', authorization: 'Bearer secret', 'x-api-key': 'secret' }
    const file = { name: 'a.png', type: 'image/png' }
    const target = { endpoint: `${own}/api`, origin, headers, bytes, file }
    const read = async (url: string) => (await fetchResultUrl(new URL(url), target)).text()

    expect(await read(elsewhere)).toBe('elsewhere')
    expect(await read(`${own}/away`)).toBe('elsewhere')
    expect(received).toHaveLength(2)
    expect(JSON.stringify(received)).not.toMatch(/anna|secret/)
    expect(await read(`${own}/first`)).toBe('session=anna')
  })

  test.each(['put', 'post', 'multipart'] as const)(
    'the command sends --header neither to storage by %s nor to the origin of the result URL',
    async (strategy) => {
      const received: Record<'storage' | 'elsewhere', IncomingHttpHeaders[]> = { storage: [], elsewhere: [] }
      const listen = async (answer: RequestListener) => {
        const server = createServer(answer).listen(0, '127.0.0.1')
        endings.push(
          () => server.close(),
          () => server.closeAllConnections(),
        )
        await once(server, 'listening')
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
      }
      const elsewhere = await listen((request, response) => {
        received.elsewhere.push(request.headers)
        response.end(bytes)
      })
      // Passes each request on to storage. Signatures name the host of this server.
      const storageEndpoint = await listen((request, response) => {
        received.storage.push(request.headers)
        const { hostname, port } = new URL(s3.endpoint)
        const { method, url, headers } = request
        request.pipe(
          httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            answer.pipe(response)
          }),
        )
      })
      const endpoint = await serve(storage({ endpoint: storageEndpoint }), {
        strategy,
        onConfirm: () => ({ url: `${elsewhere}/a.png` }),
      })
      const secrets = ['cookie: session=anna', 'authorization: Bearer hush', 'x-api-key: hush']
      const { out } = await run(
        'doctor',
        endpoint,
        '--origin',
        origin,
        ...secrets.flatMap((header) => ['--header', header]),
      )
      expect(out).toContain('✓ upload: storage accepted it')
      expect(out).toContain('✓ confirm:')
      // The backend, which shares the access to storage, signs its own requests in the header Authorization.
      const sent = [...received.storage, ...received.elsewhere]
      expect([received.storage.length > 3, received.elsewhere.length > 0]).toEqual([true, true])
      expect(JSON.stringify(sent)).not.toMatch(/session=anna|hush|x-api-key/)
    },
  )

  const ticket = { kind: 'put', key: 'k', token: 't', url: 'http://127.0.0.1:1/x' }
  test.each([
    null,
    { tickets: 5 },
    { tickets: [null] },
    { tickets: [{ ticket: 5 }] },
    { tickets: [{ ticket: { ...ticket, url: 'nonsense' } }] },
    { tickets: [{ ticket: { ...ticket, url: 'file:///etc/passwd' } }] },
    { tickets: [{ ticket: { ...ticket, url: undefined } }] },
    { tickets: [{ ticket: { ...ticket, kind: 'carrier-pigeon' } }] },
    { tickets: [{ ticket: { ...ticket, headers: { 'a\nb': 'c' } } }], results: [null] },
    { tickets: [{ ticket: { ...ticket, kind: 'post', fields: [1] } }], results: 5 },
    { tickets: [{ ticket: { ...ticket, kind: 'multipart' } }], parts: [null] },
    { tickets: [{ ticket: { ...ticket, kind: 'multipart' } }], parts: [{ url: 'nonsense', headers: 5 }] },
    { error: 'nonsense' },
    { error: { code: 'constructor', message: {} } },
  ])('doctor reports the malformed answer %j of a backend', async (answer) => {
    const server = createServer((_, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1')
    endings.push(() => server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
    const { wrong } = await runDoctor(url, { origin: url })
    expect(wrong).not.toEqual([])
    expect(wrong.every(({ fix }) => typeof fix === 'string' && !fix.includes('function'))).toBe(true)
  })

  test('doctor reports an object whose connection drops within the body', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': '70' })
      response.write('abc', () => response.destroy())
    }).listen(0, '127.0.0.1')
    endings.push(() => server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // it listens on a port
    const { wrong } = await runDoctor(await serve(storage(), { strategy: 'put', onConfirm: () => ({ url }) }))
    expect(wrong).toMatchObject([
      {
        step: 'ticket reuse and discard after confirm',
        summary: 'the object is no longer readable (no response)',
      },
    ])
  })

  test('doctor recognizes a wrong secret key by the response of storage', async () => {
    const credentials = { ...s3.credentials, secretAccessKey: 'another' }
    const { wrong } = await runDoctor(await serve(storage({ credentials }), { strategy: 'put' }))
    expect(wrong.map(({ step }) => step)).toContain('upload')
    expect(wrong.at(-1)).toMatchObject({ summary: expect.stringContaining('SignatureDoesNotMatch') })
  })

  test('doctor distinguishes a backend that is down from a page and from another route', async () => {
    expect((await runDoctor('http://127.0.0.1:2/api/uploads')).wrong).toMatchObject([
      { summary: expect.stringMatching(/no answer/) },
    ])
    const page = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1')
    endings.push(() => page.close())
    await once(page, 'listening')
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/` // it listens on a port
    expect((await runDoctor(url, { origin: new URL(url).origin })).wrong).toMatchObject([
      { step: 'presign', fix: expect.stringContaining('The app served an HTML page') },
    ])
    const file = { name: 'a.png', type: 'image/png', route: 'fotos' }
    expect((await runDoctor(await serve(storage()), { file })).wrong).toMatchObject([
      { step: 'presign', fix: expect.stringContaining('--route') },
    ])
  })
})

describe('bucket', slowTest, () => {
  test('bucket prints the rules without a change', async () => {
    const { out, code } = await run(
      'bucket',
      'my-app',
      '--origin',
      'https://your.app/',
      '--promote-to',
      'my-public',
    )
    expect(code).toBe(0)
    expect(out).toContain('"AllowedOrigins": [\n        "https://your.app"\n      ]')
    expect(out).toContain('"arn:aws:s3:::my-public/*"')
    expect(out).toContain('"AbortIncompleteMultipartUpload"')
    // The signing key must not be allowed to delete confirmed objects.
    const policy = JSON.parse(
      out.slice(out.indexOf('{', out.indexOf('# IAM')), out.indexOf('# The commands')),
    )
    const confirmed = policy.Statement.find(({ Sid }: { Sid: string }) => Sid === 'Confirmed')
    expect(confirmed.Action).toEqual(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'])
  })

  test('bucket --apply adds the rules to existing ones, and only once', async () => {
    const Bucket = 'ruled'
    const existingRule = {
      ID: 'theirs',
      Status: 'Enabled',
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 9 },
    } as const
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [existingRule] },
      }),
    )
    const args = ['bucket', Bucket, '--origin', 'https://your.app', '--apply']
    for (const more of [[], ['--expire-days', '3']]) expect((await run(...args, ...more)).code).toBe(0)

    const { CORSRules } = await client.send(new GetBucketCorsCommand({ Bucket }))
    expect(CORSRules).toMatchObject([
      { AllowedOrigins: openCors.AllowedOrigins },
      { ID: 'putaway', AllowedOrigins: ['https://your.app'], ExposeHeaders: ['ETag', 'x-amz-request-id'] },
    ])
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(Rules).toMatchObject([
      { ID: 'theirs', Expiration: { Days: 9 } },
      {
        ID: 'putaway-unconfirmed',
        Filter: { Prefix: 'uploads/' },
        Expiration: { Days: 3 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
      },
      { ID: 'putaway-parts', Filter: { Prefix: 'files/' } },
    ])
  })

  test('bucket requires a bucket, a valid origin and whole days', async () => {
    expect(await run('bucket', 'my-app')).toMatchObject({ code: 1, out: expect.stringContaining('--origin') })
    expect((await run('bucket', 'b', '--origin', 'your.app')).out).toContain('is not an origin')
    expect((await run('bucket', 'b', '--origin', origin, '--expire-days', '0.5')).out).toContain(
      'whole number',
    )
    expect(await run('nonsense')).toMatchObject({
      code: 2,
      out: expect.stringContaining('npx putaway doctor'),
    })
  })
})
