import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { openCors, startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runChecks } from '../../src/cli/doctor/checks.ts'
import { explainNetworkFailure } from '../../src/cli/doctor/network-failure.ts'
import { formatFinding, formatJson } from '../../src/cli/doctor/report.ts'
import { explainStorageFailure, readStorageResponse } from '../../src/cli/doctor/storage-failure.ts'
import { createUploadHandler, route, s3Storage, toNodeHandler } from '../../src/server/index.ts'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { bytes } from '../harness/s3-fixture.ts'
import { serveNode } from '../harness/serve-node.ts'

const cli = await bundleForNode(new URL('../../src/cli/index.ts', import.meta.url))
let s3: LocalS3
beforeAll(async () => {
  s3 = await startLocalS3({ region: 'eu-central-1', cors: [openCors] })
})
afterAll(async () => {
  await s3.close()
})

/** Serves a real handler whose access to S3 differs from the right one. */
async function serve(changes: object = {}, bucket = 'uploads', strategy: 'put' | 'post' = 'post') {
  const { endpoint, region, credentials } = s3
  const uploads = createUploadHandler({
    storage: s3Storage({ endpoint, region, credentials, bucket, ...changes }),
    secret: 'a secret of tests that is long enough',
    onError: () => {},
    routes: {
      photos: route({
        accept: 'image/*',
        maxSize: '1MB',
        strategy,
        authorize: () => ({ id: 'anna' }),
        onConfirm: ({ id, url }) => ({ id, url }),
      }),
    },
  })
  const handle = toNodeHandler(uploads)
  return serveNode((request, response) => void handle(request, response))
}

async function findProblems(endpoint: string, origin = endpoint) {
  const file = { name: 'a.png', type: 'image/png' }
  const findings = []
  for await (const finding of runChecks({ endpoint, origin, headers: {}, bytes, file }))
    findings.push(finding)
  return findings.filter(({ verdict }) => verdict !== 'passed')
}

/** Runs the command, and closes its stdout after the first chunk if asked. */
async function run(args: string[], options: { closeEarly?: boolean; env?: Record<string, string> } = {}) {
  const env = { ...process.env, ...options.env }
  const child = spawn(process.execPath, [cli, ...args], { env })
  const output = { out: '', errors: '' }
  if (options.closeEarly) child.stdout.destroy()
  else child.stdout.on('data', (chunk) => (output.out += String(chunk)))
  child.stderr.on('data', (chunk) => (output.errors += String(chunk)))
  const [code] = await once(child, 'close')
  return { code, ...output }
}

// Each run of the command starts Node.
const slowTest = { timeout: 60_000 }

