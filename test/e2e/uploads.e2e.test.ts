import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { UploadError } from 'putaway/core'
import type { OwnerWindow } from './owner.tsx'
import { paint } from '../harness/photos.ts'
import { startDemoFixture } from '../harness/demo-fixture.ts'
import type { DemoFixture, Visitor } from '../harness/demo-fixture.ts'
import { bodyOf } from '../harness/browsers/request-body.ts'
import { testWithCdp } from '../harness/browsers/test-with-cdp.ts'

const serviceProblem = new UploadError('unavailable', { phase: 'finishing' }).text

let stage: DemoFixture
let visitor: Visitor

beforeAll(async () => {
  stage = await startDemoFixture({ strict: true })
})
afterAll(() => stage.close())
beforeEach(async () => {
  visitor = await stage.visit()
})
afterEach(() => visitor.leave())

testWithCdp(
  'dropped photos show thumbnails and progress, arrive byte for byte, and stay until removed',
  async () => {
    const { page, photos: field } = visitor
    const photos = await paint(
      page,
      { name: 'coast.jpg', seed: 2, width: 2400, height: 1800 },
      { name: 'harbour.png', seed: 5 },
      { name: 'dunes.webp', seed: 8 },
    )
    expect(photos.map(({ mimeType }) => mimeType)).toEqual(['image/jpeg', 'image/png', 'image/webp'])

    await visitor.slowDown(500_000)
    await visitor.drop(photos)
    for (const { name } of photos) {
      const picture = visitor.tile(name).getByAltText(name)
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
        .toBeGreaterThan(0)
    }
    for (const { name } of photos) await visitor.storedPhoto(name).waitFor()
    for (const { name } of photos) {
      const { statuses, percents } = (await visitor.seen(name)) ?? { statuses: [], percents: [] }
      expect(statuses.filter((status) => status !== 'idle')).toEqual([
        'starting',
        'uploading',
        'finishing',
        'done',
      ])
      // Small files finish before their progress is visible.
      if (name === 'coast.jpg') expect(percents.length, percents.join(' ')).toBeGreaterThan(3)
      expect(percents).toEqual(percents.toSorted((one, other) => one - other))
    }

    const stored = await stage.stored(visitor, 'photos')
    expect(stored.map(({ name }) => name).toSorted()).toEqual(['coast.jpg', 'dunes.webp', 'harbour.png'])
    for (const { name, type, size, bytes } of stored) {
      const photo = photos.find((each) => each.name === name)
      expect(bytes.equals(photo?.buffer ?? Buffer.of())).toBe(true)
      expect([type, size]).toEqual([photo?.mimeType, photo?.buffer.length])
    }

    await page.reload()
    for (const { name } of photos) {
      const picture = visitor.storedPhoto(name)
      const width = name === 'coast.jpg' ? 2400 : 800
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
        .toBe(width)
    }

    const names = async () => (await stage.stored(visitor, 'photos')).map(({ name }) => name)
    const namesBefore = await names()
    await field.getByRole('button', { name: 'Remove harbour.png' }).click()
    await expect.poll(names).toEqual(namesBefore.filter((name) => name !== 'harbour.png'))
    await field.getByRole('button', { name: 'Undo: harbour.png' }).click()
    await expect.poll(names).toEqual(namesBefore)
    await field.getByRole('button', { name: 'Remove harbour.png' }).click()
    await expect.poll(names).toHaveLength(2)
    await stage.demo.emptyTrash(0)
    const key = stored.find(({ name }) => name === 'harbour.png')?.key ?? ''
    expect(await stage.keys()).not.toContain(key)
    expect(await stage.keys()).toHaveLength(2)
  },
)

test('photos from the file chooser are uploaded, and only their owner sees them', async () => {
  const { page, photos } = visitor
  const [photo] = await paint(page, { name: 'lake.jpg', seed: 11 })
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    photos.getByRole('button', { name: 'Add images' }).click(),
  ])
  expect(chooser.isMultiple()).toBe(true)
  await chooser.setFiles(photo ? [photo] : [])
  await visitor.storedPhoto('lake.jpg').waitFor()
  const [stored] = await stage.stored(visitor, 'photos')
  expect(stored?.bytes.equals(photo?.buffer ?? Buffer.of())).toBe(true)

  const other = await stage.visit()
  expect(
    await other.photos
      .getByRole('listitem')
      .filter({ has: other.page.locator('img') })
      .count(),
  ).toBe(0)
  const answer = await other.page.request.get(`${stage.demo.url}/api/stored/${stored?.id}`)
  expect(answer.status()).toBe(404)
  await other.leave()
})

