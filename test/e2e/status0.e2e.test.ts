import { PutBucketCorsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import type { UploadErrorCode } from 'putaway'
import { corsRule } from '../../src/protocol/cors-rule.ts'
import { bodyOf } from '../harness/browsers/request-body.ts'
import { startBrowserFixture } from '../harness/browser-fixture.ts'
import type { UploadPage, BrowserFixture } from '../harness/browser-fixture.ts'

// Every failure that a browser hides from the page: the text for users, the developer message, and the effect of a retry.

const textOf = (code: UploadErrorCode) => new UploadError(code, { phase: 'uploading' }).text
const sent = ['PutObject', 'confirm', 'CopyObject']
const nine = Array.from({ length: 9 }, () => 'PutObject')

let rig: BrowserFixture
let guest: UploadPage
beforeAll(async () => {
  rig = await startBrowserFixture({ environment: 'test' })
  rig.asked()
})
afterAll(() => rig.close())
afterEach(async () => {
  rig.gate.clear()
  await guest.leave()
  rig.asked()
})

/** With the fault fixed, a retry sends only the file. */
async function succeedsAfterRetry(asked: readonly string[] = sent) {
  rig.gate.clear()
  rig.asked()
  await guest.retry.click()
  await expect.poll(guest.outcome).toBe('Uploaded')
  expect(rig.asked()).toEqual(asked)
}

/** The developer message contains no signature, and ends with a link to the docs. */
async function expectDeveloperMessage(code: UploadErrorCode, ...parts: readonly (string | RegExp)[]) {
  const said = await guest.said()
  expect(said).toMatchObject({ code, phase: 'uploading' })
  for (const part of parts) expect(said.message).toMatch(part)
  expect(said.message).toMatch(new RegExp(`docs/errors\\.md#${code}\\.$`))
  expect([said.message, ...guest.warned].join(' ')).not.toContain('X-Amz')
  return said.message ?? ''
}

describe('a connection', () => {
  const breaks = [
    ['is reset before the first byte', { way: 'reset', after: 0 }],
    ['is reset in the middle of the body', { way: 'reset', after: 1 }],
    ['is closed without an answer', { way: 'close' }],
  ] as const

  test.each(breaks)('retries a connection that %s', async (_name, rule) => {
    guest = await rig.visit('put')
    rig.gate.add({ operation: 'PutObject', times: 3, ...rule })
    await guest.choose('a.txt', 3_000_000)
    expect(await guest.outcome()).toBe('Uploaded')
    expect(rig.asked().filter((each) => each === 'confirm')).toHaveLength(1)
  })

  test.each(breaks)(
    'a connection that always %s is distinguished from a missing CORS rule',
    async (_name, rule) => {
      guest = await rig.visit('put')
      rig.gate.add({ operation: 'PutObject', ...rule })
      await guest.choose('a.txt', 3_000_000)
      expect(await guest.outcome()).toBe(textOf('network'))
      await expectDeveloperMessage('network', /answers this page, but the connection broke every time/)
      expect(guest.warned).toEqual([])
      await succeedsAfterRetry()
    },
  )

  test('a silent connection is aborted, retried, and finally an error', async () => {
    guest = await rig.visit('put', { patience: '300', retries: '1' })
    rig.gate.add({ operation: 'PutObject', way: 'silence' })
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('stalled'))
    await expectDeveloperMessage('stalled')
    expect(rig.asked()).toEqual(['presign', 'PutObject', 'PutObject'])
    await succeedsAfterRetry()
  })

  test('a connection to a stopped server is a lost connection', async () => {
    guest = await rig.visit('put')
    await guest.page.route(`${rig.gate.endpoint}/**`, (each) => each.abort('connectionrefused'))
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('network'))
    await expectDeveloperMessage('network', /127\.0\.0\.1:\d+ did not answer/)
    await guest.page.unroute(`${rig.gate.endpoint}/**`)
    await succeedsAfterRetry()
  })
})

test('an upload waits while the device is offline, and continues automatically', async () => {
  guest = await rig.visit('put')
  const { promise: isSent, resolve } = withResolvers()
  rig.gate.add({ operation: 'PutObject', times: 1, way: 'hold', until: new Promise(() => {}), held: resolve })
  await guest.choose('a.txt', 3_000_000)
  await isSent
  await guest.page.context().setOffline(true)
  rig.gate.cut()
  expect(await guest.page.evaluate(() => navigator.onLine)).toBe(false)
  expect(await guest.row.locator('[data-status="error"]').count()).toBe(0)
  await guest.page.context().setOffline(false)
  expect(await guest.outcome()).toBe('Uploaded')
  expect(rig.asked()).toEqual(['presign', 'PutObject', ...sent])
})

