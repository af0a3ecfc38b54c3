import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bodyOf } from '../harness/browsers/request-body.ts'
import { bytes } from '../harness/s3-fixture.ts'
import { startMistakeSite } from './mistakes/site.ts'
import type { MistakeSite } from './mistakes/site.ts'

// Mistakes that developers make in their first hour. For each: the text on the page, and the sentence in the console.

let site: MistakeSite
let folder: string
const table: (readonly [mistake: string, page: string, console: string, seconds: string])[] = []
beforeAll(async () => {
  site = await startMistakeSite()
  folder = await mkdtemp(join(tmpdir(), 'putaway-mistakes-'))
})
afterAll(async () => {
  console.log(
    table
      .map(
        ([mistake, page, said, seconds], index) =>
          `| ${index + 1} | ${mistake} | ${page} | ${said} | ${seconds} |`,
      )
      .join('\n'),
  )
  await site.close()
  await rm(folder, { recursive: true, force: true })
})

interface Mistake {
  readonly id: string
  /** The text on the page when the console has its sentence, or soon after. Undefined: React removes the page. */
  readonly page?: RegExp
  readonly console: RegExp
  /** The line in the console of the server. */
  readonly server?: RegExp
  readonly query?: () => Record<string, string> | Promise<Record<string, string>>
  readonly prepare?: (page: Page) => Promise<unknown>
  readonly file?: { readonly name: string; readonly mimeType: string; readonly buffer: Buffer } | 'on disk'
}

const problem = /The service has a problem/
const pending = /Trying again…|The connection was lost/
const photo = { name: 'beach.png', mimeType: 'image/png', buffer: Buffer.from(bytes) }

/** The page fails at its first render. */
const atRender: readonly Mistake[] = [
  { id: 'no-provider', console: /No <UploadProvider> above\. Wrap your app/ },
  { id: 'no-endpoints', console: /UploadProvider needs `endpoints`\. It is undefined/ },
  { id: 'empty-endpoints', console: /UploadProvider needs `endpoints`\. It is ""/ },
  { id: 'no-presign', console: /UploadProvider needs `endpoints`\. .* function presign/ },
  { id: 'wrong-max-size', console: /option maxSize is wrong\. "5 megabytes" is not a size/ },
  { id: 'wrong-accept', console: /option accept is wrong\. accept has "jpg"/ },
  { id: 'wrong-max-files', console: /option maxFiles is wrong\. It is -1/ },
  { id: 'wrong-retry', console: /option retry is wrong\. It is 3/ },
  { id: 'options-as-text', console: /are "photos"\. Pass an object: { route: "photos" }/ },
  {
    id: 'two-copies',
    console: /Several copies of putaway are on this page.*npm ls putaway/,
    query: () => ({ copy: '/copy.js' }),
  },
]

/** The page renders, and is wrong. */
const onPage: readonly Mistake[] = [
  { id: 'no-styles', page: /Photos/, console: /no styles for its components: import "putaway\/styles\.css"/ },
  { id: 'dark-page', page: /Photos/, console: /add ":root \{ color-scheme: light dark \}" to your CSS/ },
  {
    id: 'stored-image-gone',
    page: /Image not available/,
    console: /"beach\.jpg" did not load from \/api\/gone\.jpg\. Open/,
  },
  {
    id: 'stored-url-expired',
    page: /Image not available/,
    console: /"beach\.jpg" did not load from http.* signature expires\. Save the key/,
    query: () => ({ target: `${site.storage}/uploads/files/beach.jpg` }),
  },
]

