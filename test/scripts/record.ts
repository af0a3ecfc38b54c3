import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { startLocalS3 } from 'local-s3'
import { startDemo } from '../../demo/server.ts'
import { launchChromium } from '../harness/chromium.ts'
import { paint } from '../harness/photos.ts'
import { encodeAnimatedWebp } from './record/animated-webp.ts'
import type { Frame } from './record/animated-webp.ts'
import { addHand } from './record/hand.ts'

/**
 * Records the README's picture, `docs/demo.webp`: photos are dropped on the demo, one fails and is retried, and all are
 * stored. The demo, its storage and the uploads are real; only the line is slow, and storage refuses one photo. Run by
 * `npm run record`. Look at the picture afterwards: a busy machine records fewer frames.
 */
const output = 'docs/demo.webp'
const maxBytes = 1_000_000
const viewport = { width: 800, height: 490 }
/** Upload speed of the page in bytes per second, and the lower one with which the small photo is retried. */
const speed = 620_000
const retrySpeed = 110_000
/** Shorter frames are left out: about 12 frames per second show progress well. */
const minFrameMs = 80
const lastFrameMs = 1_800
const failing = 'Glacier.jpg'
/** The photo that fails is the first, so that its tile does not move. It is small: its automatic retries send it several times before it shows the error. */
const paintings = [
  { name: failing, seed: 5, width: 560, height: 420 },
  { name: 'Fjord.jpg', seed: 2, width: 1280, height: 960 },
  { name: 'Meadow.jpg', seed: 8, width: 1280, height: 960 },
  { name: 'Harbor.jpg', seed: 14, width: 1280, height: 960 },
]
const failingKey = '*-1'

const directory = await mkdtemp(join(tmpdir(), 'putaway-record-'))
const s3 = await startLocalS3({ buckets: ['demo'] })
const demo = await startDemo({
  directory,
  port: 0,
  watch: false,
  s3: {
    endpoint: s3.endpoint,
    region: s3.region,
    bucket: 'demo',
    ...s3.credentials,
    forcePathStyle: true,
  },
})
const browser = await launchChromium()
try {
  const context = await browser.newContext({ viewport, colorScheme: 'light' })
  // esbuild, which runs this script, calls this function in the code that it names.
  await context.addInitScript('globalThis.__name = (value) => value')
  const page = await context.newPage()
  await page.goto(demo.url)
  await page.locator('.photos button:enabled').first().waitFor()
  const frames = await record(page)
  const seconds = frames.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
  const webp = await encodeAnimatedWebp(page, frames)
  console.log(`record: ${frames.length} frames, ${seconds.toFixed(1)} s, ${Math.ceil(webp.length / 1000)} kB`)
  if (webp.length > maxBytes) throw new Error(`${output} would be larger than ${maxBytes} bytes.`)
  await writeFile(output, webp)
} finally {
  await browser.close()
  await demo.close()
  await s3.close()
  await rm(directory, { recursive: true, force: true })
}

async function record(page: Page): Promise<Frame[]> {
  const photos = await paint(page, ...paintings)
  const uploader = page.locator('.photos')
  const dropzone = uploader.locator('[data-putaway="dropzone"]')
  await uploader.evaluate((element) => window.scrollTo(0, element.getBoundingClientRect().top - 20))
  const hand = await addHand(page)
  // The back-off of failed requests has no delay, because its jitter is random and the picture is short.
  await page.evaluate(() => void (Math.random = () => 0))
  // The files of one selection share a policy, and number their keys.
  const stopFailing = s3.faults.add({ fault: 'error', operation: 'PostObject', key: failingKey })

  const screencast = await startScreencast(page)
  await hand.drop(dropzone, photos)
  const retry = page.getByRole('button', { name: `Retry ${failing}` })
  await retry.waitFor()
  stopFailing()
  await screencast.limitUpload(retrySpeed)
  await hand.click(retry)
  await hand.leave()
  await uploader.locator('[data-row][data-status="done"]').getByAltText(failing).waitFor()
  await page.waitForTimeout(600)
  return screencast.stop()
}

/** Records the page while it changes, and limits its upload speed. */
async function startScreencast(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const limitUpload = (bytesPerSecond: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytesPerSecond,
    })
  await limitUpload(speed)
  const shots: { readonly png: Buffer; readonly atMs: number }[] = []
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    shots.push({ png: Buffer.from(data, 'base64'), atMs: (metadata.timestamp ?? 0) * 1000 })
    void session.send('Page.screencastFrameAck', { sessionId })
  })
  await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 })
  return {
    limitUpload,

    async stop(): Promise<Frame[]> {
      await session.send('Page.stopScreencast')
      const kept: typeof shots = []
      for (const [index, shot] of shots.entries()) {
        const isLast = index === shots.length - 1
        const previous = kept.at(-1)
        if (isLast || !previous || shot.atMs - previous.atMs >= minFrameMs) kept.push(shot)
      }
      return kept.map(({ png, atMs }, index) => {
        const next = kept[index + 1]
        return { png, durationMs: next ? Math.round(next.atMs - atMs) : lastFrameMs }
      })
    },
  }
}
