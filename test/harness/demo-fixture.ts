import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { PGlite } from '@electric-sql/pglite'
import type { RequestRecord } from 'local-s3'
import type { Kind } from '../../demo/library.ts'
import { startDemo } from '../../demo/server.ts'
import { readSettings } from '../../demo/settings.ts'
import type { S3Settings } from '../../demo/settings.ts'
import { buildPage } from './built-page.ts'
import { closeContexts, shareBrowser } from './browsers/launch-browser.ts'
import { createPagePool } from './browsers/page-pool.ts'
import { drivePage, prepareDrivenPage } from './page-driver.ts'
import type { PageDriver } from './page-driver.ts'

export type DemoFixture = Awaited<ReturnType<typeof startDemoFixture>>
/** A user of the demo, who leaves after a test. */
export type Visitor = PageDriver & { leave(): Promise<void> }

/** The S3 of the environment. Unless a bucket is named, one is created and removed again. */
export function s3FromEnvironment(): S3Settings | undefined {
  const { S3_ENDPOINT, S3_BUCKET } = process.env
  if (!S3_ENDPOINT) return undefined
  return readSettings({
    ...process.env,
    PORT: undefined,
    S3_BUCKET: S3_BUCKET || `putaway-e2e-${randomUUID()}`,
  }).s3
}

/**
 * The demo as `npm run demo` starts it, with a bundled page and in its own folder, and a browser. With `strict`, the page
 * is a development build, and also has `/owner.js`.
 */
export async function startDemoFixture({ s3 = s3FromEnvironment(), strict = false } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'putaway-e2e-'))
  await copyEmptyDatabase(directory)
  const asked: RequestRecord[] = []
  const logged: string[] = []
  const root = fileURLToPath(new URL('../../demo', import.meta.url))
  const owner = fileURLToPath(new URL('../e2e/owner.tsx', import.meta.url))
  const builtPage = await buildPage(
    root,
    strict ? { entries: { index: join(root, 'index.html'), owner }, environment: 'test' } : {},
  )
  const [demo, browser] = await Promise.all([
    startDemo({
      directory,
      port: 0,
      s3,
      page: builtPage.listener,
      onStorageRequest: (record) => asked.push(record),
      log: (line) => logged.push(line),
    }),
    shareBrowser(),
  ])
  const pages = createPagePool(browser, {
    viewport: { width: 1280, height: 900 },
    prepare: prepareDrivenPage,
  })
  const { client, bucket, library } = demo

  async function bytesOf(key: string) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }

  /** Every key in the bucket. */
  async function keys() {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key = '' }) => Key)
  }

  return {
    demo,
    logged,
    bytesOf,
    keys,

    /** A user who opens the page for the first time. */
    async visit(): Promise<Visitor> {
      const page = await pages.take()
      const visitor = drivePage(page, demo.url)
      await visitor.open()
      return {
        ...visitor,
        async leave() {
          try {
            await visitor.end()
          } finally {
            await pages.giveBack(page)
          }
        },
      }
    },

    /** The rows of a user in the database, in order, with the bytes of each object. */
    async stored({ page }: PageDriver, kind: Kind) {
      const [cookie] = await page.context().cookies()
      const rows = await library.list(cookie?.value ?? '', kind)
      return Promise.all(rows.map(async (row) => ({ ...row, bytes: await bytesOf(row.key) })))
    },

    /** The number of writes: counted by the local S3 if there is one, and by the browser otherwise. */
    writes({ sent }: PageDriver) {
      if (s3) return sent.filter(({ isWrite }) => isWrite).length
      return asked.filter(({ operation }) => ['PostObject', 'PutObject', 'UploadPart'].includes(operation))
        .length
    },

    async close() {
      await closeContexts(browser)
      if (s3 && !process.env.S3_BUCKET) {
        await Promise.all(
          (await keys()).map((Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))),
        )
        await client.send(new DeleteBucketCommand({ Bucket: bucket }))
      }
      await demo.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A new database takes seconds, so one is created and copied. It contains no data of the app, not even the table. */
export async function copyEmptyDatabase(directory: string) {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  const manifest = await readFile(join(modules, '@electric-sql/pglite/package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const made = join(modules, '.cache/putaway-e2e', version)
  if (!existsSync(made)) {
    const making = `${made}-${process.pid}`
    await mkdir(dirname(making), { recursive: true })
    await (await PGlite.create(making)).close()
    await rename(making, made)
  }
  await cp(made, join(directory, 'database'), { recursive: true })
}
