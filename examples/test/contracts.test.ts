import type { Browser, Page, Request } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { paint } from '../../test/harness/photos.ts'
import { launchChromium } from '../../test/harness/chromium.ts'
import { subjects } from './contracts.ts'
import type { Ask, Subject } from './contracts.ts'
import { hash, startExample } from './example.ts'
import { spoilTicket, tryAgain } from './refusal.ts'
import type { Example } from './example.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const runnable = subjects.filter(({ missing }) => missing === undefined)

for (const { folder, missing } of subjects) {
  if (missing !== undefined) test.skip(`${folder} is ${missing}`, () => {})
}

describe.each(runnable)('$folder', (subject: Subject) => {
  let example: Example
  let page: Page
  let user: string

  beforeAll(async () => {
    example = await startExample(subject.folder, subject.buckets)
  })
  afterAll(() => example.stop())

  beforeEach(async () => {
    page = await (await browser.newContext()).newPage()
    await page.goto(example.url)
    await page.getByText('0 of 0 uploaded').waitFor()
    user = await enter(page)
  })
  afterEach(() => page.context().close())

  const choose = (files: readonly { name: string; mimeType: string; buffer: Buffer }[]) =>
    page.locator('input[type=file]').setInputFiles([...files])
  const send = () => page.getByRole('button', { name: 'Send' })

  test('three images are done, and stored once and byte for byte after the message is sent', async () => {
    const photos = await threePhotos(page)
    await choose(photos)
    await page.getByText('3 of 3 uploaded').waitFor()

    await page.getByRole('textbox', { name: 'Message' }).fill('From the coast')
    await send().click()
    const message = page.getByRole('list', { name: 'Messages' }).getByRole('listitem')
    await message.getByText('From the coast').waitFor()
    await expect
      .poll(() =>
        message.locator('img').evaluateAll((all: HTMLImageElement[]) => all.map((i) => i.naturalWidth)),
      )
      .toEqual([320, 320, 320])

    const [sent, ...others] = (await messages(example.url)).filter(({ images }) =>
      images[0]?.key.includes(user),
    )
    expect(others).toEqual([])
    const keys = sent?.images.map(({ key }) => key) ?? []
    expect((await Promise.all(keys.map(example.hashOf))).sort()).toEqual(
      photos.map(({ buffer }) => hash(buffer)).sort(),
    )
    // No object remains under the prefix of the tickets.
    expect((await example.objects(user)).map(({ key }) => key).sort()).toEqual([...keys].sort())
  })

  test('the page refuses a file that is too large or has a wrong type, shows why, and sends no request', async () => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`))
    await choose([
      { name: 'huge.png', mimeType: 'image/png', buffer: Buffer.alloc(2_000_001) },
      { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(10) },
    ])
    const refused = page.getByRole('list', { name: 'Files that were not added' }).getByRole('listitem')
    await refused.filter({ hasText: 'huge.png' }).getByText('Larger than 2 MB.').waitFor()
    await refused.filter({ hasText: 'notes.pdf' }).getByText('This type of file is not accepted.').waitFor()
    await page.getByText('0 of 0 uploaded').waitFor()
    expect(asked.filter((request) => !request.startsWith('GET'))).toEqual([])
  })

  test('an upload that storage refuses is an error, is not in the message, and can be retried', async () => {
    await spoilTicket(page, 2)
    const photos = await threePhotos(page)
    await choose(photos)
    await page.getByText('2 of 3 uploaded').waitFor()
    const failed = page.locator('[data-part=item][data-status=error]')
    await failed.waitFor()
    expect(await send().isDisabled()).toBe(true)
    expect(await example.objects(user)).toHaveLength(2)
    await subject.afterFailure?.(example.url, user)

    await tryAgain(page, photos)
    await page.getByText('3 of 3 uploaded').waitFor()
    await send().click()
    await expect
      .poll(async () => (await messages(example.url)).filter((each) => has(each, user)))
      .toHaveLength(1)
    const [message] = (await messages(example.url)).filter((each) => has(each, user))
    expect(message?.images).toHaveLength(3)
  })

  test.each(['lost', 503] as const)(
    'a call that is %s once is retried, and the user sees no error',
    async (way) => {
      for (const { path, type } of subject.asked) {
        let times = 0
        await page.route(`**${path}`, (route, request) => {
          if (!isCall(request, type)) return route.fallback()
          times += 1
          if (times > 1) return route.fallback()
          return way === 'lost'
            ? route.abort('failed')
            : route.fulfill({ status: way, json: { message: 'no' } })
        })
      }
      await choose(await threePhotos(page))
      await page.getByText('3 of 3 uploaded').waitFor()
    },
  )

  test('a call that is refused with 403 is an error and never done', async () => {
    const [photo] = await threePhotos(page)
    for (const { path, type } of subject.asked) {
      await page.route(`**${path}`, (route, request) =>
        isCall(request, type) ? route.fulfill({ status: 403, json: { message: 'no' } }) : route.fallback(),
      )
      await choose(photo ? [photo] : [])
      await page.locator('[data-part=item][data-status=error]').waitFor()
      await page.getByText('0 of 1 uploaded').waitFor()
      await page.unroute(`**${path}`)
      await page.getByRole('button', { name: 'Remove coast.jpg' }).click()
      await page.getByText('0 of 0 uploaded').waitFor()
    }
  })

  test('removing an image deletes its object', async () => {
    const [photo] = await threePhotos(page)
    await choose(photo ? [photo] : [])
    await page.getByText('1 of 1 uploaded').waitFor()
    expect(await example.objects(user)).toHaveLength(1)
    await page.getByRole('button', { name: 'Remove coast.jpg' }).click()
    await expect.poll(() => example.objects(user)).toEqual([])
    await page.getByText('0 of 0 uploaded').waitFor()
  })

  test('files of another client that are too large, have a wrong type or do not exist are not kept', async () => {
    const ask = asking(example.url, user)
    expect((await subject.presign(ask, 'text/html')).status).toBeGreaterThanOrEqual(400)

    const { ticket } = await subject.presign(ask, 'image/png')
    if (!ticket) throw new Error('There was no ticket.')
    expect(await subject.finish(ask, ticket.key)).toBe(409)
    if (!ticket.fields) {
      const headers = { 'content-type': 'text/html' }
      expect((await fetch(ticket.url, { method: 'PUT', headers, body: 'x' })).status).toBe(403)
    }
    await upload(ticket, Buffer.alloc(2_000_001))
    expect(await subject.finish(ask, ticket.key)).toBeGreaterThanOrEqual(400)
    expect(await example.objects(user)).toEqual([])
  })

  test('a reused ticket does not change the kept image', async () => {
    const ask = asking(example.url, user)
    const { ticket } = await subject.presign(ask, 'image/png')
    if (!ticket) throw new Error('There was no ticket.')
    await upload(ticket, Buffer.alloc(10, 'first'))
    expect(await subject.finish(ask, ticket.key)).toBeLessThan(300)
    const [kept] = await example.objects(user)

    await upload(ticket, Buffer.alloc(10, 'other'))
    await subject.finish(ask, ticket.key)
    expect(await example.hashOf(kept?.key ?? '')).toBe(hash(Buffer.alloc(10, 'first')))
  })

  test('a user cannot finish the upload of another user', async () => {
    const { ticket } = await subject.presign(asking(example.url, user), 'image/png')
    if (!ticket) throw new Error('There was no ticket.')
    expect(await upload(ticket, Buffer.alloc(10))).toBeLessThan(300)
    const stranger = asking(example.url, crypto.randomUUID())
    expect(await subject.finish(stranger, ticket.key)).toBeGreaterThanOrEqual(400)
    expect(await example.objects(user)).toHaveLength(1)
  })
})

function isCall(request: Request, type: string | undefined): boolean {
  return type === undefined || request.postDataJSON()?.type === type
}

/** Returns the user that the server created when the page was opened. */
async function enter(page: Page): Promise<string> {
  const cookies = await page.context().cookies()
  return cookies.find(({ name }) => name === 'user')?.value ?? ''
}

function threePhotos(page: Page) {
  return paint(
    page,
    { name: 'coast.jpg', seed: 2, width: 320, height: 240 },
    { name: 'lake.png', seed: 5, width: 320, height: 240 },
    { name: 'hills.webp', seed: 8, width: 320, height: 240 },
  )
}

interface Message {
  readonly text: string
  readonly images: readonly { readonly key: string }[]
}

async function messages(url: string): Promise<Message[]> {
  return (await fetch(`${url}/api/messages`)).json()
}

function has({ images }: Message, user: string): boolean {
  return images.some(({ key }) => key.includes(user))
}

function asking(url: string, user: string): Ask {
  return async (path, body) => {
    const headers = { 'content-type': 'application/json', cookie: `user=${user}` }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, answer: await response.json() }
  }
}

/** Sends bytes with a ticket, as curl would. */
async function upload(
  { url, fields }: { readonly url: string; readonly fields?: Readonly<Record<string, string>> },
  bytes: Buffer<ArrayBuffer>,
) {
  if (!fields) {
    const headers = { 'content-type': 'image/png' }
    return (await fetch(url, { method: 'PUT', headers, body: bytes })).status
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([bytes]))
  return (await fetch(url, { method: 'POST', body: form })).status
}