describe('storage', () => {
  test('storage without CORS is a problem of the service, and the console shows the rule once', async () => {
    guest = await rig.visit('put')
    for (const operation of ['Preflight', 'PutObject', 'GetObject']) {
      rig.gate.add({ operation, way: 'hide', header: /^access-control-/ })
    }
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    const message = await expectDeveloperMessage(
      'cors',
      /"AllowedOrigins":\["http/,
      /"ExposeHeaders":\["ETag","x-amz-request-id"\]/,
    )
    expect(guest.warned).toEqual([`putaway: ${message}`])
    // The preflight fails: the file is never sent.
    expect(rig.asked()).toEqual(['presign'])
    await guest.retry.click()
    await expect.poll(guest.outcome).toBe(textOf('cors'))
    expect(guest.warned).toHaveLength(1)
    await succeedsAfterRetry()
  })

  test('storage whose CORS rule names another origin is a problem of the service', async () => {
    const rules = (origin: string) =>
      rig.client.send(
        new PutBucketCorsCommand({
          Bucket: rig.bucket,
          CORSConfiguration: { CORSRules: [corsRule([origin])] },
        }),
      )
    await rules('https://somebody.else.test')
    guest = await rig.visit('put')
    rig.asked()
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    await expectDeveloperMessage('cors', /CORS rule does not allow http:\/\/127\.0\.0\.1:\d+/)
    expect(rig.asked()).toEqual(['presign'])
    await rules('http://127.0.0.1:*')
    await succeedsAfterRetry()
  })

  test.each([405, 501])(
    'storage that hides its missing POST from the page is distinguished from a broken connection: %i',
    async (status) => {
      guest = await rig.visit('post')
      rig.gate.add({ operation: 'PostObject', way: 'answer', status, cors: false })
      await guest.choose('a.txt', 1000)
      expect(await guest.outcome()).toBe(textOf('cors'))
      const message = await expectDeveloperMessage(
        'cors',
        /hides its answer to POST/,
        /s3Storage\(\{ post: false \}\)/,
      )
      expect(guest.warned).toEqual([`putaway: ${message}`])
    },
  )

  test.each([301, 307])(
    'storage that redirects with %i to a host without CORS is a problem of the service',
    async (status) => {
      guest = await rig.visit('put')
      const headers = { location: 'http://127.0.0.1:9/elsewhere' }
      for (const operation of ['Preflight', 'PutObject', 'GetObject']) {
        rig.gate.add({ operation, way: 'answer', status, headers, cors: false })
      }
      await guest.choose('a.txt', 1000)
      expect(await guest.outcome()).not.toBe('Uploaded')
      // A page cannot distinguish this redirect from a broken connection; only one that CORS permits is visible.
      expect(['cors', 'network']).toContain((await guest.said()).code)
      await succeedsAfterRetry()
    },
  )

  test('a redirect of storage that CORS lets the page see is reported as one', async () => {
    guest = await rig.visit('put')
    // The server of the page sends no CORS headers. Firefox never ends a request that is redirected to a blocked port.
    const headers = { location: `${rig.url}/elsewhere` }
    for (const operation of ['PutObject', 'GetObject']) {
      rig.gate.add({ operation, way: 'answer', status: 307, headers })
    }
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    await expectDeveloperMessage('cors', /redirects, and an upload cannot follow a redirect/)
    expect(rig.asked().slice(0, 10)).toEqual(['presign', ...nine])
    await succeedsAfterRetry()
  })

  test.each(['put', 'post', 'multipart'] as const)('storage that hides ETag accepts a %s', async (kind) => {
    guest = await rig.visit(kind)
    for (const operation of ['PutObject', 'PostObject', 'UploadPart']) {
      rig.gate.add({ operation, way: 'hide', header: /^access-control-expose-headers$/ })
    }
    const errors: string[] = []
    guest.page.on('console', (each) => each.type() === 'error' && errors.push(each.text()))
    await guest.choose('a.txt', kind === 'multipart' ? 11_000_000 : 1000)
    expect(await guest.outcome()).toBe('Uploaded')
    expect(errors).toEqual([])
  })
})

describe('requests that the browser blocks', () => {
  test('a request blocked by a content blocker is explained to the user', async () => {
    guest = await rig.visit('put')
    const address = `${rig.gate.endpoint}/${rig.bucket}/**`
    await guest.page.route(address, (each) => each.abort('blockedbyclient'))
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toMatch(/blocks the upload, for example an ad blocker/)
    await expectDeveloperMessage('network', /a browser extension \(for example an ad blocker\)/)
    expect(rig.asked()).toEqual(['presign'])
    await guest.page.unroute(address)
    await succeedsAfterRetry()
  })

  test("a request blocked by the page's Content-Security-Policy names the directive to developers at once", async () => {
    guest = await rig.visit('put')
    await guest.page.route(/\?route=/, async (each) => {
      const answer = await each.fetch()
      const headers = { ...answer.headers(), 'content-security-policy': "connect-src 'self'" }
      await each.fulfill({ response: answer, headers })
    })
    await guest.page.reload()
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    const message = await expectDeveloperMessage(
      'cors',
      /Content-Security-Policy .* to connect-src/,
      rig.gate.endpoint,
    )
    expect(guest.warned).toEqual([`putaway: ${message}`])
    expect(rig.asked()).toEqual(['presign'])
  })

  test('a request blocked as mixed content is reported', async () => {
    guest = await rig.visit('put')
    const { host } = new URL(rig.gate.endpoint)
    const { page } = guest
    await page.route('https://app.test/**', async (each) => {
      const request = each.request()
      const answer = await each.fetch({
        url: request.url().replace('https://app.test', rig.url),
        postData: bodyOf(request),
      })
      const text = (await answer.body()).toString()
      // The ticket names a host other than localhost, which browsers treat as secure.
      const isTicket = request.url().includes('/api/')
      await each.fulfill({
        response: answer,
        ...(isTicket && { body: text.replaceAll(host, 's3.test:9000') }),
      })
    })
    await page.goto('https://app.test/?route=put')
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    await expectDeveloperMessage('cors', /block mixed content. Presign with an https endpoint/)
    expect(rig.asked()).toEqual(['presign'])
  })
})

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((keep) => (resolve = keep))
  return { promise, resolve }
}
