import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright'
import { closeContexts } from '../harness/browsers/launch-browser.ts'
import { startFormSite } from './forms/site.tsx'
import type { FormSite } from './forms/site.tsx'

// Photos of an album wait with their captions, and nothing leaves the browser before Save.

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const names = Array.from({ length: 10 }, (_, index) => `${index}.png`)
/** Each file has another size, by which its object is found. */
const pictures = names.map((name, index) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([pixel, Buffer.alloc(index + 1, 'x')]),
}))
const sizeOf = (index: number) => pixel.length + index + 1

let site: FormSite
beforeAll(async () => {
  site = await startFormSite({ photos: [], avatar: null })
})
afterAll(() => site.close())
afterEach(() => closeContexts(site.browser))

/** Opens the page, and counts the requests that carry or announce files. */
async function visit() {
  const page = await site.browser.newPage()
  // Playwright intercepts choosers from now on. At the first waitForEvent, a key might come before the interception.
  page.on('filechooser', () => undefined)
  const { host } = new URL(site.storage)
  const requests = { backend: 0, storage: 0 }
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname === '/api/uploads') requests.backend += 1
    if (url.host === host && /POST|PUT/.test(request.method())) requests.storage += 1
  })
  await page.goto(`${site.url}/album`)
  await page.locator('[data-hydrated]').waitFor({ state: 'attached' })
  const rows = page.getByRole('group', { name: 'Photos' }).getByRole('listitem')
  return {
    page,
    requests,
    rows,
    button: (name: string) => page.getByRole('button', { name, exact: true }),
    caption: (name: string) => page.getByRole('textbox', { name: `Caption of ${name}` }),
    notice: page.locator('[data-part=notice]'),
  }
}

/** Returns the rows of the database: the number of each file, told by the size of its object, and its caption. */
async function savedAlbum(page: Page) {
  await page.waitForURL('**/api/album')
  const answer = JSON.parse(await page.locator('body').innerText()) as unknown
  const album = await site.takeAlbum()
  expect(new Set(album.map(({ key }) => key)).size).toBe(album.length)
  const photos = album.map(({ bytes, caption }) => `${bytes - sizeOf(0)} ${caption}`.trim())
  return { answer, photos }
}

test('ten photos get captions, two are dropped, one moves: only then eight go up, and the database has them in order', async () => {
  const { page, requests, rows, button, caption } = await visit()
  await page.getByLabel('Add images').setInputFiles(pictures)
  await expect.poll(() => rows.count()).toBe(10)
  // Playwright's `fill` changes no controlled input in an installed Firefox.
  await caption('0.png').pressSequentially('A fjord')
  await caption('9.png').pressSequentially('Geiranger')
  await button('Remove 3.png').click()
  await button('Remove 4.png').click()
  await button('Move 9.png').focus()
  await page.keyboard.press('Home')
  await expect.poll(() => rows.first().getByRole('textbox').inputValue()).toBe('Geiranger')
  expect(requests).toEqual({ backend: 0, storage: 0 })

  await button('Save').click()
  expect(await savedAlbum(page)).toEqual({
    answer: { intent: 'publish' },
    photos: ['9 Geiranger', '0 A fjord', '1', '2', '5', '6', '7', '8'],
  })
  expect(requests.storage).toBe(8)
})

test('the same by keyboard alone', async () => {
  const { page, requests, rows } = await visit()
  const { keyboard } = page
  /** Presses Tab until the focused element has this name. */
  async function tabTo(name: string, key = 'Tab') {
    const focusedName = () =>
      page.evaluate(() => {
        const { activeElement: element } = document
        if (element === document.body) return ''
        return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
      })
    for (let presses = 0; presses < 80; presses += 1) {
      if ((await focusedName()).startsWith(name)) return
      await keyboard.press(key)
    }
    throw new Error(`Tab does not reach ${name}.`)
  }
  // The button opens the picker once the page is interactive.
  await page.waitForLoadState('networkidle')
  await tabTo('Add images')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keyboard.press('Enter')])
  await chooser.setFiles(pictures)
  await expect.poll(() => rows.count()).toBe(10)
  await tabTo('Caption of 1.png')
  await keyboard.type('A lake')
  await tabTo('Remove 3.png')
  await keyboard.press('Enter')
  // Focus goes to the row that took the place of the removed one.
  await tabTo('Remove 4.png')
  await keyboard.press('Space')
  await expect.poll(() => rows.count()).toBe(8)
  await tabTo('Move 9.png')
  await keyboard.press('Home')
  await expect.poll(() => rows.first().getByRole('textbox').getAttribute('aria-label')).toContain('9.png')
  expect(requests).toEqual({ backend: 0, storage: 0 })
  await tabTo('Save')
  await keyboard.press('Enter')
  expect(await savedAlbum(page)).toEqual({
    answer: { intent: 'publish' },
    photos: ['9', '0', '1 A lake', '2', '5', '6', '7', '8'],
  })
})

test('a failure stops the submit with focus on the retry; a retry and Save finish it, and the others are not sent again', async () => {
  const { page, requests, rows, button, notice } = await visit()
  await page.getByLabel('Add images').setInputFiles(pictures.slice(0, 2))
  await expect.poll(() => rows.count()).toBe(2)
  await page.route(site.storage, (route) => route.abort())
  await button('Save').click()
  await notice.getByText('Retry or remove the failed uploads, then submit again.').waitFor()
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toMatch(/^Retry/)
  expect(page.url()).toBe(`${site.url}/album`)
  await page.unroute(site.storage)
  for (const name of ['0.png', '1.png']) await button(`Retry ${name}`).click()
  await expect.poll(() => rows.and(page.locator('[data-status=done]')).count(), { timeout: 10_000 }).toBe(2)
  const sent = requests.storage
  await button('Save').click()
  expect(await savedAlbum(page)).toMatchObject({ photos: ['0', '1'] })
  expect(requests.storage).toBe(sent)
})

test('a second Save while one waits does nothing, and an empty album stops before anything is sent', async () => {
  const { page, requests, rows, button, notice } = await visit()
  await button('Save').click()
  await notice.getByText('Add an image.').waitFor()
  expect(requests.backend).toBe(0)
  await page.getByLabel('Add images').setInputFiles(pictures.slice(0, 1))
  await expect.poll(() => rows.count()).toBe(1)
  let posts = 0
  page.on('request', (request) => (posts += Number(request.url().endsWith('/api/album'))))
  await button('Save').dblclick()
  expect(await savedAlbum(page)).toEqual({ answer: { intent: 'publish' }, photos: ['0'] })
  expect(posts).toBe(1)
})
