import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paint } from '../../test/harness/photos.ts'
import { launchChromium } from '../../test/harness/chromium.ts'
import { hash, startExample } from './example.ts'
import { spoilTicket, tryAgain } from './refusal.ts'
import type { Example } from './example.ts'

let browser: Browser
let example: Example
beforeAll(async () => {
  ;[browser, example] = await Promise.all([launchChromium(), startExample('5-next', { S3_BUCKET: 'next' })])
}, 300_000)
afterAll(() => Promise.all([browser.close(), example.stop()]))

async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(example.url)
  return page
}

test('the server action saves a post with the photos of the form', async () => {
  const page = await open()
  const photos = await paint(
    page,
    { name: 'coast.jpg', seed: 2, width: 320, height: 240 },
    { name: 'lake.png', seed: 5, width: 320, height: 240 },
    { name: 'hills.webp', seed: 8, width: 320, height: 240 },
  )
  await page.locator('input[type=file]').setInputFiles(photos)
  await expect.poll(() => page.locator('input[type=hidden][name=photos]').count()).toBe(3)
  await page.getByRole('textbox', { name: 'Title' }).fill('The coast')
  await page.getByRole('button', { name: 'Publish' }).click()

  const post = page.getByRole('list', { name: 'Posts' }).getByRole('listitem')
  await post.getByRole('heading', { name: 'The coast' }).waitFor()
  expect(await post.count()).toBe(1)
  await expect
    .poll(() => post.locator('img').evaluateAll((all: HTMLImageElement[]) => all.map((i) => i.naturalWidth)))
    .toEqual([320, 320, 320])
  const stored = await example.objects('files/')
  expect(stored).toHaveLength(3)
  expect((await Promise.all(stored.map(({ key }) => example.hashOf(key)))).sort()).toEqual(
    photos.map(({ buffer }) => hash(buffer)).sort(),
  )
  // A reload shows an empty form, the same as without JavaScript.
  await page.reload()
  expect(await page.locator('input[type=hidden][name=photos]').count()).toBe(0)
  expect(await post.locator('img').count()).toBe(3)
  await page.context().close()
})

test('a form with the photo of another user publishes nothing', async () => {
  const owner = await open()
  const [photo] = await paint(owner, { name: 'coast.jpg', seed: 3, width: 320, height: 240 })
  await owner.locator('input[type=file]').setInputFiles(photo ? [photo] : [])
  const input = owner.locator('input[type=hidden][name=photos]')
  await input.waitFor({ state: 'attached' })
  const token = await input.inputValue()

  const thief = await open()
  await thief.getByRole('textbox', { name: 'Title' }).fill('Stolen')
  await thief.evaluate((value) => {
    const forged = document.createElement('input')
    Object.assign(forged, { type: 'hidden', name: 'photos', value })
    document.querySelector('form')?.append(forged)
  }, token)
  await thief.getByRole('button', { name: 'Publish' }).click()
  await thief.getByRole('alert').getByText('A photo does not belong to your uploads.').waitFor()
  await thief.reload()
  expect(await thief.getByRole('heading', { name: 'Stolen' }).count()).toBe(0)
  await Promise.all([owner.context().close(), thief.context().close()])
})

test('the form does not contain a photo that storage refused, and publishing waits for it', async () => {
  const page = await open()
  const [photo] = await paint(page, { name: 'coast.jpg', seed: 4, width: 320, height: 240 })
  await spoilTicket(page, 1)
  await page.locator('input[type=file]').setInputFiles(photo ? [photo] : [])
  await page.locator('[data-status=error]').first().waitFor()
  expect(await page.locator('input[type=hidden][name=photos]').count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true)

  await tryAgain(page, photo ? [photo] : [])
  await expect.poll(() => page.locator('input[type=hidden][name=photos]').count()).toBe(1)
  await page.context().close()
})
