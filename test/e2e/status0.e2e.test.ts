import { createHash } from 'node:crypto'
import { mkdtemp, rm, truncate, appendFile, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutBucketCorsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UploadError } from 'putaway/core'
import type { UploadErrorCode } from 'putaway'
import { corsRule } from '../../demo/bucket.ts'
import { openRig } from './rig/rig.ts'
import type { Guest, Rig } from './rig/rig.ts'

// Every way in which a browser tells a page nothing: what people read, what developers read, and what a retry does.

const textOf = (code: UploadErrorCode) => new UploadError(code, { phase: 'uploading' }).text
const sent = ['PutObject', 'confirm', 'CopyObject']
const nine = Array.from({ length: 9 }, () => 'PutObject')

let rig: Rig
let guest: Guest
let folder: string
beforeAll(async () => {
  rig = await openRig()
  rig.asked()
  folder = await mkdtemp(join(tmpdir(), 'putaway-status0-'))
})
afterAll(async () => {
  await rig.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  rig.gate.clear()
  await guest.leave()
  rig.asked()
})

/** Whatever was wrong is right again: a retry sends the file and nothing else. */
async function mendsByRetry(asked: readonly string[] = sent) {
  rig.gate.clear()
  rig.asked()
  await guest.retry.click()
  await expect.poll(guest.outcome).toBe('Uploaded')
  expect(rig.asked()).toEqual(asked)
}

/** Nothing of a signature is in what developers see, and it ends with where to read on. */
async function saysToDevelopers(code: UploadErrorCode, ...parts: readonly (string | RegExp)[]) {
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

  test.each(breaks)('that %s is made again', async (_name, rule) => {
    guest = await rig.visit('put')
    rig.gate.add({ operation: 'PutObject', times: 3, ...rule })
    await guest.choose('a.txt', 3_000_000)
    expect(await guest.outcome()).toBe('Uploaded')
    expect(rig.asked().filter((each) => each === 'confirm')).toHaveLength(1)
  })

  test.each(breaks)('that always %s is told apart from a missing CORS rule', async (_name, rule) => {
    guest = await rig.visit('put')
    rig.gate.add({ operation: 'PutObject', ...rule })
    await guest.choose('a.txt', 3_000_000)
    expect(await guest.outcome()).toBe(textOf('network'))
    await saysToDevelopers('network', /answers this page, but the connection broke every time/)
    expect(guest.warned).toEqual([])
    await mendsByRetry()
  })

  test('that falls silent is given up, made again, and in the end an error', async () => {
    guest = await rig.visit('put', { patience: '300', retries: '1' })
    rig.gate.add({ operation: 'PutObject', way: 'silence' })
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('stalled'))
    await saysToDevelopers('stalled')
    expect(rig.asked()).toEqual(['presign', 'PutObject', 'PutObject'])
    await mendsByRetry()
  })

  test('to a server that is gone is a lost connection', async () => {
    guest = await rig.visit('put')
    await guest.page.route(`${rig.gate.endpoint}/**`, (each) => each.abort('connectionrefused'))
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('network'))
    await saysToDevelopers('network', /127\.0\.0\.1:\d+ did not answer/)
    await guest.page.unroute(`${rig.gate.endpoint}/**`)
    await mendsByRetry()
  })
})

