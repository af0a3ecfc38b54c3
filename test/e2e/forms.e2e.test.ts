import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Page, Route } from 'playwright'
import { closeContexts } from '../harness/browsers/launch-browser.ts'
import { startFormSite } from './forms/site.tsx'
import type { SavedForm, FormSite } from './forms/site.tsx'

/** A picture of one pixel, followed by bytes that make each file unique. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const picture = (name: string) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([pixel, Buffer.from(name)]),
})
const stored = {
  photos: [
    { id: 1, url: '/old.svg', name: 'old.png' },
    { id: 2, url: '/older.svg', name: 'older.png' },
  ],
  avatar: { id: 3, url: '/me.svg', name: 'me.png' },
}

let site: FormSite
const problems: string[] = []
beforeAll(async () => {
  site = await startFormSite(stored)
})
afterAll(() => site.close())
afterEach(async () => {
  await closeContexts(site.browser)
  // Includes the hydration mismatches that React logs.
  expect(problems.splice(0)).toEqual([])
})

async function visit(options: { readonly script?: boolean; readonly user?: string } = {}) {
  const context = await site.browser.newContext({ javaScriptEnabled: options.script ?? true })
  if (options.user) await context.addCookies([{ name: 'user', value: options.user, url: site.url }])
  const page = await context.newPage()
  // Playwright reports the line of Firefox about a request that fails as an error of the page.
  page.on('pageerror', ({ message }) => {
    if (!/Same Origin Policy disallows/.test(message)) problems.push(message)
  })
  page.on('console', (message) => {
    const wanted = /Failed to load resource|React DevTools/.test(message.text())
    if (message.type() === 'error' && !wanted) problems.push(message.text())
  })
  await page.route('**/*.svg', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  )
  const of = (name: string) => page.getByRole('button', { name, exact: true })
  const photos = page.getByRole('group', { name: 'Photos' })
  return {
    page,
    photos,
    button: of,
    async open() {
      await page.goto(site.url)
      await page.locator('[data-hydrated]').waitFor({ state: 'attached' })
    },
    add: (...names: string[]) => page.getByLabel('Add images').setInputFiles(names.map(picture)),
    /** Waits until this number of photos is marked as uploaded. */
    uploaded: (count: number) =>
      expect.poll(() => photos.locator('li[data-status="done"]').count(), { timeout: 10_000 }).toBe(count),
    order: () =>
      photos.getByRole('img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).alt)),
    save: () => of('Save').click(),
    /** The result that the server shows for the form. */
    async saved(): Promise<SavedForm> {
      await page.waitForURL('**/api/save')
      return JSON.parse(await page.locator('body').innerText()) as SavedForm
    },
  }
}

/** Holds requests to storage until they are released. */
async function holdStorage(page: Page) {
  const held: Route[] = []
  await page.route(site.storage, (route) => void held.push(route))
  return async () => {
    await page.unroute(site.storage)
    await Promise.all(held.map((route) => route.continue()))
  }
}

test('a form posts stored and new images in the order of the user, and the server verifies every new one', async () => {
  const { page, open, add, uploaded, order, button, save, saved } = await visit()
  await open()
  await add('a.png', 'b.png')
  await page.getByLabel('Choose image').setInputFiles(picture('face.png'))
  await uploaded(2)
  await button('Move b.png').focus()
  await page.keyboard.press('ArrowLeft')
  await expect.poll(order).toEqual(['old.png', 'older.png', 'b.png', 'a.png'])
  await page.keyboard.press('ArrowLeft')
  await expect.poll(order).toEqual(['old.png', 'b.png', 'older.png', 'a.png'])
  await button('Remove old.png').click()
  await save()
  expect(await saved()).toEqual({
    title: 'Fjords',
    photos: ['new b.png', 'stored 2', 'new a.png'],
    avatar: 'new face.png',
  })
})

test('undo restores a removed image, and reset restores all', async () => {
  const { open, add, uploaded, order, button, save, saved } = await visit()
  await open()
  await add('a.png')
  await uploaded(1)
  await button('Remove a.png').click()
  await button('Undo: a.png').click()
  expect(await order()).toEqual(['old.png', 'older.png', 'a.png'])
  await button('Remove older.png').click()
  await button('Remove me.png').click()
  await button('Start over').click()
  await expect.poll(order).toEqual(['old.png', 'older.png'])
  await save()
  expect(await saved()).toEqual({ title: 'Fjords', photos: ['stored 1', 'stored 2'], avatar: 'stored 3' })
})

test('a form submitted during uploads is sent when they finish, with all images', async () => {
  const { page, open, add, save, saved } = await visit()
  await open()
  const releaseStorage = await holdStorage(page)
  await add('a.png', 'b.png')
  await page.getByLabel('Choose image').setInputFiles(picture('face.png'))
  await save()
  await page.getByText('The form is submitted as soon as the uploads are done.').first().waitFor()
  expect(page.url()).toBe(`${site.url}/`)
  await releaseStorage()
  expect(await saved()).toEqual({
    title: 'Fjords',
    photos: ['stored 1', 'stored 2', 'new a.png', 'new b.png'],
    avatar: 'new face.png',
  })
})

