import { createHash } from 'node:crypto'
import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { startLocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { launchChromium } from '../harness/chromium.ts'
import { startTestSite } from '../harness/site.ts'

/**
 * Uploads one large file in parts in a real Chromium. The connection is reset in every tenth part, and all signed URLs
 * expire twice during the upload. Passes when the bytes are identical, no stored part is sent again, and memory does
 * not grow with the file. The last line has the result.
 */
const { values } = parseArgs({ options: { size: { type: 'string', default: '2GB' } } })
const [, number, unit = ''] = /^(\d+)(MB|GB)$/.exec(values.size) ?? []
const size = Number(number) * (unit === 'GB' ? 1e9 : 1e6)
const MiB = 1024 ** 2
const partSize = size >= 1e9 ? 8 * MiB : 5 * MiB
const count = Math.ceil(size / partSize)
if (!(count >= 10)) throw new Error('large --size 2GB: the size must be at least 64MB.')

const folder = await mkdtemp(join(tmpdir(), 'putaway-large-'))
const path = join(folder, 'large.bin')
const sent = await writeNoise(path)

// For the next parts the server's clock is eight days ahead, so every signed URL has expired.
let expiries = 0
function expireAtThirds() {
  if (expiries === 2 || stored() < ((expiries + 1) * count) / 3) return
  expiries += 1
  s3.faults.add({ fault: 'expired', operation: 'UploadPart', times: 4 })
}
const stored = () => [...answers.values()].filter((all) => all.includes(200)).length

// Storage resets the first attempt of every tenth part in the middle.
const answers = new Map<number, number[]>()
const s3 = await startLocalS3({
  faults: Array.from({ length: Math.floor(count / 10) }, (_, index) => ({
    fault: 'reset' as const,
    when: 'within' as const,
    operation: 'UploadPart',
    part: (index + 1) * 10 - 5,
    attempt: 1,
  })),
  onRequest: ({ operation, partNumber, status }) => {
    if (operation === 'UploadPart' && partNumber) {
      const all = answers.get(partNumber) ?? []
      answers.set(partNumber, [...all, status])
      expireAtThirds()
    }
  },
})
const { endpoint, region, credentials } = s3
const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
let key = ''
const uploads = createUploadHandler({
  storage: s3Storage({ endpoint, region, credentials, bucket: 'uploads', partSize }),
  secret: 'a secret that only this test uses',
  routes: {
    file: route({
      accept: '*',
      maxSize: '5GB',
      detectType: false,
      strategy: 'multipart',
      authorize: () => ({ id: 'visitor' }),
      onConfirm: (file) => {
        key = file.key
        return {}
      },
    }),
  },
})
const calls: string[] = []
const api = new Hono()
api.post('/api/uploads', async (context) => {
  const { type } = (await context.req.raw.clone().json()) as { type: string }
  calls.push(type)
  return uploads(context.req.raw)
})
const site = await startTestSite(
  fileURLToPath(new URL('../harness/page', import.meta.url)),
  getRequestListener(api.fetch),
)
const browser = await launchChromium()
const page = await browser.newPage()
await page.goto(`${site.url}/?route=file`)
const session = await page.context().newCDPSession(page)

const started = Date.now()
await page.getByLabel('Choose files').setInputFiles(path)
const ended = page.locator('[data-status="done"], [data-status="error"]')
const heaps: number[] = []
const processes: number[] = []
for (let ticks = 0; ; ticks += 1) {
  await new Promise((resolve) => setTimeout(resolve, size >= 1e9 ? 2000 : 300))
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  heaps.push(usedSize)
  processes.push(await memoryOfBrowser())
  const state = await ended.count()
  if (ticks % 6 === 0) {
    console.log(
      `${seconds()} s: ${stored()} of ${count} parts, heap ${mb(usedSize)} MB, browser ${mb(processes.at(-1) ?? 0)} MB`,
    )
  }
  if (state) break
}
const outcome = await page.locator('.putaway-status-text').innerText()
const took = seconds()
await browser.close()

const expired = [...answers.values()].flat().filter((each) => each === 403).length
const again = [...answers.values()].filter((all) => all.filter((each) => each === 200).length > 1).length
const resets = count - [...answers.values()].filter((all) => all.length === 1).length
const { ContentLength = 0 } = key
  ? await client.send(new HeadObjectCommand({ Bucket: 'uploads', Key: key }))
  : {}
const hash = createHash('sha256')
if (key) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'uploads', Key: key }))
  for await (const chunk of Body as AsyncIterable<Uint8Array>) hash.update(chunk) // Body is a stream in Node
}
const same = ContentLength === size && hash.digest('hex') === sent

// Memory is flat when the median of the last fifth is within a few parts of that of the second fifth.
const heap = growthOf(heaps)
const memory = growthOf(processes)
const flat = heap.growth < 10 * MiB && memory.growth < 48 * MiB

await site.close()
client.destroy()
await s3.close()
await rm(folder, { recursive: true })

console.log(
  `${outcome.trim()} after ${took} s; ${calls.length} backend requests, ${expired} part requests rejected as expired, ${resets} parts needed more than one attempt`,
)
console.log(
  `heap: peak ${mb(heap.peak)} MB, growth ${mb(heap.growth)} MB; browser, all processes: peak ${mb(memory.peak)} MB, growth ${mb(memory.growth)} MB`,
)
const passed =
  same && flat && again === 0 && expiries === 2 && expired > 0 && resets >= Math.floor(count / 10)
console.log(
  `size ${size}, stored ${ContentLength}, same ${same}, parts ${count}, twice ${again}, expiries ${expiries}, flat ${flat}, passed ${passed}`,
)
process.exitCode = passed ? 0 : 1

/** Writes a file of noise to disk and returns its hash. Neither Node nor the page keeps it in memory. */
async function writeNoise(to: string): Promise<string> {
  const file = await open(to, 'w')
  const noise = createHash('sha256')
  const words = new Uint32Array(MiB / 4)
  let seed = 1
  for (let left = size; left > 0; left -= MiB) {
    for (let at = 0; at < words.length; at += 1)
      words[at] = seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    const bytes = Buffer.from(words.buffer, 0, Math.min(left, MiB))
    noise.update(bytes)
    await file.write(bytes)
  }
  await file.close()
  return noise.digest('hex')
}

/** Private memory in bytes of the browser's processes (`RssAnon`). It does not count shared memory per process. */
async function memoryOfBrowser(): Promise<number> {
  const parents = new Map<number, number>()
  const names = new Map<number, string>()
  for (const id of await readdir('/proc')) {
    const text = /^\d+$/.test(id) ? await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '') : ''
    const [, name = '', parent] = /\((.*)\) \S (\d+)/s.exec(text) ?? []
    parents.set(Number(id), Number(parent))
    names.set(Number(id), name)
  }
  const isOurs = (id: number): boolean => id === process.pid || (id > 1 && isOurs(parents.get(id) || 0))
  let sum = 0
  for (const [id, name] of names) {
    if (!/chrom/i.test(name) || !isOurs(id)) continue
    const text = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
    sum += Number(/RssAnon:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024
  }
  return sum
}

function growthOf(samples: readonly number[]) {
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const median = (some: readonly number[]) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
  return {
    peak: Math.max(...samples),
    growth: median(samples.slice(-fifth)) - median(samples.slice(fifth, 2 * fifth)),
  }
}

function seconds() {
  return Math.round((Date.now() - started) / 1000)
}
function mb(bytes: number) {
  return Math.round(bytes / 1e6)
}
