import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../test/harness/chromium.ts'
import { paint } from '../../test/harness/photos.ts'
import { hash, startExample } from './example.ts'
import type { Example } from './example.ts'

describe.each([
  ['8-worker', 'worker'],
  ['9-lambda', 'lambda'],
])('%s', (folder, bucket) => {
  let browser: Browser
  let example: Example
  beforeAll(async () => {
    ;[browser, example] = await Promise.all([launchChromium(), startExample(folder, { S3_BUCKET: bucket })])
  })
  afterAll(() => Promise.all([browser.close(), example.stop()]))

  test('stores a photo of the page, checked and at its final key', async () => {
    const page = await browser.newPage()
    await page.goto(example.url)
    const [photo] = await paint(page, { name: 'coast.jpg', seed: 2, width: 320, height: 240 })
    if (!photo) return expect.fail('There is no photo.')
    await page.locator('input[type=file]').setInputFiles([photo])
    await page.locator('[data-status=done]').first().waitFor()
    const [stored, ...others] = await example.objects('files/')
    expect(others).toEqual([])
    expect(await example.hashOf(stored?.key ?? '')).toBe(hash(photo.buffer))
    await page.close()
  })
})
