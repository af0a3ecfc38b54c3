import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { Page } from 'playwright'
import { startFormSite } from './forms/site.tsx'
import type { SavedForm, FormSite } from './forms/site.tsx'
import { openA11yDriver } from '../harness/a11y-driver.ts'
import type { A11yDriver } from '../harness/a11y-driver.ts'
import { testWithCdp } from '../harness/browsers/test-with-cdp.ts'

const stored = {
  photos: [
    { id: 1, url: '/old.svg', name: 'old.png' },
    { id: 2, url: '/older.svg', name: 'older.png' },
  ],
  avatar: { id: 3, url: '/me.svg', name: 'me.png' },
}
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** One pixel, followed by enough bytes to observe the upload on a slow line. */
const picture = (name: string, size = 900_000) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([pixel, Buffer.from(name), Buffer.alloc(size, name)]),
})
const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Fjords.') }

let site: FormSite
let page: Page
let reader: A11yDriver
beforeAll(async () => {
  site = await startFormSite(stored)
})
afterAll(() => site.close())
beforeEach(async () => {
  const context = await site.browser.newContext()
  page = await context.newPage()
  // The permanent listener keeps pickers intercepted. A listener that is added with the key that opens one is a race: the key uses another channel.
  page.on('filechooser', () => undefined)
  await page.route('**/*.svg', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  )
  await page.goto(site.url)
  await page.locator('[data-hydrated]').waitFor({ state: 'attached' })
  // The modules for focus and announcements are loaded after the page.
  await page.waitForLoadState('networkidle')
  reader = await openA11yDriver(page)
})
afterEach(() => page.context().close())

/** Opens the picker with an action, and chooses files. */
async function choose(open: () => Promise<unknown>, ...files: (typeof notes)[]) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), open()])
  await chooser.setFiles(files)
}

/** The result that the server shows for the submitted form. */
async function saved(): Promise<SavedForm> {
  await page.waitForURL('**/api/save')
  return JSON.parse(await page.locator('body').innerText()) as SavedForm
}

const order = async () =>
  (await reader.tree())
    .filter(({ role, path }) => role === 'image' && path.includes('group Photos required'))
    .map(({ name }) => name)
const focus = (named: string) => expect.poll(() => reader.focused(), { timeout: 10_000 }).toBe(named)

/** Presses Tab until an element has focus. @returns every element that had focus on the way, including the last one */
async function tabTo(named: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  const stops: string[] = []
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press(key)
    const stop = await reader.focused()
    stops.push(stop)
    if (stop === named) return stops
  }
  throw new Error(`${key} does not reach "${named}", only: ${stops.join(', ')}`)
}

testWithCdp('every action works by keyboard alone, and focus moves to the next useful element', async () => {
  const { keyboard } = page
  const stops = await tabTo('button Save')
  // Each tab stop has a name and is a control.
  expect(stops).toEqual([
    'textbox Title',
    'button Open old.png',
    'button Remove old.png',
    'button Move old.png',
    'button Open older.png',
    'button Remove older.png',
    'button Move older.png',
    'button Add images',
    'button Open me.png',
    'link me.png, opens in a new tab',
    'button Replace',
    'button Remove me.png',
    'button Save',
  ])

  await tabTo('button Add images', 'Shift+Tab')
  await reader.line(150_000)
  await choose(() => keyboard.press('Enter'), picture('a.png'))
  await focus('button Add images')
  await expect
    .poll(async () => (await reader.find('progressbar', 'Upload of a.png')).value, { timeout: 8000 })
    .toBeGreaterThan(5)

  await tabTo('button Cancel a.png', 'Shift+Tab')
  await keyboard.press('Enter')
  await focus('button Retry a.png')
  await reader.find('StaticText', 'Canceled')
  await keyboard.press('Space')
  await focus('button Cancel a.png')
  await reader.line()
  // A done upload cannot be canceled; the next key must not remove it.
  await focus('button Open a.png')

  await page.route(site.storage, (route) => route.abort())
  await tabTo('button Add images')
  await choose(() => keyboard.press('Space'), notes, picture('b.png', 2000))
  await reader.find('list', 'Files that were not added')
  await focus('button Add images')
  await tabTo('button Dismiss notes.txt')
  await keyboard.press('Enter')
  await focus('button Add images')
  expect((await reader.tree()).filter(({ name }) => name === 'Files that were not added')).toEqual([])

  await page.unroute(site.storage)
  await tabTo('button Retry b.png', 'Shift+Tab')
  await keyboard.press('Enter')
  await focus('button Open b.png')

  await tabTo('button Move b.png')
  await keyboard.press('ArrowLeft')
  await expect.poll(order).toEqual(['old.png', 'older.png', 'b.png', 'a.png'])
  await focus('button Move b.png')
  await keyboard.press('Home')
  await expect.poll(order).toEqual(['b.png', 'old.png', 'older.png', 'a.png'])
  await focus('button Move b.png')

  await tabTo('button Remove older.png')
  await keyboard.press('Enter')
  await focus('button Remove a.png')
  await tabTo('button Undo: older.png', 'Shift+Tab')
  await keyboard.press('Enter')
  await expect.poll(order).toEqual(['b.png', 'old.png', 'older.png', 'a.png'])
  await focus('button Open older.png')

  await tabTo('button Open old.png', 'Shift+Tab')
  await keyboard.press('Enter')
  await focus('button Close')
  await reader.find('dialog', 'old.png')
  await keyboard.press('Escape')
  await focus('button Open old.png')

  await tabTo('button Remove old.png')
  await keyboard.press('Space')
  await focus('button Remove older.png')
  await tabTo('button Save')
  await keyboard.press('Enter')
  expect(await saved()).toEqual({
    title: 'Fjords',
    photos: ['new b.png', 'stored 2', 'new a.png'],
    avatar: 'stored 3',
  })
})

