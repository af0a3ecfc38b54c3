import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { startLocalS3 } from 'local-s3'
import type { FaultRule, ImitatedStore } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { accessOf, ensureBucket } from '../../../demo/bucket.ts'
import { s3FromEnvironment } from '../../harness/demo-fixture.ts'
import { launchChromium } from '../../harness/chromium.ts'
import { startTestSite } from '../../harness/site.ts'
import { numbers, stormBytes } from './bytes.ts'

/**
 * Uploads many files through random faults in a real Chromium. Passes when each file is confirmed exactly once with
 * identical bytes and nothing leaks. The last line has the result.
 */
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    faults: { type: 'string', default: '0.2' },
    seed: { type: 'string', default: '1' },
    like: { type: 'string' },
  },
})
const [count, faults, seed] = [Number(values.files), Number(values.faults), Number(values.seed)]
if (!(count >= 1 && faults >= 0 && faults < 1 && Number.isInteger(seed))) {
  throw new Error(
    'storm --files 1000 --faults 0.2 --seed 1 --like b2: files must be at least 1, faults at least 0 and below 1, seed an integer.',
  )
}

/** The store that local-s3 imitates. The handler is not told: it learns what the store refuses. */
const like = values.like as ImitatedStore | undefined // local-s3 validates it

// Storage faults: the given share of requests fails in each way. Some apply only to requests from browsers.
const faultsForAll: [FaultRule, number][] = [
  [{ fault: 'error', status: 503 }, 0.3],
  [{ fault: 'error', status: 500, retryAfter: 1 }, 0.2],
  [{ fault: 'reset', when: 'before' }, 0.1],
  [{ fault: 'reset', when: 'after' }, 0.1],
  [{ fault: 'reset', when: 'before', operation: 'Preflight' }, 1],
]
const faultsForBrowsers: [FaultRule, number][] = ['PostObject', 'PutObject', 'UploadPart'].flatMap(
  (operation) => [
    [{ fault: 'reset', when: 'within', operation }, 0.15],
    [{ fault: 'no-cors-on-errors', operation }, 0.5],
    [{ fault: 'expired', operation }, 0.05],
    [{ fault: 'stall', operation }, 0.03],
  ],
)
const rules = [...faultsForAll, ...faultsForBrowsers].map(([way, share], index): FaultRule => ({
  ...way,
  probability: faults * share,
  seed: seed + index,
}))

// Another S3, named by the environment, injects no faults: only the backend's responses fail there.
const given = s3FromEnvironment()
const s3 = given ? undefined : await startLocalS3(like ? { like } : {})
const access = given
  ? accessOf(given)
  : {
      region: s3?.region ?? '',
      endpoint: s3?.endpoint ?? '',
      credentials: s3?.credentials ?? { accessKeyId: '', secretAccessKey: '' },
    }
const bucket = given?.bucket ?? 'uploads'
const client = new S3Client({
  forcePathStyle: true,
  ...access,
  maxAttempts: 8,
  // Some stores refuse checksums.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
})
if (given) await ensureBucket(client, given)

const rows = new Map<string, { index: number; key: string }>()
/** Deletions that the handler does after its response. */
const deletions: Promise<unknown>[] = []
const uploads = createUploadHandler({
  storage: s3Storage({
    ...access,
    bucket,
    partSize: 5 * 1024 ** 2,
    multipartFrom: 5 * 1024 ** 2,
    // The name is needed because local-s3 has another host name than Google, and because Google's answer to our forms is not known.
    ...(like === 'gcs' && { store: like }),
  }),
  secret: 'a secret that only the storm test uses',
  onError: () => {},
  waitUntil: (work) => deletions.push(work),
  routes: {
    files: route({
      accept: '*',
      maxSize: '1GB',
      detectType: false,
      authorize: () => ({ id: 'storm' }),
      onConfirm: ({ id, key, meta }) => {
        rows.set(id, { index: Number(Object(meta).index), key })
        return { id }
      },
    }),
  },
})

// Backend faults: the same share of responses fails, before and after the work is done.
const random = numbers(seed)
const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>()
app.post('/api/uploads', async (c) => {
  const way = random() < faults ? Math.floor(random() * 7) : -1
  if (way === 0) return c.text('Oops', 500)
  if (way === 1)
    return c.json({ error: { code: 'throttled', message: 'slow down' } }, 429, { 'retry-after': '1' })
  if (way === 2) return c.html('<h1>Bad gateway</h1>', 502)
  if (way === 3) return c.text('', 503)
  if (way === 4) c.env.incoming.socket.destroy()
  const answer = await uploads(c.req.raw)
  if (way === 5) c.env.incoming.socket.destroy()
  if (way === 6) return c.text('The response is lost', 504)
  return answer
})

const api = getRequestListener(app.fetch)
const site = await startTestSite(
  fileURLToPath(new URL('page', import.meta.url)),
  (request, response) => void api(request, response),
)