test('two different files with the same name, size, type and date both arrive', async () => {
  const [one, other] = await paint(
    visitor.page,
    { name: 'same.jpg', seed: 14 },
    { name: 'same.jpg', seed: 17 },
  )
  if (!one || !other) throw new Error('No picture was painted.')
  // Bytes after the end of a JPEG are not part of the picture.
  const size = Math.max(one.buffer.length, other.buffer.length)
  const twins = [one, other].map((photo) => ({
    ...photo,
    buffer: Buffer.concat([photo.buffer, Buffer.alloc(size - photo.buffer.length)]),
  }))
  await visitor.drop(twins)
  await expect.poll(() => visitor.storedPhoto('same.jpg').count()).toBe(2)

  const stored = (await stage.stored(visitor, 'photos')).map(({ bytes }) => sha256(bytes))
  expect(stored.toSorted()).toEqual(twins.map(({ buffer }) => sha256(buffer)).toSorted())
})

test('a file of 60 MB is uploaded as multipart and arrives byte for byte', async () => {
  const { page, sent } = visitor
  const bytes = randomBytes(60_000_000)
  const folder = await mkdtemp(join(tmpdir(), 'putaway-large-'))
  await writeFile(join(folder, 'large.bin'), bytes)
  await page.locator('.files input[type=file]').setInputFiles(join(folder, 'large.bin'))
  await visitor.storedFile('large.bin').waitFor()
  await rm(folder, { recursive: true })

  const [stored] = await stage.stored(visitor, 'files')
  expect(sha256(stored?.bytes ?? Buffer.of())).toBe(sha256(bytes))
  const parts = sent
    .map(({ url }) => new URL(url).searchParams.get('partNumber'))
    .filter((part) => part !== null)
    .map(Number)
  // A part in flight for over a second is hedged, at most once. On a busy disk that happens.
  expect([...new Set(parts)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  for (const part of parts) expect(parts.filter((each) => each === part).length).toBeLessThanOrEqual(2)
})

test('a new profile picture replaces the previous one and deletes its object', async () => {
  const { page } = visitor
  const [first, second] = await paint(page, { name: 'me.jpg', seed: 20 }, { name: 'me too.webp', seed: 23 })
  const profile = page.getByRole('group', { name: 'Profile picture' })
  for (const photo of [first, second]) {
    if (photo) await profile.locator('input[type=file]').setInputFiles(photo)
    await profile.getByText('Uploaded').first().waitFor()
    const [saved, ...older] = await stage.stored(visitor, 'avatar')
    expect(older).toEqual([])
    expect(saved?.bytes.equals(photo?.buffer ?? Buffer.of())).toBe(true)
    await page.reload()
    await expect
      .poll(() => profile.getByRole('img').evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBe(800)
  }
})

test('a confirm refused once leaves the item in error, and retry sends only confirm', async () => {
  const { asked, writes } = await uploadWhileConfirmFails('ridge.jpg', { status: 401, body: 'Unauthorized' })
  const tile = visitor.tile('ridge.jpg')
  await tile.getByText(new UploadError('unauthorized', { phase: 'finishing' }).text).waitFor()
  expect(asked).toEqual(['confirm'])
  expect(await stage.stored(visitor, 'photos')).toEqual([])

  await tile.getByRole('button', { name: 'Retry ridge.jpg' }).click()
  await visitor.storedPhoto('ridge.jpg').waitFor()
  const { statuses } = (await visitor.seen('ridge.jpg')) ?? { statuses: [] }
  expect(statuses.slice(-4)).toEqual(['finishing', 'error', 'finishing', 'done'])
  expect(asked).toEqual(['confirm', 'confirm'])
  expect(writes()).toBe(1)
})

test('a confirm is retried alone when the backend is down for a moment', async () => {
  const { asked, writes } = await uploadWhileConfirmFails('moor.jpg', {
    status: 500,
    body: 'Internal Server Error',
  })
  await visitor.storedPhoto('moor.jpg').waitFor()
  expect((await visitor.seen('moor.jpg'))?.statuses).not.toContain('error')
  expect(asked).toEqual(['confirm', 'confirm'])
  expect(writes()).toBe(1)
})

test('a database outage during confirm costs a retry and no bytes', async () => {
  const { page } = visitor
  visitor.expectInConsole(/status of 500/)
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const [photo] = await paint(page, { name: 'cliff.jpg', seed: 29 })
  const tile = visitor.tile('cliff.jpg')
  await visitor.loseNoTime()
  const before = stage.writes(visitor)
  const { db } = stage.demo.library
  await db.exec('ALTER TABLE uploads RENAME TO away')
  try {
    await visitor.drop(photo ? [photo] : [])
    await tile.getByText(serviceProblem).waitFor()
  } finally {
    await db.exec('ALTER TABLE away RENAME TO uploads')
  }
  await tile.getByRole('button', { name: 'Retry cliff.jpg' }).click()
  await visitor.storedPhoto('cliff.jpg').waitFor()

  expect(stage.writes(visitor) - before).toBe(1)
  expect(await stage.stored(visitor, 'photos')).toHaveLength(1)
  expect(log.mock.calls.join()).toContain('relation "uploads" does not exist')
  log.mockRestore()
})

testWithCdp('useUpload renders its owner only when a shown value changes', async () => {
  const renders = await mountOwners(false)
  // The upload takes a minute until the page has rendered some progress, so that no load of the machine can be too high.
  await visitor.slowDown(15_000)
  await sendNotes()
  const progressCount = async () =>
    new Set((await renders()).ofProgress.filter((shown) => shown.startsWith('uploading'))).size
  await expect.poll(progressCount).toBeGreaterThan(3)
  await visitor.slowDown(-1)
  await expect.poll(renders).toMatchObject({ ofProgress: expect.arrayContaining(['done']) })

  const { ofStatus, ofProgress } = await renders()
  expect(ofStatus).toEqual(['idle', 'starting', 'uploading', 'finishing', 'done'])
  expect(ofProgress.length).toBeGreaterThan(ofStatus.length)
  const repeated = ofProgress.filter((shown, index) => shown === ofProgress[index - 1])
  expect(repeated).toEqual([])
})

test('StrictMode renders twice and sends once', async () => {
  const before = stage.writes(visitor)
  const renders = await mountOwners(true)
  let letOn = () => {}
  const until = new Promise<void>((resolve) => (letOn = resolve))
  // Otherwise a fast upload may end before React renders that it has begun.
  await visitor.page.route(
    ({ origin }) => origin !== stage.demo.url,
    (each) => until.then(() => each.continue()),
  )
  await sendNotes()
  await expect.poll(async () => (await renders()).ofStatus).toContain('uploading')
  letOn()
  await expect.poll(renders).toMatchObject({ ofStatus: expect.arrayContaining(['done']) })
  expect((await renders()).ofStatus.filter((status) => status === 'uploading')).toHaveLength(2)
  expect(stage.writes(visitor) - before).toBe(1)
})

test('the page in StrictMode sends every file once', async () => {
  const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg', 'g.jpg', 'h.jpg']
  const photos = await paint(
    visitor.page,
    ...names.map((name, seed) => ({ name, seed, width: 320, height: 240 })),
  )
  const before = stage.writes(visitor)
  await visitor.drop(photos)
  for (const name of names) await visitor.storedPhoto(name).waitFor()
  expect(stage.writes(visitor) - before).toBe(names.length)
  expect(await stage.stored(visitor, 'photos')).toHaveLength(names.length)
})

/**
 * Drops a photo whose first confirm gets this answer. Returns the requests of the page to the backend, and the number
 * of writes for the photo.
 */
async function uploadWhileConfirmFails(name: string, answer: { status: number; body: string }) {
  const { page } = visitor
  const asked: string[] = []
  const [photo] = await paint(page, { name, seed: 26 })
  const before = stage.writes(visitor)
  visitor.expectInConsole(new RegExp(`${answer.status}.*api/uploads`))
  await page.route('**/api/uploads', (route, request) => {
    const { type } = JSON.parse(bodyOf(request) ?? '{}') as { type?: string }
    if (type === undefined) return route.fallback()
    // Counts from the first confirm: the policy of a file may have been requested before the file was added.
    if (type === 'confirm' || asked.length > 0) asked.push(type)
    const isFirst = asked.filter((each) => each === 'confirm').length === 1
    return type === 'confirm' && isFirst ? route.fulfill(answer) : route.fallback()
  })
  await visitor.drop(photo ? [photo] : [])
  await expect.poll(() => asked).toContain('confirm')
  return { asked, writes: () => stage.writes(visitor) - before }
}

/** Mounts owners of one upload in the page. Returns the values that they have rendered so far. */
async function mountOwners(strict: boolean) {
  const { page } = visitor
  await page.addScriptTag({ type: 'module', url: '/owner.js' })
  await page.evaluate((isStrict) => (window as OwnerWindow).mountOwners?.(isStrict), strict)
  const renders = () =>
    page.evaluate(() => (window as OwnerWindow).renders ?? { ofStatus: [], ofProgress: [] })
  await expect.poll(renders).toMatchObject({ ofStatus: expect.arrayContaining(['idle']) })
  return renders
}

const sendNotes = () =>
  visitor.page.evaluate(() =>
    (window as OwnerWindow).upload?.(new File([new Uint8Array(900_000)], 'notes.bin')),
  )

function sha256(bytes: Buffer) {
  return createHash('sha256').update(bytes).digest('hex')
}
