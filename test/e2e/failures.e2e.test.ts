import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import { startLocalS3 } from 'local-s3'
import { paint } from '../harness/photos.ts'
import { s3FromEnvironment, startDemoFixture } from '../harness/demo-fixture.ts'
import type { DemoFixture, Visitor } from '../harness/demo-fixture.ts'
import { bodyOf } from '../harness/browsers/request-body.ts'
import { testWithCdp } from '../harness/browsers/test-with-cdp.ts'

const connectionLost = new UploadError('network', { phase: 'uploading' }).text

/** The hint in the console when storage on this machine does not answer. */
const isStorageRunning = /did not answer: is local-s3/

/**
 * After a broken connection the page sends a probe without a signature. If storage can be reached again by then, it
 * refuses the probe. A signed URL has a query, so this does not match it.
 */
const refusedProbe = /status of 403 \(Forbidden\) [^?]+$/

let stage: DemoFixture
let visitor: Visitor
let tcpProxy: Awaited<ReturnType<typeof openTcpProxy>>
let endStorage: () => Promise<void>

beforeAll(async () => {
  const given = s3FromEnvironment()
  const local = given ? undefined : await startLocalS3({ buckets: [] })
  endStorage = async () => local?.close()
  tcpProxy = await openTcpProxy(given?.endpoint ?? local?.endpoint ?? '')
  const settings = given ?? {
    bucket: 'made-by-the-demo',
    region: 'us-east-1',
    accessKeyId: local?.credentials.accessKeyId ?? '',
    secretAccessKey: local?.credentials.secretAccessKey ?? '',
    forcePathStyle: true,
  }
  stage = await startDemoFixture({ s3: { ...settings, endpoint: tcpProxy.endpoint } })
})
afterAll(async () => {
  await stage.close()
  await tcpProxy.close()
  await endStorage()
})
beforeEach(async () => {
  visitor = await stage.visit()
})
afterEach(() => visitor.leave())

test('the demo creates a missing bucket with a CORS rule that lets its page upload', async () => {
  if (!process.env.S3_BUCKET)
    expect(stage.logged.join()).toMatch(/^Created the bucket "[\w-]+" with a CORS rule/)
  const [photo] = await paint(visitor.page, { name: 'coast.jpg', seed: 2, width: 320, height: 240 })
  await visitor.drop(photo ? [photo] : [])
  await visitor.storedPhoto('coast.jpg').waitFor()
})

test('lists files refused on choosing with the reason, and the others continue', async () => {
  const { page, photos } = visitor
  const [photo] = await paint(page, { name: 'coast.jpg', seed: 2, width: 320, height: 240 })
  if (!photo) throw new Error('No picture was painted.')
  await visitor.drop([
    { name: 'scan.pdf', mimeType: 'application/pdf', size: 10 },
    { name: 'nothing.png', mimeType: 'image/png', size: 0 },
    { name: 'huge.png', mimeType: 'image/png', size: 20_000_001 },
    photo,
  ])
  const refused = photos.getByRole('list', { name: 'Files that were not added' }).getByRole('listitem')
  await expect
    .poll(async () => (await refused.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim()))
    .toEqual([
      'scan.pdf This type of file is not accepted. Use image files.',
      'nothing.png This file is empty.',
      'huge.png Larger than 20 MB.',
    ])
  await visitor.storedPhoto('coast.jpg').waitFor()
  expect(await stage.stored(visitor, 'photos')).toHaveLength(1)

  await photos.getByRole('button', { name: 'Dismiss scan.pdf' }).click()
  await expect.poll(() => refused.count()).toBe(2)
})

test('accepts the first of too many files and refuses the rest', async () => {
  const [picture] = await paint(visitor.page, { name: 'tiny.png', seed: 1, width: 16, height: 12 })
  if (!picture) throw new Error('No picture was painted.')
  const tiny = Array.from({ length: 22 }, (_, index) => ({ ...picture, name: `tiny-${index}.png` }))
  await visitor.drop(tiny)
  const refused = visitor.photos.getByRole('list', { name: 'Files that were not added' })
  await refused.getByText('Only 20 files.').nth(1).waitFor()
  expect(await refused.getByRole('listitem').count()).toBe(2)
  await expect.poll(async () => (await stage.stored(visitor, 'photos')).length, { timeout: 15_000 }).toBe(20)
})

const answers = [
  { status: 401, body: 'Unauthorized', code: 'unauthorized' },
  { status: 403, body: 'Forbidden', code: 'forbidden' },
  { status: 404, body: 'Not Found', code: 'not-found' },
  { status: 500, body: 'Oops', code: 'unavailable' },
  { status: 200, body: '<html>', code: 'invalid-answer' },
  { status: 200, body: '{"tickets":[]}', code: 'invalid-answer' },
] as const

test.each(answers)('a backend that answers $status $body does not affect the other files', async (answer) => {
  const { status, body, code } = answer
  const { text, retryable } = new UploadError(code, { phase: 'starting' })
  const { page, photos } = visitor
  const [bad, good] = await paint(
    page,
    { name: 'bad.png', seed: 5, width: 320, height: 240 },
    { name: 'good.jpg', seed: 8, width: 320, height: 240 },
  )
  if (!bad || !good) throw new Error('No picture was painted.')
  visitor.expectInConsole(new RegExp(`${status}.*api/uploads`))
  let broken = true
  await page.route('**/api/uploads', (route, request) => {
    // With a reusable policy no file is presigned.
    if (bodyOf(request)?.includes('"policies"')) return route.fulfill({ json: { policies: [] } })
    const isBad = bodyOf(request)?.includes('bad.png')
    return broken && isBad ? route.fulfill({ status, body }) : route.fallback()
  })

  await visitor.loseNoTime()
  // Waits, because the page could send both files in one request, and then the backend would refuse both.
  const badRequest = page.waitForRequest((request) => bodyOf(request)?.includes('bad.png') === true)
  await visitor.drop([bad])
  await badRequest
  await visitor.drop([good])
  await visitor.storedPhoto('good.jpg').waitFor()
  await visitor.tile('bad.png').getByText(text, { exact: true }).waitFor()
  broken = false
  const button = photos.getByRole('button', { name: 'Retry bad.png' })
  if (!retryable) return expect(await button.count()).toBe(0)
  await button.click()
  await visitor.storedPhoto('bad.png').waitFor()
})

