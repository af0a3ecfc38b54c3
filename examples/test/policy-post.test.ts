import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { paint } from '../../test/harness/photos.ts'
import { launchChromium } from '../../test/harness/chromium.ts'
import { startExample } from './example.ts'
import type { Example } from './example.ts'

let browser: Browser
let example: Example
let page: Page
beforeAll(async () => {
  browser = await launchChromium()
  example = await startExample('2-policy-post', { S3_BUCKET: 'album' })
})
afterAll(async () => {
  await browser.close()
  await example.stop()
})
beforeEach(async () => {
  page = await (await browser.newContext()).newPage()
  await page.goto(example.url)
  await page.getByText('0 of 0 uploaded').waitFor()
})

test('an upload whose confirm answers 401 is deleted, and a retry after the sign-in uploads it again', async () => {
  const user = (await page.context().cookies()).find(({ name }) => name === 'user')?.value ?? ''
  const calls: string[] = []
  page.on('request', (request) => {
    const [, call] = /\/api\/uploads(?:\/[^/]+\/(\w+))?$/.exec(new URL(request.url()).pathname) ?? []
    if (request.method() === 'POST' && request.url().startsWith(example.url)) calls.push(call ?? 'presign')
  })
  await page.route('**/api/uploads/*/completed', (route) =>
    route.fulfill({ status: 401, json: { message: 'Sign in again.' } }),
  )
  const [photo] = await paint(page, { name: 'coast.jpg', seed: 2, width: 320, height: 240 })
  await page.locator('input[type=file]').setInputFiles(photo ? [photo] : [])
  await page.locator('[data-part=item][data-status=error]').waitFor()
  // The answer to `failed` says that the backend deleted the bytes.
  await expect.poll(() => calls).toEqual(['presign', 'completed', 'failed'])
  await expect.poll(() => example.objects(user)).toEqual([])

  await page.unroute('**/api/uploads/*/completed')
  await page.getByRole('button', { name: 'Retry coast.jpg' }).click()
  await page.getByText('1 of 1 uploaded').waitFor()
  expect(calls).toEqual(['presign', 'completed', 'failed', 'presign', 'completed'])
  expect(await example.objects(user)).toHaveLength(1)
})