testWithCdp(
  'every action works by the accessibility tree alone, and one polite region announces events',
  async () => {
    const announcements = reader.listen()
    const named = async () => {
      const controls = /^(button|textbox|progressbar|dialog|image|group|list|checkbox|link)$/
      const all = await reader.tree()
      const silent = all.filter(
        ({ role, name, states, path }) =>
          name === '' && (controls.test(role) || (states.focusable === true && path.length > 0)),
      )
      expect(silent.map(({ role, path }) => [...path, role].join(' > '))).toEqual([])
      return all
    }
    const inPhotos = (await named()).filter(({ path }) => path.includes('group Photos required'))
    const list = inPhotos.find(({ role }) => role === 'list')
    expect(list).toMatchObject({ name: 'Photos required' })
    expect(inPhotos.filter(({ role }) => role === 'listitem')).toHaveLength(3)

    await reader.line(150_000)
    await choose(() => reader.press('Add images'), picture('a.png', 500_000), picture('b.png', 500_000))
    const seen: number[] = []
    let phase = ''
    while (seen.length < 4) {
      const { value, states } = await reader.find('progressbar', 'Upload of a.png')
      expect([states.valuemin, states.valuemax]).toEqual([0, 100])
      const percent = Number(value)
      if (Number.isFinite(percent) && percent > 0 && percent !== seen.at(-1)) seen.push(percent)
      phase = String(states.valuetext)
    }
    expect(seen).toEqual(seen.toSorted((one, other) => one - other))
    expect(phase).toMatch(/^Uploading, \d+%$/)
    await reader.find('progressbar', 'Upload of b.png')
    await named()
    await expect.poll(() => announcements.words.at(-1), { timeout: 20_000 }).toBe('All 2 files uploaded.')
    expect(announcements.words[0]).toBe('Uploading 2 files.')
    const quarters = announcements.words.slice(1, -1)
    expect(quarters.length).toBeGreaterThan(0)
    expect(
      ['25% uploaded.', '50% uploaded.', '75% uploaded.'].filter((each) => quarters.includes(each)),
    ).toEqual(quarters)

    await reader.line()
    await page.route(site.storage, (route) => route.abort())
    await choose(() => reader.press('Add images'), notes, picture('c.png', 2000))
    await reader.find('StaticText', 'The connection was lost. Please try again.')
    await reader.find('button', 'Retry c.png')
    await expect
      .poll(() => announcements.words.join(' '), { timeout: 10_000 })
      .toMatch(/c\.png failed\. The connection was lost\. Please try again\./)
    expect(announcements.words.join(' ')).toContain(
      'notes.txt was not added. This type of file is not accepted.',
    )
    await named()
    await reader.press('Dismiss notes.txt')
    await page.unroute(site.storage)
    await reader.press('Retry c.png')
    await expect.poll(() => announcements.words.at(-1), { timeout: 10_000 }).toBe('c.png uploaded.')

    await reader.focus('Move c.png')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => announcements.words.at(-1)).toBe('c.png, 4 of 5.')
    expect(await order()).toEqual(['old.png', 'older.png', 'a.png', 'c.png', 'b.png'])

    await reader.press('Remove older.png')
    await reader.press('Undo: older.png')
    await expect.poll(order).toEqual(['old.png', 'older.png', 'a.png', 'c.png', 'b.png'])

    await reader.press('Open old.png')
    const dialog = await reader.find('dialog', 'old.png')
    expect(dialog.states.modal).toBe(true)
    // The content behind the dialog is hidden while it is open.
    const buttons = (await named()).filter(({ role }) => role === 'button').map(({ name }) => name)
    expect(buttons).toEqual(['Close', 'Previous image', 'Next image'])
    await reader.press('Close')

    await reader.press('Remove old.png')
    expect(announcements.regions()).toEqual({ voices: ['status polite'], most: 1 })
    await announcements.stop()
    await reader.press('Save')
    expect(await saved()).toEqual({
      title: 'Fjords',
      photos: ['stored 2', 'new a.png', 'new c.png', 'new b.png'],
      avatar: 'stored 3',
    })
  },
)
