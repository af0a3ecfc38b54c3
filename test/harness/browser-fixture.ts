import { createHash, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Page } from 'playwright'
import { startLocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { accessOf, connect, ensureBucket } from '../../demo/bucket.ts'
import { closeContexts, shareBrowser } from './browsers/launch-browser.ts'
import { createPagePool } from './browsers/page-pool.ts'
import type { BuildOptions } from './built-page.ts'
import { startTestSite } from './site.ts'
import { s3FromEnvironment } from './demo-fixture.ts'
import { startFaultProxy } from './fault-proxy.ts'

export type BrowserFixture = Awaited<ReturnType<typeof startBrowserFixture>>
export type UploadSite = Awaited<ReturnType<typeof startUploadSite>>
export type TicketKind = 'put' | 'post' | 'multipart'

const MiB = 1024 ** 2

/** An upload site and a browser that Playwright drives. */
export async function startBrowserFixture(options: Pick<BuildOptions, 'environment'> = {}) {
  const [site, browser] = await Promise.all([startUploadSite(options), shareBrowser()])
  const pages = createPagePool(browser, {
    ignoreHTTPSErrors: true,
    prepare: (page) =>
      page.addInitScript(() => {
        // A random value of 0 makes the jitter of the back-off 0.
        Math.random = () => 0
      }),
  })
  return {
    ...site,
    browser,

    /** Opens the page. Failed requests are retried without a delay. */
    async visit(kind: string, query: Readonly<Record<string, string>> = {}, from = site.url) {
      const page = await pages.take()
      return { ...(await open(page, site.addressOf(kind, query, from))), leave: () => pages.giveBack(page) }
    },

    async close() {
      await closeContexts(browser)
      await site.close()
    },
  }
}

/**
 * The stations of an upload in order: a page with an input and a list, a backend with our handler, a fault proxy, and
 * storage: a local S3, or the one of the environment. Requests to the last two are recorded in order.
 */
export async function startUploadSite({ environment }: Pick<BuildOptions, 'environment'> = {}) {
  const given = s3FromEnvironment()
  let clockOffsetMs = 0
  const local = given
    ? undefined
    : await startLocalS3({ buckets: [], clock: () => Date.now() + clockOffsetMs })
  const faultProxy = await startFaultProxy(given?.endpoint ?? local?.endpoint ?? '')
  const settings = given ?? {
    bucket: `rig-${randomUUID()}`,
    region: 'us-east-1',
    accessKeyId: local?.credentials.accessKeyId ?? '',
    secretAccessKey: local?.credentials.secretAccessKey ?? '',
    forcePathStyle: true,
  }
  const at = { ...settings, endpoint: faultProxy.endpoint }
  const { bucket } = at
  const client = connect(at)
  await ensureBucket(client, at)

  const stored = new Map<string, string>()
  const rules = {
    accept: '*',
    maxSize: '1GB',
    detectType: false,
    authorize: () => ({ id: 'visitor' }),
    onConfirm: ({ key, name }: { key: string; name: string }) => {
      stored.set(name, key)
      return { key }
    },
  } as const
  const storage = s3Storage({ ...accessOf(at), bucket, partSize: 5 * MiB })
  // The handler would test the store after the first confirm, by one more copy.
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'probe', Body: 'a' }))
  await storage.probeCopy?.('probe')
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'probe' }))
  const uploads = createUploadHandler({
    storage,
    secret: 'a secret of the rig, and of no other app',
    onError: () => {},
    routes: {
      put: route({ ...rules, strategy: 'put' }),
      // Each file has its own policy, because these tests need storage to enforce it.
      post: route({ ...rules, strategy: 'post', reusePolicies: false }),
      multipart: route({ ...rules, strategy: 'multipart' }),
      once: route({ ...rules, strategy: 'put', promote: false }),
    },
  })
  faultProxy.asked.length = 0
  const calls: string[] = []
  let callGate: Promise<void> | undefined
  const api = new Hono()
  api.post('/api/uploads', async (context) => {
    const request = context.req.raw
    const { type } = (await request.clone().json()) as { type: string }
    calls.push(type)
    faultProxy.asked.push(type)
    await callGate
    return uploads(request)
  })
  const site = await startTestSite(
    fileURLToPath(new URL('page', import.meta.url)),
    getRequestListener(api.fetch),
    { environment },
  )

  return {
    url: site.url,
    /** The address of the page for a kind of ticket. */
    addressOf: (kind: string, query: Readonly<Record<string, string>> = {}, from = site.url) =>
      `${from}/?${new URLSearchParams({ route: kind, ...query }).toString()}`,
    gate: faultProxy,
    client,
    bucket,
    /** Only for the local S3. */
    faults: local?.faults,

    /** Lets calls to the backend wait for a promise. */
    holdCalls(until: Promise<void>) {
      callGate = until
    },

    /** The offset of the server's clock in milliseconds. */
    setClock(milliseconds: number) {
      clockOffsetMs = milliseconds
    },

    /** The requests of browser and backend since the last call, in order and without lookups. */
    asked: () =>
      faultProxy.asked
        .splice(0)
        .filter((each) => !/^(HeadObject|GetObject|DeleteObject|discard|failed)$/.test(each)),

    /** Whether the app was notified that a file is stored. */
    isStored: (name: string) => stored.has(name),

    /** The hash of the stored bytes of a file. */
    async hashOf(name: string) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: stored.get(name) }))
      return createHash('sha256')
        .update((await Body?.transformToByteArray()) ?? '')
        .digest('hex')
    },

    /** The numbers of all stored parts of uploads that are not completed. */
    async storedParts() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      const lists = Uploads.map(({ Key, UploadId }) =>
        client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId })),
      )
      return (await Promise.all(lists)).flatMap(({ Parts = [] }) => Parts.map(({ PartNumber }) => PartNumber))
    },

    /** Aborts every incomplete multipart upload, as a user or a lifecycle rule may. */
    async abortUploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      for (const { Key, UploadId } of Uploads)
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
    },

    async close() {
      if (given && !process.env.S3_BUCKET) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
        await Promise.all(
          Contents.map(({ Key }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))),
        )
        await client.send(new DeleteBucketCommand({ Bucket: bucket }))
      }
      client.destroy()
      await site.close()
      await faultProxy.close()
      await local?.close()
    },
  }
}

