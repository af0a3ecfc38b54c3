import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from '@aws-sdk/client-s3'
import { startLocalS3 } from 'local-s3'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import { startDemo } from '../../demo/server.ts'
import { buildPage } from '../harness/built-page.ts'
import { startWebKit } from '../harness/browsers/webkit/webdriver.ts'
import { copyEmptyDatabase } from '../harness/demo-fixture.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'

// The whole flow of the demo in WebKitGTK, which only its own WebDriver drives: files are chosen by its file input.

let stage: Awaited<ReturnType<typeof startStage>>
beforeAll(async () => {
  stage = await startStage()
  await open()
})
afterAll(() => stage.close())
afterEach(() => stage.gate.clear())

/** The demo before a local S3 whose requests can be held or refused. */
async function startStage() {
  const folder = await mkdtemp(join(tmpdir(), 'putaway-webkit-'))
  await copyEmptyDatabase(folder)
  const local = await startLocalS3({ buckets: [] })
  const gate = await startFaultProxy(local.endpoint)
  const page = await buildPage(fileURLToPath(new URL('../../demo', import.meta.url)))
  const { region, credentials } = local
  const bucket = 'demo'
  const demo = await startDemo({
    directory: folder,
    port: 0,
    page: page.listener,
    s3: { endpoint: gate.endpoint, region, ...credentials, bucket, forcePathStyle: true },
  })
  const { client, url } = demo
  const webkit = await startWebKit()
  return {
    folder,
    gate,
    url,
    webkit,
    /** Deletes now what users have removed. The demo waits before it does, so that they can undo it. */
    emptyTrash: () => demo.emptyTrash(0),
    /** The hashes of everything in the bucket. */
    async hashes() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
      const bodies = Contents.map(async ({ Key }) => {
        // A confirmed upload has a second object for a moment, which is deleted between the two requests.
        const object = await client
          .send(new GetObjectCommand({ Bucket: bucket, Key }))
          .catch((error: unknown) => {
            if (error instanceof NoSuchKey) return undefined
            throw error
          })
        return object && hashOf((await object.Body?.transformToByteArray()) ?? Buffer.of())
      })
      return (await Promise.all(bodies)).filter((hash) => hash !== undefined)
    },
    async close() {
      await webkit.close()
      await demo.close()
      await gate.close()
      await local.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const picture = (name: string) => fileURLToPath(new URL(`../image/pictures/${name}`, import.meta.url))

/** Opens the demo, and waits until its fields have the stored files. */
async function open() {
  await stage.webkit.open(stage.url)
  for (const section of ['.profile', '.photos', '.files'])
    // oxlint-disable-next-line no-await-in-loop -- one WebDriver answers one command at a time
    await stage.webkit.find(`${section} button:enabled`)
}

/** Writes a file of random bytes. */
async function createFile(name: string, size: number) {
  const bytes = randomBytes(size)
  const path = join(stage.folder, name)
  await writeFile(path, bytes)
  return { path, hash: hashOf(bytes) }
}

/** Chooses files with the input of a section. */
async function choose(section: string, ...paths: readonly string[]) {
  await stage.webkit.type(await stage.webkit.find(`${section} input[type="file"]`), paths.join('\n'))
}

async function press(selector: string) {
  await expect.poll(() => count(selector)).toBe(1)
  // WebDriver scrolls an element to the bottom edge of the window, where the tray covers it.
  await stage.webkit.evaluate(
    (css) => document.querySelector(css)?.scrollIntoView({ block: 'center' }),
    selector,
  )
  await stage.webkit.click(await stage.webkit.find(selector))
}

const count = (selector: string) =>
  stage.webkit.evaluate((css) => document.querySelectorAll(css).length, selector)

/** Waits until an element has a text. */
const see = (selector: string, text: string) =>
  expect
    .poll(() => stage.webkit.evaluate((css) => document.querySelector(css)?.textContent ?? '', selector))
    .toContain(text)

const row = (section: string, name: string) => `${section} [data-row]:has([aria-label="Remove ${name}"])`
const stored = ':is([data-status="done"], [data-status="stored"])'
const storedFile = (name: string) => `${row('.files', name)}${stored}`
const storedPhoto = (name: string) => `${row('.photos', name)}${stored} img[alt="${name}"]`

test('chosen photos are sent, and the field shows them after a reload', async () => {
  await see('.photos', '0 of 20')
  expect(await count('.photos [data-row]')).toBe(0)
  const names = ['places.jpg', 'places.png']
  await choose('.photos', ...names.map(picture))
  for (const name of names) await expect.poll(() => count(storedPhoto(name))).toBe(1)
  const sent = await Promise.all(names.map(async (name) => hashOf(await readFile(picture(name)))))
  await expect.poll(async () => (await stage.hashes()).toSorted()).toEqual(sent.toSorted())
  await open()
  await expect
    .poll(() =>
      stage.webkit.evaluate(() =>
        [...document.querySelectorAll<HTMLImageElement>('.photos [data-status="stored"] img')].map(
          ({ alt, naturalWidth }) => [alt, naturalWidth > 0],
        ),
      ),
    )
    .toEqual(names.map((name) => [name, true]))
})

test('a small file is sent by one request and arrives byte for byte', async () => {
  stage.gate.asked.splice(0)
  const { path, hash } = await createFile('small.bin', 100_000)
  await choose('.files', path)
  await expect.poll(() => count(storedFile('small.bin'))).toBe(1)
  expect(await stage.hashes()).toContain(hash)
  expect(stage.gate.asked.filter((each) => /^(PutObject|PostObject|UploadPart)$/.test(each))).toHaveLength(1)
})

test('a large file is sent in parts and arrives byte for byte', async () => {
  stage.gate.asked.splice(0)
  const { path, hash } = await createFile('large.bin', 40_000_000)
  await choose('.files', path)
  await expect.poll(() => count(storedFile('large.bin'))).toBe(1)
  expect(await stage.hashes()).toContain(hash)
  expect(stage.gate.asked.filter((each) => each === 'UploadPart').length).toBeGreaterThan(1)
})

test('a dropped file is sent', async () => {
  await stage.webkit.evaluate(() => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }))
    for (const type of ['dragenter', 'dragover', 'drop'])
      document
        .querySelector('.files [data-putaway="dropzone"]')
        ?.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
  })
  await expect.poll(() => count(storedFile('dropped.txt'))).toBe(1)
  expect(await stage.hashes()).toContain(hashOf(Buffer.from('dropped')))
})