test('an upload waits while the device is offline, and goes on by itself', async () => {
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
  test('without CORS is a problem of the service, and the console shows the rule once', async () => {
    guest = await rig.visit('put')
    for (const operation of ['Preflight', 'PutObject', 'GetObject']) {
      rig.gate.add({ operation, way: 'hide', header: /^access-control-/ })
    }
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    const message = await saysToDevelopers('cors', /"AllowedOrigins":\["http/, /"ExposeHeaders":\["ETag"\]/)
    expect(guest.warned).toEqual([`putaway: ${message}`])
    // The preflight fails: the file itself never leaves.
    expect(rig.asked()).toEqual(['presign'])
    await guest.retry.click()
    await expect.poll(guest.outcome).toBe(textOf('cors'))
    expect(guest.warned).toHaveLength(1)
    await mendsByRetry()
  })

  test('whose rule names another origin is the same', async () => {
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
    await saysToDevelopers('cors', /CORS rule does not allow http:\/\/127\.0\.0\.1:\d+/)
    expect(rig.asked()).toEqual(['presign'])
    await rules('http://127.0.0.1:*')
    await mendsByRetry()
  })

  test.each([405, 501])(
    'that hides from the page that it has no POST is told apart from a broken connection: %i',
    async (status) => {
      guest = await rig.visit('post')
      rig.gate.add({ operation: 'PostObject', way: 'answer', status, cors: false })
      await guest.choose('a.txt', 1000)
      expect(await guest.outcome()).toBe(textOf('cors'))
      const message = await saysToDevelopers(
        'cors',
        /hides its answer to POST/,
        /s3Storage\(\{ post: false \}\)/,
      )
      expect(guest.warned).toEqual([`putaway: ${message}`])
    },
  )

  test.each([301, 307])(
    'that redirects with %i to where no CORS is, is a problem of the service',
    async (status) => {
      guest = await rig.visit('put')
      const headers = { location: 'http://127.0.0.1:9/elsewhere' }
      for (const operation of ['Preflight', 'PutObject', 'GetObject']) {
        rig.gate.add({ operation, way: 'answer', status, headers, cors: false })
      }
      await guest.choose('a.txt', 1000)
      expect(await guest.outcome()).not.toBe('Uploaded')
      // Such a redirect looks to a page like any broken connection; only one that CORS lets through can be told.
      expect(['cors', 'network']).toContain((await guest.said()).code)
      await mendsByRetry()
    },
  )

  test('that redirects where CORS lets the page see it is told so', async () => {
    guest = await rig.visit('put')
    const headers = { location: 'http://127.0.0.1:9/elsewhere' }
    for (const operation of ['PutObject', 'GetObject']) {
      rig.gate.add({ operation, way: 'answer', status: 307, headers })
    }
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    await saysToDevelopers('cors', /redirects, and an upload cannot follow a redirect/)
    expect(rig.asked().slice(0, 10)).toEqual(['presign', ...nine])
    await mendsByRetry()
  })

  test.each(['put', 'post', 'multipart'] as const)(
    'that hides ETag takes a %s all the same',
    async (kind) => {
      guest = await rig.visit(kind)
      for (const operation of ['PutObject', 'PostObject', 'UploadPart']) {
        rig.gate.add({ operation, way: 'hide', header: /^access-control-expose-headers$/ })
      }
      const errors: string[] = []
      guest.page.on('console', (each) => each.type() === 'error' && errors.push(each.text()))
      await guest.choose('a.txt', kind === 'multipart' ? 11_000_000 : 1000)
      expect(await guest.outcome()).toBe('Uploaded')
      expect(errors).toEqual([])
    },
  )
})

describe('the browser does not let it out', () => {
  test('because a content blocker is against it: people hear of that', async () => {
    guest = await rig.visit('put')
    const address = `${rig.gate.endpoint}/${rig.bucket}/**`
    await guest.page.route(address, (each) => each.abort('blockedbyclient'))
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toMatch(/blocks the upload, for example an ad blocker/)
    await saysToDevelopers('network', /a browser extension \(for example an ad blocker\)/)
    expect(rig.asked()).toEqual(['presign'])
    await guest.page.unroute(address)
    await mendsByRetry()
  })

  test('because of the page’s own Content-Security-Policy: developers hear of the directive, at once', async () => {
    guest = await rig.visit('put')
    await guest.page.route(/\?route=/, async (each) => {
      const answer = await each.fetch()
      const headers = { ...answer.headers(), 'content-security-policy': "connect-src 'self'" }
      await each.fulfill({ response: answer, headers })
    })
    await guest.page.reload()
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    const message = await saysToDevelopers(
      'cors',
      /Content-Security-Policy .* to connect-src/,
      rig.gate.endpoint,
    )
    expect(guest.warned).toEqual([`putaway: ${message}`])
    expect(rig.asked()).toEqual(['presign'])
  })

  test('because the page is from https and storage is not', async () => {
    guest = await rig.visit('put')
    const { host } = new URL(rig.gate.endpoint)
    const { page } = guest
    await page.route('https://app.test/**', async (each) => {
      const answer = await each.fetch({ url: each.request().url().replace('https://app.test', rig.url) })
      const text = (await answer.body()).toString()
      // The ticket names a host that is not this machine's own: that one counts as safe.
      const isTicket = each.request().url().includes('/api/')
      await each.fulfill({
        response: answer,
        ...(isTicket && { body: text.replaceAll(host, 's3.test:9000') }),
      })
    })
    await page.goto('https://app.test/?route=put')
    await guest.choose('a.txt', 1000)
    expect(await guest.outcome()).toBe(textOf('cors'))
    await saysToDevelopers('cors', /block mixed content. Presign with an https endpoint/)
    expect(rig.asked()).toEqual(['presign'])
  })
})

describe('a file on the disk', () => {
  const large = 30_000_000
  const changes = [
    ['vanishes', (path: string) => rm(path)],
    ['is cut', (path: string) => truncate(path, 10)],
    ['grows', (path: string) => appendFile(path, 'and more')],
    [
      'is written anew',
      async (path: string, size: number) => {
        await writeFile(path, Buffer.alloc(size, 'b'))
        await utimes(path, new Date(), new Date(Date.now() + 60_000))
      },
    ],
  ] as const
  const sizes = [large, 30_000]
  const both = changes.flatMap(([name, change]) => sizes.map((size) => ({ name, change, size })))

  test.each(both)(
    'of $size bytes that $name before it is sent is said to be unreadable',
    async ({ change, size }) => {
      guest = await rig.visit('put')
      const path = join(folder, 'before.bin')
      await writeFile(path, Buffer.alloc(size, 'a'))
      await utimes(path, new Date(), new Date(Date.now() - 60_000))
      const { promise: mayPresign, resolve: letOn } = withResolvers()
      await guest.page.route('**/api/uploads', async (each) => {
        await mayPresign
        await each.continue()
      })
      await guest.input.setInputFiles(path)
      await change(path, size)
      letOn()
      expect(await guest.outcome()).toBe(textOf('unreadable'))
      await saysToDevelopers('unreadable')
      expect(rig.isStored('before.bin')).toBe(false)
    },
  )

  test.each(both)(
    'of $size bytes that $name while it is sent never arrives as something else',
    async (each) => {
      const { name, change, size } = each
      guest = await rig.visit('put')
      const path = join(folder, `${name}.bin`)
      await writeFile(path, Buffer.alloc(size, 'a'))
      await utimes(path, new Date(), new Date(Date.now() - 60_000))
      const { promise: until, resolve: letOn } = withResolvers()
      const isHeld = new Promise<void>((held) =>
        rig.gate.add({ operation: 'PutObject', times: 1, way: 'hold', until, held }),
      )
      await guest.input.setInputFiles(path)
      await isHeld
      await change(path, size)
      letOn()
      const outcome = await guest.outcome()
      // A small one has been read as a whole; and what was opened can be read to its end on Linux, though it is gone.
      if (size < large || (name === 'vanishes' && outcome === 'Uploaded')) {
        expect(outcome).toBe('Uploaded')
        expect(await rig.hashOf(`${name}.bin`)).toBe(
          createHash('sha256').update(Buffer.alloc(size, 'a')).digest('hex'),
        )
        return
      }
      expect(outcome).toBe(textOf('unreadable'))
      await saysToDevelopers('unreadable')
      expect(rig.isStored(`${name}.bin`)).toBe(false)
    },
  )
})

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((keep) => (resolve = keep))
  return { promise, resolve }
}
