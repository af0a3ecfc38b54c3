import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../test/harness/chromium.ts'
import { hash, startExample } from './example.ts'
import type { Example } from './example.ts'
import { pythonMissing } from './python.ts'

/** The answers of docs/protocol.md, as far as these tests read them. */
interface Answer {
  readonly tickets: readonly { readonly id: string; readonly ticket?: Ticket; readonly error?: Refused }[]
  readonly results: readonly { readonly id: string; readonly result?: Result; readonly error?: Refused }[]
  readonly parts: readonly { readonly partNumber: number; readonly url: string }[]
  readonly ticket: Ticket
  readonly error: Refused
}
interface Ticket {
  readonly kind: string
  readonly key: string
  readonly token: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: number
}
interface Refused {
  readonly code: string
  readonly message: string
  readonly details?: object
}
interface Result {
  readonly key: string
  readonly verified: boolean
  readonly size: number
}

const title = pythonMissing === undefined ? '6-python' : `6-python (${pythonMissing})`
describe.skipIf(pythonMissing !== undefined)(title, () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('6-python', { S3_BUCKET: 'python' })
  })
  afterAll(() => example.stop())

  const photo = { id: 'a', name: 'a.png', size: 10, type: 'image/png' }
  const video = { id: 'v', name: 'film.mp4', size: 17 * 2 ** 20, type: 'video/mp4', route: 'videos' }

  async function post(user: string | undefined, body: unknown, contentType = 'application/json') {
    const response = await fetch(`${example.url}/api/uploads`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...(user !== undefined && { cookie: `user=${user}` }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const answer = (await response.json()) as Answer // the tests check what they read
    return { status: response.status, answer, cache: response.headers.get('cache-control') }
  }
  async function presigned(user: string, file = photo) {
    const { answer } = await post(user, { type: 'presign', files: [file] })
    const ticket = answer.tickets[0]?.ticket
    if (!ticket) throw new Error(`There is no ticket: ${answer.tickets[0]?.error?.message}`)
    return ticket
  }
  const put = ({ url, headers }: Ticket, bytes: string) =>
    fetch(url, { method: 'PUT', headers, body: bytes }).then(({ status }) => status)
  const confirmed = async (user: string, receipt: object) => {
    const { answer } = await post(user, { type: 'confirm', receipts: [{ id: 'a', ...receipt }] })
    return answer.results[0]
  }

  test('a file that is sent in parts is verified, stored byte for byte and once', async () => {
    const browser = await launchChromium()
    try {
      const page: Page = await browser.newPage()
      await page.goto(example.url)
      const user = (await page.context().cookies()).find(({ name }) => name === 'user')?.value ?? ''
      const calls: string[] = []
      page.on('request', (request) => {
        if (request.url().endsWith('/api/uploads')) calls.push(request.postDataJSON().type)
      })
      await page.goto(`${example.url}/?videos`)
      const buffer = Buffer.alloc(video.size, 'a film of 17 MiB. ')
      const file = { name: video.name, mimeType: video.type, buffer }
      await page.locator('input[type=file]').setInputFiles(file)
      await page.locator('output').getByText('"verified":true').waitFor()

      const { key }: Result = JSON.parse((await page.locator('output').textContent()) ?? '')
      expect(calls).toEqual(expect.arrayContaining(['presign', 'sign-parts', 'complete', 'confirm']))
      expect((await example.objects(user)).map((each) => each.key)).toEqual([key])
      expect(await example.hashOf(key)).toBe(hash(buffer))
    } finally {
      await browser.close()
    }
  })

  test('answers every file of a presign by its id, with the details of each refusal', async () => {
    const files = [
      photo,
      { ...photo, id: 'b', type: 'text/html' },
      { ...photo, id: 'c', size: 2_000_001 },
      { ...photo, id: 'd', size: 0 },
      { ...photo, id: 'e', route: 'nowhere' },
    ]
    const { status, answer, cache } = await post(randomUUID(), { type: 'presign', files })
    expect([status, cache]).toEqual([200, 'no-store'])
    expect(answer.tickets.map(({ id, error }) => [id, error?.code, error?.details])).toEqual([
      ['a', undefined, undefined],
      ['b', 'wrong-type', { accept: ['image/jpeg', 'image/png', 'image/webp'] }],
      ['c', 'too-large', { maxSize: 2_000_000 }],
      ['d', 'empty', undefined],
      ['e', 'not-found', undefined],
    ])
    expect((await post(randomUUID(), { type: 'presign', files: files.slice(4) })).status).toBe(404)
  })

  test('storage accepts only the size and type of the ticket', async () => {
    const ticket = await presigned(randomUUID())
    expect(ticket.url).toMatch(/X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost/)
    expect(await put(ticket, 'x'.repeat(11))).toBe(403)
    expect(await put({ ...ticket, headers: { 'Content-Type': 'text/html' } }, 'x'.repeat(10))).toBe(403)
    expect(await put(ticket, 'x'.repeat(10))).toBe(200)
  })

  test('confirms once, also when calls are concurrent and repeated, and refuses another ETag or checksum', async () => {
    const user = randomUUID()
    const ticket = await presigned(user)
    expect(await confirmed(user, { token: ticket.token })).toMatchObject({ error: { code: 'not-stored' } })
    for (const receipt of [
      { etag: '0'.repeat(32) },
      { checksum: { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=' } },
    ]) {
      expect(await put(ticket, 'x'.repeat(10))).toBe(200)
      expect(await confirmed(user, { token: ticket.token, ...receipt })).toMatchObject({
        error: { code: 'mismatch' },
      })
      expect(await example.objects(user)).toEqual([])
    }
    expect(await put(ticket, 'x'.repeat(10))).toBe(200)
    const receipt = { token: ticket.token, etag: null, checksum: null }
    const results = await Promise.all(Array.from({ length: 5 }, () => confirmed(user, receipt)))
    const keys = new Set([...results, await confirmed(user, receipt)].map((each) => each?.result?.key))
    expect([...keys]).toEqual([expect.stringContaining(`files/${user}/`)])
    expect((await example.objects(user)).map(({ key }) => key)).toEqual([...keys])
  })

  test('renews a ticket with the same key, and the token keeps its expiry', async () => {
    const user = randomUUID()
    const first = await presigned(user)
    const { answer } = await post(user, { type: 'renew', token: first.token })
    expect(answer.ticket).toMatchObject({ kind: 'put', key: first.key, token: first.token })
    expect(await put(answer.ticket, 'x'.repeat(10))).toBe(200)
  })

  test('discards unconfirmed files, twice without harm, keeps confirmed ones, and handles each token', async () => {
    const user = randomUUID()
    const [kept, removed, parts] = await Promise.all([
      presigned(user),
      presigned(user),
      presigned(user, video),
    ])
    await Promise.all([put(kept, 'x'.repeat(10)), put(removed, 'x'.repeat(10))])
    await confirmed(user, { token: kept.token })
    const tokens = [kept.token, removed.token, parts.token]
    for (let times = 0; times < 2; times += 1) {
      expect(await post(user, { type: 'discard', tokens })).toMatchObject({ status: 200, answer: {} })
    }
    expect(await example.objects(user)).toEqual([{ bucket: 'python', key: expect.stringMatching(/^files/) }])
    const gone = await post(user, { type: 'list-parts', token: parts.token })
    expect(gone).toMatchObject({ status: 410, answer: { error: { code: 'gone' } } })

    const last = await presigned(user)
    await put(last, 'x'.repeat(10))
    const { status } = await post(user, { type: 'discard', tokens: ['invalid', last.token] })
    expect(status).toBe(403)
    expect(await example.objects(user)).toHaveLength(1)
  })

  test('refuses to complete without every part, and to sign a part without its checksum', async () => {
    const user = randomUUID()
    const { token } = await presigned(user, video)
    expect(await post(user, { type: 'complete', token })).toMatchObject({
      status: 409,
      answer: { error: { code: 'not-stored' } },
    })
    expect((await post(user, { type: 'sign-parts', token, partNumbers: [1] })).status).toBe(400)
    const checksums = { 4: 'AAAAAAAAAAA=' }
    expect((await post(user, { type: 'sign-parts', token, partNumbers: [4], checksums })).status).toBe(400)
    expect((await post(user, { type: 'list-parts', token })).answer.parts).toEqual([])
    await post(user, { type: 'discard', tokens: [token] })
  })

  test('refuses invalid calls with the status and code of the protocol', async () => {
    const user = randomUUID()
    const { token } = await presigned(user)
    const changed = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
    const cases = [
      [await post(undefined, { type: 'presign', files: [photo] }), 401, 'unauthorized'],
      [await post(randomUUID(), { type: 'renew', token }), 403, 'forbidden'],
      [await post(user, { type: 'renew', token: changed }), 403, 'forbidden'],
      [await post(user, { type: 'renew', token: 'é' }), 403, 'forbidden'],
      [await post(user, '{'), 400, 'rejected'],
      [await post(user, '[]'), 400, 'rejected'],
      [await post(user, '['.repeat(200_000)), 400, 'rejected'],
      [await post(user, '{"type":"presign","files":[{"id":"\\ud800"}]}'), 400, 'rejected'],
      [await post(user, { type: 'nothing' }), 400, 'rejected'],
      [
        await post(user, { type: 'presign', files: Array.from({ length: 51 }, () => photo) }),
        400,
        'rejected',
      ],
      [await post(user, { type: 'presign', files: [{ ...photo, size: true }] }), 400, 'rejected'],
      [await post(user, { type: 'sign-parts', token, partNumbers: [1] }), 400, 'rejected'],
      [await post(user, { type: 'policies' }, 'text/plain'), 415, 'rejected'],
      [await post(user, JSON.stringify({ type: 'x'.repeat(600_000) })), 413, 'rejected'],
    ] as const
    for (const [{ status, answer }, expected, code] of cases) {
      const error = answer.error ?? answer.tickets[0]?.error
      expect([status, error?.code]).toEqual([expected, code])
    }
    const response = await fetch(`${example.url}/api/uploads`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(example.said()).not.toMatch(/X-Amz-Signature|Traceback/)
  })
})