test.each([
  ['a small file', 300_000, ['PutObject', 'PostObject']],
  ['a large file', 40_000_000, ['UploadPart']],
] as const)('%s that was canceled stores nothing until it is retried', async (kind, size, operations) => {
  const name = `${kind}.bin`
  const { path, hash } = await createFile(name, size)
  const isHeld = new Promise<void>((held) => {
    for (const operation of operations)
      stage.gate.add({ operation, way: 'hold', until: new Promise(() => {}), held })
  })
  await choose('.files', path)
  await isHeld
  await press(`.files [aria-label="Cancel ${name}"]`)
  await see(`${row('.files', name)}[data-canceled]`, 'Canceled')
  expect(await stage.hashes()).not.toContain(hash)
  stage.gate.clear()
  await press(`.files [aria-label="Retry ${name}"]`)
  await expect.poll(() => count(storedFile(name))).toBe(1)
  expect(await stage.hashes()).toContain(hash)
})

test('a file that storage refuses says why, and a retry sends it', async () => {
  const { path, hash } = await createFile('refused.bin', 200_000)
  await stage.webkit.evaluate(() => {
    // A random value of 0 makes the jitter of the back-off 0.
    Math.random = () => 0
  })
  for (const operation of ['PutObject', 'PostObject'])
    stage.gate.add({ operation, way: 'answer', status: 503 })
  await choose('.files', path)
  await see(
    `${row('.files', 'refused.bin')}[data-status="error"]`,
    new UploadError('unavailable', { phase: 'uploading' }).text,
  )
  stage.gate.clear()
  await press('.files [aria-label="Retry refused.bin"]')
  await expect.poll(() => count(storedFile('refused.bin'))).toBe(1)
  expect(await stage.hashes()).toContain(hash)
})

/** The hashes of everything in the bucket after the demo has deleted what its users replaced or removed. */
async function hashesAfterEmptying() {
  await stage.emptyTrash()
  return (await stage.hashes()).toSorted()
}

test('a profile picture is saved, and the next one replaces it', async () => {
  const before = await stage.hashes()
  for (const name of ['places.jpg', 'ultra-hdr.jpg']) {
    await choose('.profile', picture(name))
    await see(
      `.profile [data-putaway="dropzone"]:has(img[alt="${name}"]) [data-part="status"][data-status="done"]`,
      'Uploaded',
    )
  }
  const second = hashOf(await readFile(picture('ultra-hdr.jpg')))
  await expect.poll(hashesAfterEmptying).toEqual([...before, second].toSorted())
  await open()
  await expect
    .poll(() =>
      stage.webkit.evaluate(() =>
        [...document.querySelectorAll<HTMLImageElement>('.profile img')].map(({ alt, naturalWidth }) => [
          alt,
          naturalWidth > 0,
        ]),
      ),
    )
    .toEqual([['ultra-hdr.jpg', true]])
})

test('a removed photo is gone from the page and from storage', async () => {
  const before = await stage.hashes()
  await press('.photos [aria-label="Remove places.png"]')
  await expect.poll(() => count(storedPhoto('places.png'))).toBe(0)
  const removed = hashOf(await readFile(picture('places.png')))
  expect(before).toContain(removed)
  await expect.poll(hashesAfterEmptying).toEqual(before.filter((hash) => hash !== removed).toSorted())
})