const browser = await launchChromium()
const tab = await browser.newPage()
let unhandled = 0
tab.on('pageerror', (error) => {
  unhandled += 1
  console.log(String(error.stack ?? error).slice(0, 500))
})
await tab.addInitScript(countOpenResources)
await tab.goto(site.url)
await tab.waitForFunction(() => 'storm' in window)

for (const rule of rules) s3?.faults.add(rule)
const started = Date.now()
for (let from = 0; from < count; from += 100) {
  await tab.evaluate(([all, first, last]) => window.storm.add(all, first, last), [
    seed,
    from,
    Math.min(count, from + 100),
  ] as const)
}
let retriesLeft = 3
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const counts = await tab.evaluate(() => window.storm.counts())
  console.log(`${Math.round((Date.now() - started) / 1000)} s`, counts)
  const { done = 0, error = 0 } = counts
  if (done === count) break
  if (done + error < count) continue
  console.log(await tab.evaluate(() => window.storm.errors().slice(0, 5)))
  // Acts like a user who presses retry.
  if ((retriesLeft -= 1) < 0) break
  await tab.evaluate(() => window.storm.retry())
}
s3?.faults.clear()

// Leaks and leftovers.
await tab.evaluate(() => window.storm.unmount())
// The URL of a picture worker is revoked ten seconds after its start, which may be later than the last upload.
await tab.waitForFunction(() => window.alive() === 0, undefined, { timeout: 15_000 }).catch(() => {})
const leaked = await tab.evaluate(() => window.alive())
await browser.close()
await Promise.all(deletions)

const confirmed = new Set([...rows.values()].map(({ index }) => index))
const duplicates = rows.size - confirmed.size
let different = 0
for (const { index, key } of rows.values()) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const stored = createHash('sha256')
    .update((await Body?.transformToByteArray()) ?? '')
    .digest('hex')
  if (stored !== createHash('sha256').update(stormBytes(seed, index)).digest('hex')) different += 1
}

let orphans = 0
const known = new Set([...rows.values()].map(({ key }) => key))
let token: string | undefined
do {
  const list = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }))
  const leftOver = (list.Contents ?? []).filter(({ Key }) => !known.has(Key ?? ''))
  for (const { Key, Size } of leftOver) console.log(`left over: ${Key}, ${Size} bytes`)
  orphans += leftOver.length
  token = list.NextContinuationToken
} while (token)
const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
for (const { Key, UploadId } of Uploads) {
  // An upload whose create response was lost has no parts, and the lifecycle rule removes it.
  const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }))
  orphans += Parts.length
}
await site.close()
await s3?.close()

console.log(
  `${Math.round((Date.now() - started) / 1000)} s, seed ${seed}, ${different} different from what was sent`,
)
console.log(
  `confirmed ${confirmed.size}/${count}, duplicates ${duplicates}, orphans ${orphans}, unhandled ${unhandled}, leaked ${leaked}`,
)
process.exitCode =
  confirmed.size === count && duplicates + orphans + unhandled + leaked + different === 0 ? 0 : 1

declare global {
  interface Window {
    alive(): number
  }
}

/** Runs first in the page: counts open requests, object URLs and listeners of abort signals. */
function countOpenResources() {
  const listeners = new Map<AbortSignal, Set<unknown>>()
  const urls = new Set<string>()
  let requests = 0
  const add = AbortSignal.prototype.addEventListener
  AbortSignal.prototype.addEventListener = function (
    this: AbortSignal,
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ) {
    const own = listeners.get(this) ?? new Set()
    listeners.set(this, own.add(listener))
    if (typeof options === 'object' && options.signal)
      add.call(options.signal, 'abort', () => own.delete(listener))
    add.call(this, 'abort', () => listeners.delete(this))
    add.call(this, type, listener, options)
  }
  const remove = AbortSignal.prototype.removeEventListener
  AbortSignal.prototype.removeEventListener = function (
    this: AbortSignal,
    type: string,
    listener: EventListenerOrEventListenerObject,
  ) {
    listeners.get(this)?.delete(listener)
    remove.call(this, type, listener)
  }
  const create = URL.createObjectURL.bind(URL)
  URL.createObjectURL = (object) => {
    const url = create(object)
    urls.add(url)
    return url
  }
  const revoke = URL.revokeObjectURL.bind(URL)
  URL.revokeObjectURL = (url) => {
    urls.delete(url)
    revoke(url)
  }
  const send = XMLHttpRequest.prototype.send
  XMLHttpRequest.prototype.send = function (this: XMLHttpRequest, body?: XMLHttpRequestBodyInit | null) {
    requests += 1
    this.addEventListener('loadend', () => (requests -= 1))
    send.call(this, body)
  }
  window.alive = () => requests + urls.size + [...listeners.values()].reduce((sum, own) => sum + own.size, 0)
}