/** The upload fails. */
const onUpload: readonly Mistake[] = [
  { id: 'wrong-url', page: problem, console: /not-found while starting: .*\/api\/wrong-url answered 404/ },
  {
    id: 'html',
    page: problem,
    console: /answered an HTML page\. Is the URL right, and is somebody signed in/,
  },
  {
    id: 'login-redirect',
    page: problem,
    console: /answered an HTML page\. Is the URL right, and is somebody/,
  },
  {
    id: 'status-500',
    page: pending,
    console: /A request failed, and is retried\. .*status-500 answered 500/,
  },
  {
    id: 'status-502',
    page: pending,
    console: /A request failed, and is retried\. .*status-502 answered 502/,
  },
  { id: 'status-401', page: /Please sign in\./, console: /unauthorized while starting: .* answered 401/ },
  { id: 'wrong-json', page: problem, console: /The answer to presign is wrong at "tickets"/ },
  { id: 'no-ticket', page: problem, console: /The answer to presign lacks one of the requested files/ },
  {
    id: 'wrong-ticket',
    page: problem,
    console: /The answer to presign is wrong at "ticket\.url": expected/,
  },
  { id: 'backend-hangs', page: /Starting/, console: /presign has not answered for 4 seconds.*toNodeHandler/ },
  {
    id: 'node-without-adapter',
    page: pending,
    console: /node-without-adapter answered 500/,
    server: /takes a Request\. With Express, NestJS and node:http adapt it/,
  },
  { id: 'presign-hangs', page: /Starting/, console: /presign has not answered for 4 seconds/ },
  {
    id: 'backend-down',
    page: pending,
    console:
      /the backend at http:\/\/127\.0\.0\.1:9\/api did not answer\. It is down, unreachable, or blocked by CORS/,
    query: () => ({ endpoints: 'http://127.0.0.1:9/api' }),
  },
  {
    id: 'backend-of-other-origin',
    page: pending,
    console:
      /the backend at http:\/\/localhost.* did not answer\. It is down, unreachable, or blocked by CORS/,
    query: () => ({ endpoints: `${site.url.replace('127.0.0.1', 'localhost')}/api/fine` }),
  },
  {
    id: 'nobody-is-signed-in',
    page: /Please sign in\./,
    console: /unauthorized while starting: .*authorize of route "photos" returned no user/,
  },
  { id: 'forbidden', page: /permission/, console: /forbidden while starting/ },
  {
    id: 'authorize-throws',
    page: pending,
    console: /The backend failed\. Its log or its onError has the reason/,
    server: /presign failed\. Error: photos\.insert is not a function/,
  },
  {
    id: 'on-confirm-throws',
    page: pending,
    console: /The backend failed\. Its log or its onError has the reason/,
    server: /confirm failed\. Error: photos\.insert is not a function/,
  },
  { id: 'schema-refuses-meta', page: /Choose an album/, console: /rejected while starting: .*album/ },
  { id: 'no-route-of-that-name', page: problem, console: /This endpoint has no route "fotos"/ },
  { id: 'no-route-named', page: problem, console: /this endpoint has several: pass `route`/ },
  { id: 'too-large-for-route', page: /Larger than 10 bytes/, console: /this route accepts at most 10/ },
  {
    id: 'presign-throws',
    page: /Something went wrong/,
    console: /unknown while starting: .*Caused by TypeError/s,
  },
  { id: 'presign-returns-nothing', page: problem, console: /invalid-answer while starting: .*undefined/ },
  {
    id: 'presign-returns-no-url',
    page: problem,
    console: /invalid-answer while starting: .*"ticket\.url": expected/,
  },
  {
    id: 'prepare-throws',
    page: /Something went wrong/,
    console: /unknown while starting: .*canvas is too large/,
  },
  {
    id: 'confirm-throws',
    page: /Something went wrong/,
    console: /unknown while finishing: .*photos is not defined/,
    prepare: (page) => page.route('**/accepts', (each) => each.fulfill({ status: 200 })),
    query: () => ({ target: `${site.url}/accepts` }),
  },

  { id: 'wrong-bucket', page: pending, console: /CORS rule does not allow .*the bucket does not exist/ },
  {
    id: 'no-bucket-name',
    page: pending,
    console: /The backend failed\. Its log or its onError has the reason/,
    server: /s3Storage: bucket is empty\. Is its environment variable set/,
  },
  { id: 'wrong-region', page: problem, console: /signature while uploading: .*us-east-1/ },
  { id: 'wrong-secret-key', page: problem, console: /signature while uploading: .*SignatureDoesNotMatch/ },
  { id: 'unknown-access-key', page: problem, console: /signature while uploading: .*InvalidAccessKeyId/ },
  { id: 'no-cors', page: pending, console: /CORS rule does not allow http.*"AllowedOrigins"/ },
  { id: 'cors-of-other-origin', page: pending, console: /CORS rule does not allow http.*"AllowedOrigins"/ },
  { id: 'storage-denies', page: /permission/, console: /forbidden while uploading: .*AccessDenied/ },
  { id: 'storage-down', page: pending, console: /127\.0\.0\.1:9 did not answer/ },
  {
    id: 'clock-ahead',
    page: pending,
    console: /The backend failed\. Its log or its onError has the reason/,
    server: /the clock of this server is wrong/,
  },
  { id: 'clock-behind', page: /interrupted/, console: /expired while uploading/ },
  {
    id: 'blocked-by-policy',
    page: problem,
    console: /Content-Security-Policy blocks .* to connect-src/,
    prepare: (page) =>
      page.route(/\?mistake=/, async (each) => {
        const response = await each.fetch()
        const headers = { ...response.headers(), 'content-security-policy': "connect-src 'self' ws:" }
        await each.fulfill({ response, headers })
      }),
  },
  {
    id: 'mixed-content',
    page: problem,
    console: /An https page cannot upload to http:\/\/s3\.test:9000: browsers block mixed content/,
    prepare: (page) =>
      page.route('https://app.test/**', async (each) => {
        const request = each.request()
        const response = await each.fetch({
          url: request.url().replace('https://app.test', site.url),
          postData: bodyOf(request),
        })
        const { host } = new URL(site.storage)
        const body = (await response.body()).toString().replaceAll(host, 's3.test:9000')
        await each.fulfill({ response, ...(request.url().includes('/api/') && { body }) })
      }),
  },
  {
    id: 'file-gone',
    page: /cannot be read\. Choose it again/,
    console: /unreadable while uploading/,
    file: 'on disk',
    prepare: (page) =>
      page.route('**/api/file-gone', async (each) => {
        await rm(join(folder, photo.name), { force: true })
        await each.continue()
      }),
  },
  {
    id: 'wrong-type-of-bytes',
    page: /not accepted\. .*Use image files/,
    console: /wrong-type while finishing/,
    file: { ...photo, buffer: Buffer.from('%PDF-1.7 a document with a wrong name') },
  },
]

