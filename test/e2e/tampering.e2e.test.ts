import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { checksumOf } from '../../packages/local-s3/src/checksums/checksums.ts'
import { bodyOf } from '../harness/browsers/request-body.ts'
import { startDemoFixture } from '../harness/demo-fixture.ts'
import type { DemoFixture, Visitor } from '../harness/demo-fixture.ts'
import { paint } from '../harness/photos.ts'

interface Ticket {
  readonly key: string
  readonly token: string
  /** The ticket of a POST. */
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

/** The response of the backend to a request. */
interface Answer {
  readonly error?: { readonly code: string }
  readonly tickets?: readonly { readonly ticket?: Ticket; readonly error?: { readonly code: string } }[]
  readonly results?: readonly { readonly error?: { readonly code: string } }[]
  readonly parts?: readonly { readonly url?: string; readonly headers?: Readonly<Record<string, string>> }[]
}

/** A picture of one pixel. */
const bytes = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let stage: DemoFixture
let visitor: Visitor

beforeAll(async () => {
  stage = await startDemoFixture()
})
afterAll(() => stage.close())
beforeEach(async () => {
  visitor = await stage.visit()
})
afterEach(async () => {
  for (const kind of ['photos', 'files', 'avatar'] as const)
    expect(await stage.stored(visitor, kind)).toEqual([])
  expect(await stage.keys()).toEqual([])
  await visitor.leave()
})

/** Sends a request to the backend as the user, with any content. */
async function ask(body: object, as = visitor) {
  const response = await as.page.request.post(`${stage.demo.url}/api/uploads`, { data: body })
  return { status: response.status(), answer: (await response.json()) as Answer }
}

async function presign(file: object = {}): Promise<Ticket> {
  const announced = {
    id: 'a',
    name: 'a.png',
    size: bytes.length,
    type: 'image/png',
    route: 'photos',
    ...file,
  }
  const { answer } = await ask({ type: 'presign', files: [announced] })
  const ticket = answer.tickets?.[0]?.ticket
  if (!ticket) throw new Error(`The backend returned no ticket: ${JSON.stringify(answer)}`)
  return ticket
}

/** Posts a form to storage with some fields of the ticket changed. */
async function post({ url, fields }: Ticket, changed: Record<string, string> = {}, body: Uint8Array = bytes) {
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.append(name, value)
  form.append('file', new Blob([Buffer.from(body)]))
  const { status } = await fetch(url, { method: 'POST', body: form })
  return status
}

async function confirm(token: string, as = visitor) {
  const { status, answer } = await ask({ type: 'confirm', receipts: [{ id: 'a', token }] }, as)
  return { status, code: answer.error?.code ?? answer.results?.[0]?.error?.code }
}

test('storage refuses a form whose key, type or policy was changed', async () => {
  const ticket = await presign()
  const other = await presign({ size: 1_000_000 })
  expect(await post(ticket, { key: `${ticket.key}.html` })).toBe(403)
  expect(await post(ticket, { key: ticket.key.replace('uploads/', 'files/') })).toBe(403)
  expect(await post(ticket, { 'Content-Type': 'text/html' })).toBe(403)
  expect(await post(ticket, { acl: 'public-read' })).toBe(403)
  expect(await post(ticket, { Policy: other.fields.Policy ?? '' })).toBe(403)
  expect(await post(ticket, { Policy: Buffer.from('{"conditions":[]}').toString('base64') })).toBe(403)
  expect(await confirm(ticket.token)).toEqual({ status: 409, code: 'not-stored' })
})

test('storage refuses more or fewer bytes than were announced', async () => {
  const ticket = await presign()
  expect(await post(ticket, {}, Buffer.concat([bytes, Buffer.from('!')]))).toBe(400)
  expect(await post(ticket, {}, bytes.subarray(1))).toBe(400)
  expect(await post(ticket, {}, Buffer.alloc(5_000_000))).toBe(400)
  expect(await confirm(ticket.token)).toEqual({ status: 409, code: 'not-stored' })
})

test('storage refuses a part of another size, number or upload', async () => {
  const file = { name: 'film.mov', type: 'video/quicktime', size: 40_000_000, route: 'files' }
  const ticket = await presign(file)
  const { answer } = await ask({
    type: 'sign-parts',
    token: ticket.token,
    partNumbers: [5],
    checksums: { 5: checksumOf('CRC64NVME', Buffer.alloc(7_000_000)) },
  })
  const { url = '', headers = {} } = answer.parts?.[0] ?? {}
  const put = async (to: string, size: number) =>
    (await fetch(to, { method: 'PUT', headers, body: Buffer.alloc(size) })).status
  expect(await put(url, 7_000_000)).toBe(403)
  expect(await put(url.replace('partNumber=5', 'partNumber=6'), 40_000_000 % 8_388_608)).toBe(403)
  expect(await put(url.replace(ticket.key, `${ticket.key}x`), 40_000_000 % 8_388_608)).toBe(403)
  const many = await ask({ type: 'sign-parts', token: ticket.token, partNumbers: [6] })
  expect(many.status).toBe(400)
  const complete = await ask({ type: 'complete', token: ticket.token })
  expect(complete.status).toBeGreaterThanOrEqual(400)
  expect(complete.status).toBeLessThan(500)
  expect((await confirm(ticket.token)).code).toBe('not-stored')
  await ask({ type: 'discard', tokens: [ticket.token] })
})

test('the backend presigns no file that the route does not accept', async () => {
  const codeOf = async (file: object) => {
    const announced = { id: 'a', name: 'a.png', size: 1, type: 'image/png', route: 'photos', ...file }
    const { answer } = await ask({ type: 'presign', files: [announced] })
    return answer.tickets?.[0]?.error?.code
  }
  expect(await codeOf({ type: 'text/html' })).toBe('wrong-type')
  expect(await codeOf({ size: 20_000_001 })).toBe('too-large')
  expect(await codeOf({ size: 0 })).toBe('empty')
  expect(await codeOf({ size: -1 })).toBe('rejected')
  expect(await codeOf({ route: 'admin' })).toBe('not-found')
})

test('the backend confirms no changed token, and no upload of another user', async () => {
  const ticket = await presign()
  const [payload = '', signature = ''] = ticket.token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const forged = Buffer.from(JSON.stringify({ ...claims, size: 1, key: 'files/of-somebody' })).toString(
    'base64url',
  )
  expect(await post(ticket)).toBe(201)

  expect((await confirm(`${forged}.${signature}`)).code).toBe('forbidden')
  const other = await stage.visit()
  expect((await confirm(ticket.token, other)).code).toBe('forbidden')
  await other.leave()
  const anonymous = await fetch(`${stage.demo.url}/api/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'confirm', receipts: [{ id: 'a', token: ticket.token }] }),
  })
  expect(anonymous.status).toBe(401)
  await ask({ type: 'discard', tokens: [ticket.token] })
})

test('a ticket that is used again after confirm changes nothing', async () => {
  const ticket = await presign()
  await post(ticket)
  expect(await confirm(ticket.token)).toEqual({ status: 200, code: undefined })
  const other = Buffer.alloc(bytes.length, 'x')
  expect(await post(ticket, {}, other)).toBe(201)
  await confirm(ticket.token)
  const [stored] = await stage.stored(visitor, 'photos')
  expect(stored?.bytes.equals(bytes)).toBe(true)

  const removal = { ids: [], removed: [stored?.id] }
  await visitor.page.request.patch(`${stage.demo.url}/api/photos`, { data: removal })
  await stage.demo.emptyTrash(0)
  await ask({ type: 'discard', tokens: [ticket.token] })
})

/** Pages that lie: the replacements in their requests to the backend or to storage. */
const lies = {
  'announces a smaller size': { to: 'backend', what: '"size":\\d+', by: '"size":100' },
  'sends a larger file': { to: 'storage', what: '(\r\n--\\S+--\r\n)$', by: 'and more$1' },
  'sends another key': { to: 'storage', what: '(name="key"\r\n\r\n)[^\r]*', by: '$1files/of-somebody' },
  'sends another type': { to: 'storage', what: '(name="Content-Type"\r\n\r\n)[^\r]*', by: '$1text/html' },
}

/** Runs in the page before a photo is dropped on it. */
function tellLies({ to, what, by }: { to: string; what: string; by: string }) {
  const pattern = new RegExp(what)
  const real = window.fetch
  const send = Reflect.get(XMLHttpRequest.prototype, 'send')
  if (to === 'backend') {
    window.fetch = (url, init) => {
      const body = typeof init?.body === 'string' ? init.body.replace(pattern, by) : init?.body
      return real(url, { ...init, ...(body !== undefined && { body }) })
    }
  } else {
    Reflect.set(XMLHttpRequest.prototype, 'send', function (this: XMLHttpRequest, body: Uint8Array) {
      const text = Array.from(body, (byte) => String.fromCharCode(byte)).join('')
      if (!pattern.test(text)) throw new Error('The page sent no matching text to replace.')
      send.call(
        this,
        Uint8Array.from(text.replace(pattern, by), (char) => char.charCodeAt(0)),
      )
    })
  }
}

test.each(Object.entries(lies))('a page that %s ends in error', async (_, lie) => {
  const { page } = visitor
  const [photo] = await paint(page, { name: 'coast.jpg', seed: 2, width: 200, height: 150 })
  // The browser also logs that a refusal of storage has no CORS headers or hides its Retry-After.
  visitor.expectInConsole(/40[03]/, /CORS policy/, /ERR_FAILED/, /unsafe header "retry-after"/)
  // Makes the page presign the file: test/server/policy.test.ts covers lies about files under a policy.
  await page.route('**/api/uploads', (route, request) =>
    bodyOf(request)?.includes('"policies"') ? route.fulfill({ json: { policies: [] } }) : route.fallback(),
  )
  await page.evaluate(tellLies, lie)
  await visitor.drop(photo ? [photo] : [])
  await visitor.tile('coast.jpg').locator('[data-status=error]').first().waitFor()
  await visitor.tile('coast.jpg').getByRole('button', { name: 'Remove coast.jpg' }).click()
  await page.waitForLoadState('networkidle')
})