export type UploadPage = Awaited<ReturnType<BrowserFixture['visit']>>

async function open(page: Page, url: string) {
  const warned: string[] = []
  page.on('console', (message) => message.type() === 'warning' && warned.push(message.text()))
  await page.goto(url)
  const row = page.getByRole('list', { name: 'Uploads' }).getByRole('listitem')
  const input = page.getByLabel('Choose files')
  return {
    page,
    row,
    input,
    warned,
    retry: row.getByRole('button', { name: /^Retry / }),
    /** Chooses a file with this number of letters, created in the page. */
    choose: (name: string, size: number) =>
      input.evaluate(
        (element, [named, letters]) => {
          const files = new DataTransfer()
          files.items.add(new File([new Uint8Array(letters).fill(97)], named, { type: 'text/plain' }))
          Object.assign(element, { files: files.files })
          element.dispatchEvent(new Event('change', { bubbles: true }))
        },
        [name, size] as const,
      ),
    /** Waits until the file settles. @returns the text that a user reads */
    async outcome() {
      await row.locator('[data-status="done"], [data-status="error"]').waitFor({ timeout: 30_000 })
      return row.locator('.putaway-status-text').innerText()
    },
    /** The developer message of the last error. */
    said: () =>
      page.evaluate(() => {
        const { code, message, phase } = window.errors.at(-1) ?? {}
        return { code, message, phase }
      }),
    /** Removes the file from the list. */
    async clear() {
      await row.getByRole('button', { name: /^Remove / }).click()
      await row.waitFor({ state: 'detached' })
      await page.waitForLoadState('networkidle')
    },
  }
}