testWithCdp('a connection that breaks during an upload ends in error, and a retry succeeds', async () => {
  const { page, photos } = visitor
  const [photo] = await paint(page, { name: 'lake.jpg', seed: 11, width: 2400, height: 1800 })
  // The page asks for another ticket, and the backend cannot delete what the first one may have stored.
  visitor.expectInConsole(/net::ERR_/, /status of 500/, isStorageRunning, refusedProbe)
  await visitor.slowDown(200_000)
  await visitor.drop(photo ? [photo] : [])
  await expect.poll(async () => (await visitor.seen('lake.jpg'))?.percents.length ?? 0).toBeGreaterThan(2)
  await visitor.loseNoTime()
  tcpProxy.cut()
  await visitor.tile('lake.jpg').getByText(connectionLost, { exact: true }).waitFor()
  expect(await stage.stored(visitor, 'photos')).toEqual([])

  tcpProxy.mend()
  await visitor.slowDown(-1)
  await photos.getByRole('button', { name: 'Retry lake.jpg' }).click()
  await visitor.storedPhoto('lake.jpg').waitFor()
  const [stored] = await stage.stored(visitor, 'photos')
  expect(stored?.bytes.equals(photo?.buffer ?? Buffer.of())).toBe(true)
})

testWithCdp('recovers from a connection that breaks for a moment', async () => {
  const [photo] = await paint(visitor.page, { name: 'dawn.jpg', seed: 32, width: 2400, height: 1800 })
  visitor.expectInConsole(/net::ERR_/, refusedProbe)
  await visitor.slowDown(200_000)
  await visitor.drop(photo ? [photo] : [])
  await expect.poll(async () => (await visitor.seen('dawn.jpg'))?.percents.length ?? 0).toBeGreaterThan(2)
  tcpProxy.cut()
  tcpProxy.mend()
  await visitor.slowDown(-1)
  await visitor.storedPhoto('dawn.jpg').waitFor()
  expect((await visitor.seen('dawn.jpg'))?.statuses).not.toContain('error')
})

testWithCdp('retry of a broken multipart upload sends only the parts that are not stored', async () => {
  const { page, fileField, sent } = visitor
  visitor.expectInConsole(/net::ERR_/, /status of 500/, isStorageRunning, refusedProbe)
  await visitor.slowDown(20_000_000)
  await visitor.dropFiles([{ name: 'large.bin', mimeType: '', size: 50_000_000 }])
  const lateParts = () => sent.filter(({ url }) => /partNumber=[56]\b/.test(url)).length
  await expect.poll(lateParts, { timeout: 20_000, interval: 20 }).toBeGreaterThan(0)
  await visitor.loseNoTime()
  tcpProxy.cut()
  await fileField.getByText(connectionLost, { exact: true }).waitFor()

  tcpProxy.mend()
  const before = sent.length
  await visitor.slowDown(-1)
  await fileField.getByRole('button', { name: 'Retry large.bin' }).click()
  await visitor.storedFile('large.bin').waitFor()
  const again = sent.slice(before).filter(({ url }) => url.includes('partNumber='))
  expect(again.length).toBeLessThan(6)
  const [stored] = await stage.stored(visitor, 'files')
  expect(stored?.bytes.length).toBe(50_000_000)
  expect(stored?.bytes.every((byte) => byte === 97)).toBe(true)
  await page.waitForLoadState('networkidle')
})

testWithCdp('a canceled upload stores nothing and can be started again', async () => {
  const { fileField } = visitor
  await visitor.slowDown(200_000)
  await visitor.dropFiles([{ name: 'notes.txt', mimeType: 'text/plain', size: 900_000 }])
  await fileField.getByRole('progressbar').waitFor()
  await fileField.getByRole('button', { name: 'Cancel notes.txt' }).click()
  await fileField.getByText('Canceled', { exact: true }).waitFor()
  expect(await stage.stored(visitor, 'files')).toEqual([])

  await visitor.slowDown(-1)
  await fileField.getByRole('button', { name: 'Retry notes.txt' }).click()
  await visitor.storedFile('notes.txt').waitFor()
  expect(await stage.stored(visitor, 'files')).toHaveLength(1)
})

test('the page shows an API failure, and a retry loads the photos', async () => {
  const { page } = visitor
  visitor.expectInConsole(/500/)
  let broken = true
  await page.route('**/api/photos', (route) =>
    broken ? route.fulfill({ status: 500, body: '{}' }) : route.fallback(),
  )
  await page.reload()
  const notice = page.getByRole('alert').filter({ hasText: 'Your photos could not be loaded.' })
  await notice.waitFor({ timeout: 15_000 })
  broken = false
  await notice.getByRole('button', { name: 'Try again' }).click()
  await visitor.photos.locator('button:enabled').first().waitFor()
})

/** A byte-for-byte proxy to storage that a test can cut. */
async function openTcpProxy(to: string) {
  const { hostname, port } = new URL(to)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.resetAndDestroy()
    const far = connect(Number(port || 80), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resets every connection, and every new one. */
    cut() {
      isCut = true
      for (const socket of open) socket.resetAndDestroy()
    },
    mend() {
      isCut = false
    },
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