/** Opens the page of a mistake. Returns the console's lines with the time of each. */
async function open({ id, query, prepare }: Mistake) {
  const page = await site.pages.take()
  const lines: { readonly text: string; readonly at: number }[] = []
  const add = (text: string) => lines.push({ text, at: Date.now() })
  page.on('pageerror', (error) => add(error.message))
  page.on('console', (line) => line.text().startsWith('putaway: ') && add(line.text()))
  await prepare?.(page)
  const address = new URLSearchParams({ mistake: id, ...(await query?.()) })
  const origin = id === 'mixed-content' ? 'https://app.test' : site.url
  const start = Date.now()
  await page.goto(`${origin}/?${address.toString()}`)
  return { page, lines, start, close: () => site.pages.giveBack(page) }
}

/** Waits for the sentence in the console and for the text of the page, and adds a row to the table. */
async function expectClear(
  { id, page: text, console: sentence, server }: Mistake,
  { page, lines }: Pick<Awaited<ReturnType<typeof open>>, 'page' | 'lines'>,
  start: number,
) {
  const read = async () => (await page.locator('#root').innerText()).replaceAll(/\s+/g, ' ').trim()
  await expect.poll(() => lines.map((line) => line.text).join('\n')).toMatch(sentence)
  const line = lines.find((each) => sentence.test(each.text))
  if (text) await expect.poll(read).toMatch(text)
  if (server) expect(site.logged(id).join('\n')).toMatch(server)
  const shown = text ? (await read()).replace(/.*beach\.\w+ (67 bytes )?/, '') : '(removed by React)'
  const said = `${line?.text ?? ''}${server ? ` Server: ${site.logged(id)[0]}` : ''}`
  expect(said).not.toMatch(/X-Amz-Signature=|secret=/)
  table.push([
    id,
    shown,
    said.replace('putaway: ', '').split('\n')[0] ?? '',
    secondsOf((line?.at ?? 0) - start),
  ])
}

const secondsOf = (milliseconds: number) => (milliseconds / 1000).toFixed(1)

test.each(atRender)('$id is an error of the first render', async (mistake) => {
  const visit = await open(mistake)
  await expectClear(mistake, visit, visit.start)
  await visit.close()
})

test.each(onPage)('$id is a warning', async (mistake) => {
  const visit = await open(mistake)
  await expectClear(mistake, visit, visit.start)
  await visit.close()
})

test.each(onUpload)('$id: the page shows it, and the console says why', async (mistake) => {
  const visit = await open(mistake)
  const input = visit.page.locator('input[type=file]').first()
  await input.waitFor({ state: 'attached' })
  let { file = photo } = mistake
  if (file === 'on disk') await writeFile(join(folder, photo.name), photo.buffer)
  const start = Date.now()
  await input.setInputFiles(file === 'on disk' ? join(folder, photo.name) : file)
  await expectClear(mistake, visit, start)
  await visit.close()
})

test.each([
  ['no-secret', /secret/, () => ({ secret: undefined })],
  ['short-secret', /secret/, () => ({ secret: 'short' })],
  ['no-routes', /needs at least one route/, () => ({ routes: {} })],
  [
    'wrong-max-size-of-a-route',
    /Route "photos": maxSize is wrong/,
    () => ({ routes: { photos: { ...site.rules, maxSize: '5 megabytes' } } }),
  ],
  [
    'no-authorize',
    /Route "photos": authorize is undefined/,
    () => ({ routes: { photos: { ...site.rules, authorize: undefined } } }),
  ],
])('%s is an error when the server starts', (id, sentence, optionsOf) => {
  const said = site.startServer(optionsOf())
  expect(said).toMatch(sentence)
  table.push([id, '(the server does not start)', said, '0.0'])
})
