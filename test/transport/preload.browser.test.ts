import { beforeAll, expect, inject, test } from 'vitest'
import type { SendContext } from '../../src/core/ports.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { s3Transport } from '../../src/transport/s3-transport.ts'

// Runs in a real browser against a strict S3. Each test has its own bucket, because the browser caches preflights by URL.

const backend = inject('backend')
const { signal } = new AbortController()

/** The requests that storage received from browsers for a bucket, by the names of their operations. */
async function operationsAt(bucket: string): Promise<string[]> {
  const answer = await fetch(`${backend}/requests`)
  const requests = (await answer.json()) as { bucket?: string; operation: string }[]
  const operations = requests.filter((request) => request.bucket === bucket).map(({ operation }) => operation)
  return operations.filter((operation) => /^(Preflight|HeadBucket|PostObject)$/.test(operation))
}

/** A page that preloads a route, and uploads files of 200 kB to it. */
function openPage(route: string) {
  const { preload, presign } = httpEndpoints(`${backend}/api/uploads`)
  const transport = s3Transport()
  async function upload(name: string) {
    const file = new File([new Uint8Array(200_000)], name, { type: 'image/png' })
    const info = { id: crypto.randomUUID(), name, size: file.size, type: file.type, route }
    const ticket = await presign(info, { signal })
    const progress: number[] = []
    const context: SendContext = {
      signal,
      resumed: false,
      onProgress: (bytes) => progress.push(bytes),
      acquire: () => Promise.resolve(() => {}),
      endpoints: {},
      withRetry: (run) => run(),
    }
    const { etag } = await transport.send(file, ticket, context)
    return { kind: ticket.kind, progress, etag }
  }
  return { preload: () => preload?.({ route }), upload }
}

// Shortly after its start, Firefox 153 does not use its cache of preflights.
beforeAll(async () => {
  const { upload } = openPage('first')
  const countPreflights = async () =>
    (await operationsAt('first')).filter((operation) => operation === 'Preflight').length
  for (let before = -1, after = 0; before < after; after = await countPreflights()) {
    before = after
    await upload('a.png')
  }
})

const uploaded = { kind: 'post', progress: expect.arrayContaining([200_000]), etag: expect.any(String) }

test('where CORS does not allow HEAD, the first form needs one preflight, and the others need none', async () => {
  const { preload, upload } = openPage('without-head')
  preload()
  await expect.poll(() => operationsAt('without-head')).toEqual(['Preflight'])

  const first = await upload('a.png')
  const others = await Promise.all(['b.png', 'c.png'].map(upload))
  expect([first, ...others]).toEqual(Array.from({ length: 3 }, () => uploaded))
  expect(await operationsAt('without-head')).toEqual([
    'Preflight',
    'Preflight',
    'PostObject',
    'PostObject',
    'PostObject',
  ])
})

test('after a preload, forms need no preflight and report progress', async () => {
  const { preload, upload } = openPage('preloaded')
  preload()
  await expect.poll(() => operationsAt('preloaded')).toEqual(['Preflight', 'HeadBucket'])

  const first = await upload('a.png')
  const others = await Promise.all(['b.png', 'c.png', 'd.png'].map(upload))
  expect([first, ...others]).toEqual(Array.from({ length: 4 }, () => uploaded))
  expect(await operationsAt('preloaded')).toEqual([
    'Preflight',
    'HeadBucket',
    ...Array.from({ length: 4 }, () => 'PostObject'),
  ])

  // The preflight is cached for HEAD too.
  openPage('preloaded').preload()
  await expect.poll(async () => (await operationsAt('preloaded')).slice(6)).toEqual(['HeadBucket'])
})