test.each([
  [
    'comes late',
    (route: Route) => new Promise((resolve) => setTimeout(resolve, 1500)).then(() => route.continue()),
  ],
  ['never comes', (route: Route) => route.abort()],
])('no image is lost when the code for forms %s', async (_, answer) => {
  const { page, open, add, save, saved } = await visit()
  let requests = 0
  await page.route('**/form-binding-*.js', (route) => {
    requests += 1
    return answer(route)
  })
  await open()
  const releaseStorage = await holdStorage(page)
  await add('a.png')
  await save()
  await page.waitForTimeout(200)
  // Otherwise the name of the module has changed, and the test proves nothing.
  expect(requests).toBeGreaterThan(0)
  expect(page.url()).toBe(`${site.url}/`)
  await releaseStorage()
  expect(await saved()).toMatchObject({ photos: ['stored 1', 'stored 2', 'new a.png'] })
})

test('a failed image stops the form, its retry has focus, and the form is sent after it', async () => {
  const { page, open, add, button, save, saved } = await visit()
  await open()
  await page.route(site.storage, (route) => route.abort())
  await add('a.png')
  await save()
  await expect
    .poll(() => button('Retry a.png').evaluate((retry) => retry === document.activeElement))
    .toBe(true)
  // The live region also has this text.
  await page
    .locator('[data-part=notice]')
    .getByText('Retry or remove the failed uploads, then submit again.')
    .waitFor()
  await page.getByLabel('Title').focus()
  await save()
  await expect
    .poll(() => button('Retry a.png').evaluate((retry) => retry === document.activeElement))
    .toBe(true)
  expect(page.url()).toBe(`${site.url}/`)

  await page.unroute(site.storage)
  await page.keyboard.press('Enter')
  await save()
  expect(await saved()).toMatchObject({ photos: ['stored 1', 'stored 2', 'new a.png'] })
})

test('an empty required field stops the form, says so, and focuses the add button', async () => {
  const { page, photos, open, button, save, add, saved } = await visit()
  await open()
  await button('Remove old.png').click()
  await button('Remove older.png').click()
  await save()
  await page.locator('[data-part=notice]').getByText('Add an image.').waitFor()
  const trigger = photos.getByRole('button', { name: /^Add images/ })
  await expect.poll(() => trigger.evaluate((each) => each === document.activeElement)).toBe(true)
  expect(page.url()).toBe(`${site.url}/`)
  await add('a.png')
  await save()
  expect(await saved()).toMatchObject({ photos: ['new a.png'] })
})

test('the server refuses values that are changed, repeated or taken from another user', async () => {
  const anna = await visit()
  await anna.open()
  await anna.add('a.png')
  await anna.uploaded(1)
  const value = await anna.page.locator('input[name=photos]').last().inputValue()
  const { token, key } = JSON.parse(value) as { token: string; key: string }
  const [payload = '', signature = ''] = token.split('.')
  const claims = Buffer.from(payload, 'base64url').toString().replace(key, 'files/of-ben/secret.png')
  await anna.page.evaluate(
    (values) => {
      const form = document.querySelector('form')
      for (const [name, text] of values) {
        const input = Object.assign(document.createElement('input'), { type: 'hidden', name, value: text })
        form?.append(input)
      }
    },
    [
      ['photos', `${Buffer.from(claims).toString('base64url')}.${signature}`],
      ['photos', value],
      ['avatar', JSON.stringify({ token })],
    ] as const,
  )
  await anna.button('Remove me.png').click()
  await anna.save()
  expect(await anna.saved()).toEqual({
    title: 'Fjords',
    photos: ['stored 1', 'stored 2', 'new a.png', 'error forbidden', 'error rejected'],
    avatar: 'error forbidden',
  })

  const ben = await visit({ user: 'ben' })
  await ben.open()
  await ben.page
    .locator('input[name=photos]')
    .first()
    .evaluate((input, text) => input.setAttribute('value', text), value)
  await ben.save()
  expect(await ben.saved()).toMatchObject({ photos: ['error forbidden', 'stored 2'] })
})

test('without JavaScript the form posts stored images and no file', async () => {
  const { page, save, saved } = await visit({ script: false })
  await page.goto(site.url)
  await save()
  expect(await saved()).toEqual({ title: 'Fjords', photos: ['stored 1', 'stored 2'], avatar: 'stored 3' })
})

test('while JavaScript loads the form posts stored images; a file chosen too early is not partly sent', async () => {
  const { page, save, saved } = await visit()
  await page.route('**/main.js', () => {})
  await page.goto(site.url, { waitUntil: 'commit' })
  await page.getByLabel('Title').fill('Lakes')
  await page.getByLabel('Add images').setInputFiles(picture('early.png'))
  await save()
  expect(await saved()).toEqual({ title: 'Lakes', photos: ['stored 1', 'stored 2'], avatar: 'stored 3' })
})
