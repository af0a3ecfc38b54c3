import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import { fakeBackend } from '../../src/testing/fake-backend.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { createSigner } from '../../src/transport/multipart/part-signer.ts'
import { contract as createAndFinish } from '../../examples/4-create-and-finish/contract.ts'
import { contract as nestjs } from '../../examples/3-nestjs/contract.ts'
import { contract as policyPost } from '../../examples/2-policy-post/contract.ts'
import { contract as presignedPut } from '../../examples/1-presigned-put/contract.ts'

// The same network failures apply to every contract, independent of the author of its functions.

const origin = 'http://app.test'
const server = setupServer()
const pageFetch = globalThis.fetch
beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' })
  // A page resolves paths against its own address.
  const intercepted = globalThis.fetch
  globalThis.fetch = (input, init) =>
    intercepted(typeof input === 'string' ? new URL(input, origin) : input, init)
})
afterEach(() => server.resetHandlers())
afterAll(() => {
  server.close()
  globalThis.fetch = pageFetch
})

/** The first recipe of docs/your-backend.md, as the page prints it: run, so that it cannot be wrong. */
async function readRecipe(): Promise<UploadEndpoints> {
  const page = readFileSync('docs/your-backend.md', 'utf8')
  const [snippet = ''] = page.match(/^const endpoints: UploadEndpoints.*?^\}$/ms) ?? []
  const { code } = await transform(`export ${snippet}`, { loader: 'ts', format: 'cjs' })
  const module: { exports: { endpoints?: UploadEndpoints } } = { exports: {} }
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is in our own page
  new Function('module', 'UploadError', code)(module, UploadError)
  if (!module.exports.endpoints) throw new Error('docs/your-backend.md has no recipe.')
  return module.exports.endpoints
}
const recipe = await readRecipe()

type Step = 'presign' | 'confirm'
interface Backend {
  readonly endpoints: UploadEndpoints
  /** The step of each of the two. */
  readonly paths: Readonly<Record<Step, string>>
}

const url = 'https://s3.test/k'
const paths = (presign: string, confirm: string) => ({ presign, confirm })
const steps = ['presign', 'confirm'] as const
const backends: readonly { name: string; open: () => Backend; asks: readonly Step[] }[] = [
  {
    name: 'our own protocol',
    open: () => ({ endpoints: httpEndpoints('/uploads'), paths: paths('/uploads', '/uploads') }),
    asks: steps,
  },
  {
    name: 'the recipe of docs/your-backend.md',
    open: () => ({
      endpoints: recipe,
      paths: paths('/api/images/presigned', '/api/images/k/confirm'),
    }),
    asks: steps,
  },
  {
    name: '1-presigned-put',
    open: () => ({ endpoints: presignedPut, paths: paths('/api/images/presigned', '') }),
    asks: ['presign'], // the message confirms
  },
  {
    name: '2-policy-post',
    open: () => ({ endpoints: policyPost, paths: paths('/api/uploads', '/api/uploads/k/completed') }),
    asks: steps,
  },
  {
    name: '3-nestjs',
    open: () => ({ endpoints: nestjs, paths: paths('/upload/presigned-url', '/upload/confirm') }),
    asks: steps,
  },
  {
    name: '4-create-and-finish',
    open: () => ({ endpoints: createAndFinish, paths: paths('/upload/create', '/upload/finish') }),
    asks: steps,
  },
]

/** The answer of a working backend, with the fields of every contract. */
const good = {
  url,
  key: 'k',
  id: 'k',
  fields: {},
  presignedUrl: url,
  fileName: 'k',
  presigned_upload_url: url,
}

/** Uploads one file while `bad` answers a step `times` times. */
async function upload({ endpoints, paths: at }: Backend, step: Step, bad: () => Response, times: number) {
  const fake = fakeUploads()
  const protocol = fakeBackend({ ...fake.endpoints, presign: async () => ({ kind: 'put', key: 'k', url }) })
  let asked = 0
  server.use(
    http.post(`${origin}/*`, async ({ request }) => {
      const { pathname } = new URL(request.url)
      const isOurs = pathname === '/uploads'
      const type = isOurs ? ((await request.clone().json()) as { type: string }).type : undefined
      if (isOurs ? type === step : pathname === at[step]) {
        asked += 1
        if (asked <= times) return bad()
      }
      return isOurs ? protocol(request) : HttpResponse.json(good)
    }),
  )
  const uploader = createUploader({
    endpoints,
    transport: fake.transport,
    pool: createConnectionPool(6),
    host: {
      now: () => Date.now(),
      frame: (run) => void setTimeout(run),
      sleep: () => Promise.resolve(),
      random: () => 0,
      isOnline: () => true,
    },
    newId: () => 'a-file-with-an-id',
  })
  const [item] = uploader.add([fakeFile('a.png')])
  const ended = await uploader.resultOf(item ?? '').then(
    () => 'done',
    ({ code, phase, retryable, text }: UploadError) => ({ code, phase, retryable, text }),
  )
  return { ended, asked }
}

const phases = { presign: 'starting', confirm: 'finishing' } as const
const each = backends.flatMap(({ asks, ...backend }) => asks.map((step) => ({ ...backend, step })))

describe.each(each)('$step of $name', ({ open, step }) => {
  test('a lost call is retried repeatedly', async () => {
    expect(await upload(open(), step, () => HttpResponse.error(), 3)).toEqual({ ended: 'done', asked: 4 })
  })
  test('a call that is always lost fails as `network`', async () => {
    expect(await upload(open(), step, () => HttpResponse.error(), Infinity)).toMatchObject({
      ended: { code: 'network', phase: phases[step], retryable: true },
      asked: 9,
    })
  })
  test('a call answered with 503 is retried, then fails with an error of its own step', async () => {
    const busy = () => HttpResponse.json({ message: 'no' }, { status: 503 })
    expect(await upload(open(), step, busy, 2)).toEqual({ ended: 'done', asked: 3 })
    expect(await upload(open(), step, busy, Infinity)).toMatchObject({
      ended: { code: 'unavailable', phase: phases[step] },
      asked: 9,
    })
  })
  test('a call answered with 403 fails at once and is never done', async () => {
    const refusal = () => HttpResponse.json({ message: 'Your plan has ended.' }, { status: 403 })
    expect(await upload(open(), step, refusal, Infinity)).toEqual({
      ended: { code: 'forbidden', phase: phases[step], retryable: false, text: 'Your plan has ended.' },
      asked: 1,
    })
  })
})

describe('signParts that returns a Response', () => {
  const sign = (response: () => Response) => {
    // A literal author writes this, and no type checker sees it in JavaScript.
    const signParts = (async () => response()) as unknown as NonNullable<UploadEndpoints['signParts']>
    const ticket = { kind: 'multipart', key: 'k', uploadId: 'u', partSize: 5_242_880 } as const
    const { signal } = new AbortController()
    const context = { endpoints: { signParts }, signal }
    return createSigner(
      ticket,
      () => new Blob(['x']),
      1,
      () => {},
      context,
    ).urlOf(1, [])
  }
  test('signParts that returns a Response signs with its JSON', async () => {
    expect(await sign(() => Response.json([{ partNumber: 1, url }]))).toMatchObject({ url })
  })
  test('signParts that returns a failed Response fails', async () => {
    await expect(sign(() => new Response(null, { status: 403 }))).rejects.toMatchObject({ status: 403 })
  })
})
