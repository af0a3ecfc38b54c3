import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../../test/harness/chromium.ts'
import { paint } from '../../test/harness/photos.ts'
import { hash, startExample } from './example.ts'
import type { Example } from './example.ts'

let browser: Browser
let example: Example
beforeAll(async () => {
  ;[browser, example] = await Promise.all([
    launchChromium(),
    startExample('10-clamav', { S3_BUCKET: 'clamav' }),
  ])
})
afterAll(async () => {
  signalClamd('SIGCONT')
  await Promise.all([browser?.close(), example?.stop()])
})

/** Stops all scans (SIGSTOP), as a busy clamd does, or lets them go on (SIGCONT). */
function signalClamd(signal: 'SIGSTOP' | 'SIGCONT') {
  process.kill(Number(/clamd has the process id (\d+)/.exec(example.said())?.[1]), signal)
}

/** The test file of EICAR, from two parts, so that no scanner finds it in this repository. */
const eicar = {
  name: 'eicar.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from(
    String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`.concat('-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'),
  ),
}

async function openPage(query = ''): Promise<Page> {
  const context = await browser.newContext()
  // After a restart the page asks again with a back-off, and a busy machine needs longer to start the backend.
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  await page.goto(example.url + query)
  return page
}

const choose = (page: Page, files: Parameters<Page['setInputFiles']>[1]) =>
  page.locator('input[type=file]').setInputFiles(files)

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Documents' }).getByRole('listitem').filter({ hasText: name })

/** Stops the backend as a crash does, and returns when the next one runs. */
async function restartBackend() {
  const ids = () =>
    Array.from(example.said().matchAll(/backend has the process id (\d+)/g), ([, id]) => Number(id))
  const count = ids().length
  process.kill(ids().at(-1) ?? 0, 'SIGKILL')
  await expect.poll(() => ids().length).toBe(count + 1)
}

/** The handler deletes the object of the upload after its answer. */
const expectNothingPrivate = () =>
  expect.poll(() => example.objects('uploads/'), { timeout: 10_000 }).toEqual([])

test('a virus is refused after the check, and a clean photo passes, also when the backend restarts meanwhile', async () => {
  const page = await openPage()
  const [photo] = await paint(page, { name: 'coast.jpg', seed: 2, width: 320, height: 240 })
  if (!photo) return expect.fail('There is no photo.')
  signalClamd('SIGSTOP')
  await choose(page, [photo, eicar])
  await row(page, 'coast.jpg').getByText('Checking').waitFor()
  await row(page, 'eicar.txt').getByText('Checking').waitFor()
  expect(await example.objects('files/')).toEqual([])

  await restartBackend()
  signalClamd('SIGCONT')
  // The second text, if the job ended the upload before the page asked.
  await row(page, 'eicar.txt')
    .getByText(/This file (has a virus|was refused)\./)
    .waitFor()
  await row(page, 'coast.jpg').getByText('Uploaded').waitFor()
  await expectNothingPrivate()
  const [stored, ...others] = await example.objects()
  expect(others).toEqual([])
  expect(await example.hashOf(stored?.key ?? '')).toBe(hash(photo.buffer))
  expect(stored?.key).toMatch(/^files\/.*coast\.jpg$/)
  await page.context().close()
}, 180_000)

test('a saved form ends its uploads without the page, also when the backend restarts meanwhile', async () => {
  const page = await openPage('/#later')
  const [photo] = await paint(page, { name: 'lake.jpg', seed: 3, width: 320, height: 240 })
  if (!photo) return expect.fail('There is no photo.')
  signalClamd('SIGSTOP')
  await choose(page, [photo, eicar])
  await row(page, 'lake.jpg').getByText('Uploaded').waitFor()
  await row(page, 'eicar.txt').getByText('Uploaded').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  const saved = page.getByRole('list', { name: 'Saved documents' })
  await saved.getByText('lake.jpg: checking').waitFor()
  await saved.getByText('eicar.txt: checking').waitFor()
  const context = page.context()
  await page.close()
  await restartBackend()
  signalClamd('SIGCONT')

  const again = await context.newPage()
  await again.goto(`${example.url}/#later`)
  await again.getByText('lake.jpg: ready').waitFor()
  await again.getByText('eicar.txt: refused').waitFor()
  expect(await example.objects('lake.jpg')).toHaveLength(1)
  await expectNothingPrivate()
  await context.close()
}, 180_000)
