import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startLocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { closeContexts, shareBrowser } from '../harness/browsers/launch-browser.ts'
import { testBrowser } from '../harness/browsers/test-browser.ts'
import { startTestSite } from '../harness/site.ts'
import { testWithCdp } from '../harness/browsers/test-with-cdp.ts'

const stored: (string | undefined)[] = []
let site: Awaited<ReturnType<typeof startTestSite>>
let s3: Awaited<ReturnType<typeof startLocalS3>>
let client: S3Client
let browser: Browser
let disk: string

beforeAll(async () => {
  s3 = await startLocalS3()
  const { endpoint, region, credentials } = s3
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const uploads = createUploadHandler({
    storage: s3Storage({ client, bucket: 'uploads' }),
    secret: 'a secret of the folders, and of no other app',
    routes: {
      archive: route({
        accept: '*',
        maxSize: '1MB',
        authorize: () => ({ id: 'anna' }),
        key: ({ path, name }, { user }) => `users/${user.id}/${path ?? name}`,
        onConfirm: ({ path }) => void stored.push(path),
      }),
    },
  })
  const folder = fileURLToPath(new URL('folders', import.meta.url))
  site = await startTestSite(
    folder,
    (request, response) => void getRequestListener(uploads)(request, response),
  )
  browser = await shareBrowser()
  disk = await mkdtemp(join(tmpdir(), 'putaway-folders-'))
  await fill('album', ['a.txt', '.DS_Store', '2026/b.txt', '2026/May/c.txt', '2026/May/Thumbs.db'])
  // Names that Linux allows. A browser takes a backslash for a slash.
  await fill('hostile', [
    'con',
    'invoice\u202efdp.txt',
    '..\\..\\out.txt',
    'dots. /x.txt',
    '${filename}',
    '한글.txt'.normalize('NFD'),
  ])
})
afterEach(async () => {
  stored.length = 0
  await closeContexts(browser)
})
afterAll(async () => {
  await closeContexts(browser)
  await site.close()
  client.destroy()
  await s3.close()
  await rm(disk, { recursive: true })
})

async function fill(folder: string, paths: readonly string[]) {
  for (const path of paths) {
    const full = join(disk, folder, path)
    await mkdir(join(full, '..'), { recursive: true })
    await writeFile(full, `content of ${path}`)
  }
}

async function visit(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(site.url)
  await page.getByRole('button', { name: 'Choose a folder' }).waitFor()
  return page
}

/** Drops a folder of the disk as a person does, with its entries. */
async function drop(page: Page, folder: string) {
  const session = await page.context().newCDPSession(page)
  const box = (await page.locator('[data-part="dropzone"]').boundingBox()) ?? expect.unreachable()
  const data = { items: [], files: [join(disk, folder)], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: box.x + 20, y: box.y + 20, data })
}

const done = (page: Page, count: number) =>
  expect.poll(() => page.locator('li[data-status="done"]').count(), { timeout: 20_000 }).toBe(count)

async function keys() {
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: 'uploads', Prefix: 'users/' }),
  )
  return Contents.map(({ Key = '' }) => Key)
}

const albumPaths = ['album/2026/May/c.txt', 'album/2026/b.txt', 'album/a.txt']

/** Chooses a folder of the disk. WebDriver BiDi chooses none, so in Firefox the page makes the files of a choice. */
async function choose(page: Page, folder: string) {
  const input = page.locator('input[webkitdirectory]')
  if (testBrowser === 'chromium') return input.setInputFiles(join(disk, folder))
  const entries = await readdir(join(disk, folder), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(disk, join(entry.parentPath, entry.name)))
  return input.evaluate((element, all) => {
    const transfer = new DataTransfer()
    for (const path of all) {
      const file = new File([`content of ${path}`], path.split('/').at(-1) ?? '')
      Object.defineProperty(file, 'webkitRelativePath', { value: path })
      transfer.items.add(file)
    }
    Object.assign(element, { files: transfer.files })
    element.dispatchEvent(new Event('change', { bubbles: true }))
  }, paths)
}

async function arrivesWithoutJunk(give: typeof choose) {
  const page = await visit()
  await give(page, 'album')
  await done(page, 3)
  expect(stored.toSorted()).toEqual(albumPaths)
  expect(await keys()).toEqual(albumPaths.map((path) => `users/anna/${path}`))
  await page.getByText('2 system files were left out.', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Remove album/2026/May/c.txt' }).waitFor()
}

testWithCdp('a dropped folder of three levels arrives with its paths, without junk', () =>
  arrivesWithoutJunk(drop),
)

test('a chosen folder of three levels arrives with its paths, without junk', () => arrivesWithoutJunk(choose))

testWithCdp(
  'hostile names of a dropped folder are clean at the server, and nothing leaves its folder',
  async () => {
    const page = await visit()
    await drop(page, 'hostile')
    await expect
      .poll(() => stored.toSorted(), { timeout: 20_000 })
      .toEqual(
        [
          'hostile/_con',
          'hostile/_{filename}',
          'hostile/dots/x.txt',
          'hostile/invoicefdp.txt',
          'hostile/out.txt',
          'hostile/한글.txt',
        ].toSorted(),
      )
    const hostileKeys = (await keys()).filter((key) => !key.includes('/album/'))
    expect(hostileKeys.every((key) => key.startsWith('users/anna/hostile/'))).toBe(true)
  },
)