describe('doctor names the cause', slowTest, () => {
  const wrongKey = { accessKeyId: 'AKIANOTHERE', secretAccessKey: 'another' }
  test.each(['put', 'post'] as const)(
    'a wrong region with %s: the only problem, with the right region',
    async (strategy) => {
      expect(await findProblems(await serve({ region: 'us-east-1' }, 'uploads', strategy))).toMatchObject([
        {
          step: 'upload',
          summary: expect.stringContaining('eu-central-1'),
          evidence: expect.stringContaining("The region 'us-east-1' is wrong; expecting 'eu-central-1'"),
          fix: "Set the region: s3Storage({ region: 'eu-central-1', … }).",
          section: 'signature',
        },
      ])
    },
  )

  test.each(['put', 'post'] as const)(
    'a missing bucket with %s: the only problem, not CORS',
    async (strategy) => {
      expect(await findProblems(await serve({}, 'missing', strategy))).toMatchObject([
        { step: 'upload', summary: 'the bucket does not exist: NoSuchBucket' },
      ])
    },
  )

  test('an unknown access key and a wrong secret', async () => {
    expect(await findProblems(await serve({ credentials: wrongKey }))).toMatchObject([
      { step: 'upload', summary: expect.stringContaining('InvalidAccessKeyId') },
    ])
    const credentials = { ...s3.credentials, secretAccessKey: 'another' }
    expect(await findProblems(await serve({ credentials }))).toMatchObject([
      { step: 'upload', summary: expect.stringContaining('SignatureDoesNotMatch') },
    ])
  })

  const storageError = (code: string, message: string, more = '') =>
    `<Error><Code>${code}</Code><Message>${message}</Message>${more}<StringToSign>secret</StringToSign></Error>`
  test.each([
    [
      301,
      storageError(
        'PermanentRedirect',
        'Use the endpoint.',
        '<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint>',
      ),
      /another region.*eu-west-1/,
      'signature',
    ],
    [
      400,
      storageError('ExpiredToken', 'The provided token has expired.'),
      /session credentials/,
      'signature',
    ],
    [400, storageError('InvalidToken', 'Malformed.'), /session token/, 'signature'],
    [
      403,
      storageError('RequestTimeTooSkewed', 'Too large.'),
      /clock is more than 15 minutes off/,
      'clock-skew',
    ],
    [403, storageError('AccessDenied', 'Request is not yet valid'), /clock is ahead/, 'clock-skew'],
    [403, storageError('AccessDenied', 'Request has expired'), /ticket has expired/, 'expired'],
    [403, storageError('AccessDenied', 'Access Denied'), /must not write/, 'forbidden'],
    [501, storageError('NotImplemented', 'No.'), /does not support POST/, 'signature'],
    [200, '<!doctype html><html>', /HTML page/, 'unavailable'],
    [503, '', /storage fails: 503/, 'unavailable'],
    [403, storageError('constructor', '&lt;b&gt;'), /403 constructor/, 'unknown'],
  ])('storage that answers %i %s', async (status, body, found, section) => {
    const response = await readStorageResponse(new Response(body, { status }))
    const ticket = { kind: 'post', key: 'k', token: 't', url: 'http://s3.test/b?X-Amz-Signature=1' } as const
    const failure = explainStorageFailure(response, ticket)
    expect(failure).toMatchObject({ summary: expect.stringMatching(found), section })
    expect(JSON.stringify(failure)).not.toMatch(/secret|X-Amz-Signature|function/)
  })

  test.each([
    ['ENOTFOUND', /DNS does not know/],
    ['ECONNREFUSED', /nothing listens/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /speaks http, not https/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another host name/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted/],
    ['UND_ERR_HEADERS_TIMEOUT', /in time/],
    ['ECONNRESET', /connection broke/],
  ])('a request that ends with %s', (code, found) => {
    const cause = new AggregateError([Object.assign(new Error('no'), { code })])
    const thrown = new TypeError('fetch failed', { cause })
    expect(
      explainNetworkFailure(thrown, 'https://a.test/x?token=1', 'the backend', 'the endpoint').summary,
    ).toMatch(found)
  })

  test.each([
    [302, { location: '/auth/login?next=1' }, '', /login page: http:\S+\/auth\/login$/, 'unauthorized'],
    [308, { location: '/api/uploads/' }, '', /redirects to/, 'invalid-answer'],
    [401, {}, '', /signed-in user/, 'unauthorized'],
    [403, {}, '', /forbids/, 'forbidden'],
    [404, {}, '', /nothing answers/, 'not-found'],
    [405, {}, '', /does not take POST/, 'not-found'],
    [415, {}, '', /does not take JSON/, 'invalid-answer'],
    [500, {}, '<html>', /backend fails/, 'unavailable'],
    [200, {}, '<!DOCTYPE html>', /HTML page/, 'invalid-answer'],
    [200, { 'content-type': 'text/plain' }, 'ok', /not JSON: text\/plain/, 'invalid-answer'],
    [200, {}, '', /body is empty/, 'invalid-answer'],
  ])('a backend that answers %i %j %j', async (status, headers, body, found, section) => {
    const endpoint = await serveNode((_, response) => response.writeHead(status, headers).end(body))
    expect(await findProblems(endpoint)).toMatchObject([
      { step: 'presign', summary: expect.stringMatching(found), section },
    ])
  })

  test('an endpoint without CORS on another origin: suggests a proxy of the dev server', async () => {
    const [cors] = await findProblems(`${await serve()}/api/uploads`, 'http://localhost:5173')
    expect(cors).toMatchObject({ step: 'CORS of the backend', section: 'cors' })
    expect(cors?.fix).toMatch(/server: \{ proxy: \{ '\/api\/uploads': 'http:\/\/127/)
    expect(cors?.fix).toContain('rewrites: async () => [')
  })
})

describe('doctor prints', slowTest, () => {
  test('--json prints one document with every finding, and no secret that a backend echoes', async () => {
    const endpoint = await serveNode((request, response) => {
      const message = `No user for ${request.headers.cookie}`
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: 'unauthorized', message } }))
    })
    const args = ['doctor', endpoint, '--origin', endpoint, '--json', '--header', 'cookie: session=abcdefgh1']
    const { code, out } = await run(args)
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      counts: { passed: 0, warnings: 0, errors: 1 },
      findings: [
        {
          level: 'error',
          step: 'presign',
          what: 'the backend rejected it with unauthorized: No user for …',
          why: expect.stringContaining('answered 401'),
          fix: expect.stringContaining('--header'),
          docs: 'node_modules/putaway/docs/errors.md#unauthorized',
        },
      ],
    })
    expect(out).not.toContain('abcdefgh1')
    const healthy = await run(['doctor', await serve(), '--origin', 'http://127.0.0.1', '--json'])
    expect(JSON.parse(healthy.out).findings.length).toBeGreaterThan(5)
  })

  test('--json reports wrong options as a document too, and repeats no password', async () => {
    const endpoint = 'http://anna:hunter2@127.0.0.1:1'
    const { code, out, errors } = await run(['doctor', endpoint, '--origin', 'http://a.test', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ok: false, findings: [{ level: 'error', step: 'options' }] })
    expect(out + errors).not.toContain('hunter2')
  })

  test.each([
    ['doctor', () => ['http://127.0.0.1:1', '--origin', 'http://a.test'], 1],
    ['bucket', () => ['my-app', '--origin', 'http://a.test'], 0],
    ['local-s3', () => ['--help'], 0],
  ])('%s does not crash when its reader closes the pipe', async (command, args, code) => {
    expect(await run([command, ...args()], { closeEarly: true })).toEqual({ code, out: '', errors: '' })
  })

  test('text fits 80 columns, and is colored only on request', () => {
    const finding = {
      verdict: 'failed',
      step: 'upload',
      summary: 'word '.repeat(40).trim(),
      evidence: 'POST answered \u001b[31m400. '.repeat(10),
      fix: `${'word '.repeat(30)}\n  code that stays on one line`,
      section: 'cors',
    } as const
    const plain = formatFinding(finding, [], false)
    for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(plain).not.toContain('\u001b')
    expect(plain).toContain('\n      code that stays on one line\n')
    expect(formatFinding(finding, [], true)).toContain('\u001b[31m✗\u001b[0m upload')
    expect(readFileSync('docs/errors.md', 'utf8')).toContain('## `cors`')
    expect(JSON.parse(formatJson([finding], {}, ['word'])).findings[0].what).not.toContain('word')
  })
})
