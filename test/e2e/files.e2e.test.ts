import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../harness/browsers/launch-browser.ts'
import { startDemoFixture } from '../harness/demo-fixture.ts'
import type { DemoFixture } from '../harness/demo-fixture.ts'
import { drivePage } from '../harness/page-driver.ts'

/** Files as people name them, with the type that must be stored whatever type the browser announces. */
const photos = [
  { name: 'IMG_1234.HEIC', bytes: picture('places.heic'), type: 'image/heic', storedAs: 'IMG_1234.HEIC' },
  { name: 'photo.jpeg', bytes: picture('places.jpg'), type: 'image/jpeg', storedAs: 'photo.jpeg' },
  { name: 'scan.jfif', bytes: picture('places.jpg'), type: 'image/jpeg', storedAs: 'scan.jfif' },
  { name: 'night.avif', bytes: picture('places.avif'), type: 'image/avif', storedAs: 'night.avif' },
  { name: 'chat.jpg', bytes: picture('places.webp'), type: 'image/webp', storedAs: 'chat.webp' },
]
const documents = [
  { name: 'table.csv', bytes: Buffer.from('a;b\n1;2\n'), type: 'text/csv' },
  { name: 'notes.md', bytes: Buffer.from('# Notes\n'), type: 'text/markdown' },
  { name: 'code.ts', bytes: Buffer.from('export const a = 1\n'), type: 'text/x-typescript' },
]

function picture(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../image/pictures/${name}`, import.meta.url)))
}

let stage: DemoFixture
let folder: string

beforeAll(async () => {
  stage = await startDemoFixture()
  folder = await mkdtemp(join(tmpdir(), 'putaway-files-'))
  await Promise.all([...photos, ...documents].map(({ name, bytes }) => writeFile(join(folder, name), bytes)))
})
afterAll(async () => {
  await stage.close()
  await rm(folder, { recursive: true })
})

/** Chromium on Linux guesses types with the MIME database of the system, if there is one. */
const databases = { 'the MIME database of the system': undefined, 'no MIME database': '/nonexistent' }

describe.each(Object.entries(databases))('in a browser with %s', (_, dataFolders) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser({
      env: { ...process.env, ...(dataFolders && { XDG_DATA_DIRS: dataFolders, XDG_DATA_HOME: dataFolders }) },
    })
  })
  afterAll(() => browser.close())

  async function store(kind: 'photos' | 'files', names: readonly string[]) {
    const page = await (await browser.newContext()).newPage()
    const visitor = drivePage(page, stage.demo.url)
    await visitor.open()
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      kind === 'photos'
        ? visitor.photos.getByRole('button', { name: 'Add images' }).click()
        : page.locator('.files input[type=file]').evaluate((input: HTMLInputElement) => input.click()),
    ])
    await chooser.setFiles(names.map((name) => join(folder, name)))
    await expect.poll(async () => (await stage.stored(visitor, kind)).length).toBe(names.length)
    const stored = await stage.stored(visitor, kind)
    await page.context().close()
    return new Map(stored.map((file) => [file.name, file]))
  }

  test('every image is stored under its real type, with a name that fits', async () => {
    const stored = await store(
      'photos',
      photos.map(({ name }) => name),
    )
    for (const { storedAs, type, bytes } of photos) {
      expect(stored.get(storedAs)?.type, storedAs).toBe(type)
      expect(stored.get(storedAs)?.bytes.equals(bytes), storedAs).toBe(true)
    }
  })

  test('documents are stored under the type of their extension', async () => {
    const stored = await store(
      'files',
      documents.map(({ name }) => name),
    )
    for (const { name, type, bytes } of documents) {
      expect(stored.get(name)?.type, name).toBe(type)
      expect(stored.get(name)?.bytes.equals(bytes), name).toBe(true)
    }
  })
})
