import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import type { FileInfo, Ticket } from '../../src/protocol/ticket.ts'
import { fakeBackend } from '../../src/testing/fake-backend.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { eventually } from '../harness/eventually.ts'

const url = 'http://app.test/api/uploads'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const context = { signal: new AbortController().signal }
const file = (id: string): FileInfo => ({ id, name: 'a.png', size: 10, type: 'image/png' })

/** A working backend, and every body that it received. */
function backend(change?: (body: Record<string, unknown>, answer: Response) => Response | Promise<Response>) {
  const bodies: { type: string }[] = []
  const fake = fakeUploads()
  const answer = fakeBackend(fake.endpoints)
  server.use(
    http.post(url, async ({ request }) => {
      const body = (await request.clone().json()) as { type: string } // the body that our client sends
      bodies.push(body)
      const good = await answer(request)
      return change ? change(body, good) : good
    }),
  )
  return { bodies, fake }
}

test('batches calls of the same moment, and each gets its own ticket', async () => {
  const { bodies } = backend()
  const { presign } = httpEndpoints(url)
  const tickets = await Promise.all(['1', '2', '3'].map((id) => presign(file(id), context)))
  expect(bodies.map(({ type }) => type)).toEqual(['presign'])
  expect(tickets.map(({ token }) => token)).toEqual(['1', '2', '3'])
})

test('an HTML page with status 200 is an invalid answer that asks for the URL and the session', async () => {
  server.use(http.post(url, () => HttpResponse.html('<!doctype html><title>Sign in</title>')))
  await expect(httpEndpoints(url).presign(file('1'), context)).rejects.toMatchObject({
    code: 'invalid-answer',
    message: `presign: the backend at ${url} answered an HTML page. Is the URL right, and is somebody signed in?`,
  })
})

test('no request names more files than the protocol allows', async () => {
  const { bodies } = backend()
  const { presign } = httpEndpoints(url)
  await Promise.all(Array.from({ length: 120 }, (_, index) => presign(file(String(index)), context)))
  expect(bodies.map((body) => 'files' in body && Array.isArray(body.files) && body.files.length)).toEqual([
    50, 50, 20,
  ])
})

describe('early confirm', () => {
  /** The answer to the early call, and the requests that were sent. */
  async function confirmAfter(error: { code: string; message: string }) {
    const { bodies } = backend((body, good) =>
      body.early === true ? HttpResponse.json({ results: [{ id: '1', error }] }) : good,
    )
    const { presign, confirm, earlyConfirm } = httpEndpoints(url)
    const receipt = {
      file: file('1'),
      ticket: { ...(await presign(file('1'), context)), earlyConfirm: true },
    }
    earlyConfirm?.(receipt, context)
    const answer = await confirm?.(receipt, context).then(
      () => 'confirmed',
      (thrown: { code: string }) => thrown.code,
    )
    return { answer, confirms: bodies.filter(({ type }) => type === 'confirm').length }
  }

  test('an early confirm that arrives before the bytes is sent again', async () => {
    expect(await confirmAfter({ code: 'not-stored', message: 'later' })).toEqual({
      answer: 'confirmed',
      confirms: 2,
    })
  })
  test('an early confirm that refuses the file is final: the object is deleted, and a second confirm would hide the reason', async () => {
    expect(await confirmAfter({ code: 'wrong-type', message: 'a page' })).toEqual({
      answer: 'wrong-type',
      confirms: 1,
    })
  })
})

test('answers in another order reach the right files', async () => {
  backend(async (_body, good) => {
    const { tickets } = await good.json()
    return HttpResponse.json({ tickets: tickets.toReversed() })
  })
  const { presign } = httpEndpoints(url)
  const [one, two] = await Promise.all([presign(file('1'), context), presign(file('2'), context)])
  expect([one?.token, two?.token]).toEqual(['1', '2'])
})

test('one refused file fails alone, with the reason of the backend', async () => {
  const { fake } = backend()
  fake.failNext('presign', 'too-large')
  const { presign } = httpEndpoints(url)
  const [first, second] = await Promise.allSettled([presign(file('1'), context), presign(file('2'), context)])
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'too-large', phase: 'starting' } })
  expect(second).toMatchObject({ status: 'fulfilled' })
})

test('every refused file keeps its own reason for any status', async () => {
  const { fake } = backend(async (_body, good) => HttpResponse.json(await good.json(), { status: 413 }))
  fake.failNext('presign', 'too-large')
  fake.failNext('presign', 'wrong-type')
  const { presign } = httpEndpoints(url)
  const [first, second] = await Promise.allSettled([presign(file('1'), context), presign(file('2'), context)])
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'too-large' } })
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'wrong-type' } })
})

test('confirm sends the token and not the URL of the ticket', async () => {
  const { bodies } = backend()
  const { presign, confirm } = httpEndpoints(url)
  const ticket = await presign(file('1'), context)
  await confirm?.({ file: file('1'), ticket, etag: 'e' }, context)
  expect(bodies[1]).toEqual({ type: 'confirm', receipts: [{ id: '1', token: '1', etag: 'e' }] })
})

describe('errors of the backend', () => {
  test.each([
    [401, 'unauthorized', true],
    [403, 'forbidden', false],
    [404, 'not-found', true],
    [429, 'throttled', true],
    [500, 'unavailable', true],
  ])('a backend status %i is %s', async (status, code, retryable) => {
    server.use(http.post(url, () => new HttpResponse('<h1>no</h1>', { status })))
    const presigned = httpEndpoints(url).presign(file('1'), context)
    await expect(presigned).rejects.toMatchObject({
      name: 'UploadError',
      code,
      status,
      retryable,
      phase: 'starting',
    })
  })

  test.each([
    ['HTML', () => HttpResponse.html('<h1>Sign in</h1>'), 'the body'],
    ['nothing', () => new HttpResponse(null), 'the body'],
    ['a list', () => HttpResponse.json([]), 'the body'],
    ['no tickets', () => HttpResponse.json({}), 'tickets'],
  ])('%s with status 200 is an invalid answer that names the field', async (_what, answer, field) => {
    server.use(http.post(url, answer))
    const presigned = httpEndpoints(url).presign(file('1'), context)
    await expect(presigned).rejects.toMatchObject({
      code: 'invalid-answer',
      message: expect.stringContaining(`"${field}"`),
    })
  })

  test('an answer about another file is an invalid answer', async () => {
    server.use(http.post(url, () => HttpResponse.json({ tickets: [{ id: 'other', ticket: {} }] })))
    await expect(httpEndpoints(url).presign(file('1'), context)).rejects.toMatchObject({
      code: 'invalid-answer',
    })
  })

  test('a missing answer is `network`', async () => {
    server.use(http.post(url, () => HttpResponse.error()))
    await expect(httpEndpoints(url).presign(file('1'), context)).rejects.toMatchObject({
      code: 'network',
      status: 0,
    })
  })

  test('keeps the text for users that the backend sends', async () => {
    const error = { code: 'rejected', message: 'quota', text: 'Your quota is used up.' }
    server.use(http.post(url, () => HttpResponse.json({ error }, { status: 422 })))
    await expect(httpEndpoints(url).presign(file('1'), context)).rejects.toMatchObject({
      code: 'rejected',
      text: 'Your quota is used up.',
    })
  })
})

test('reads the headers again for every call', async () => {
  const seen: (string | null)[] = []
  server.use(
    http.post(url, ({ request }) => {
      seen.push(request.headers.get('authorization'))
      return HttpResponse.json({ tickets: [] })
    }),
  )
  let count = 0
  const { presign } = httpEndpoints(url, { headers: () => ({ authorization: `token ${(count += 1)}` }) })
  await presign(file('1'), context).catch(() => {})
  await presign(file('2'), context).catch(() => {})
  expect(seen).toEqual(['token 1', 'token 2'])
})

test('a ticket without a token cannot be confirmed, and the error says so', async () => {
  const ticket: Ticket = { kind: 'put', key: 'k', url: 'https://s3.test/k' }
  const confirmed = httpEndpoints(url).confirm?.({ file: file('1'), ticket }, context)
  await expect(confirmed).rejects.toThrow('has no token')
})

describe('requested policies', () => {
  /** Counts the policy requests of two hovers that are one minute apart. */
  async function askedBy(answer: () => Response) {
    vi.useFakeTimers({ toFake: ['Date'] })
    let asked = 0
    server.use(
      http.post(url, () => {
        asked += 1
        return answer()
      }),
    )
    const { preload } = httpEndpoints(url)
    for (let times = 0; times < 2; times += 1) {
      preload?.({ route: 'photos' })
      await vi.waitFor(() => expect(asked).toBeGreaterThan(0), eventually)
      await new Promise((resolve) => setTimeout(resolve, 50))
      vi.setSystemTime(Date.now() + 60_000)
    }
    vi.useRealTimers()
    return asked
  }

  test.each<readonly [string, () => Response]>([
    ['an empty list', () => HttpResponse.json({ policies: [] })],
    ['nothing of them', () => HttpResponse.json({})],
    ['status 204', () => new HttpResponse(null, { status: 204 })],
    ...[400, 403, 404, 405, 410, 415, 422, 501].map(
      (status) => [`status ${status}`, () => new HttpResponse('no', { status })] as const,
    ),
  ])('policies are not requested again after %s', async (_name, answer) => {
    expect(await askedBy(answer)).toBe(1)
  })

  test.each<readonly [string, () => Response]>([
    ...[401, 408, 429, 500, 503].map(
      (status) => [`status ${status}`, () => new HttpResponse('no', { status })] as const,
    ),
    ['no answer', () => HttpResponse.error()],
  ])('policies are requested again after %s', async (_name, answer) => {
    expect(await askedBy(answer)).toBe(2)
  })
})

describe('a backend written from docs/protocol.md', () => {
  const ticket = { kind: 'put', key: 'k', token: 't', url: 'https://s3.test/k' } as const
  const answering = (answer: () => Response) => httpEndpoints('/uploads', { fetch: async () => answer() })
  test('null for an optional field, also for an error, means that it is absent', async () => {
    const entry = { id: '1', error: null, ticket: { ...ticket, expiresAt: null, checksum: null } }
    const { presign } = answering(() => Response.json({ policies: null, tickets: [entry] }))
    await expect(presign(file('1'), context)).resolves.toMatchObject(ticket)
    const { confirm } = answering(() => Response.json({ results: [{ id: '1', error: null, result: 7 }] }))
    await expect(confirm?.({ file: file('1'), ticket }, { ...context, moreExpected: false })).resolves.toBe(7)
  })
  test.each([
    ['status 204', () => new Response(null, { status: 204 })],
    ['an empty body', () => new Response('')],
    ['{}', () => Response.json({})],
  ])('%s answers complete and discard', async (_name, answer) => {
    const { complete, discard } = answering(answer)
    await expect(complete?.(ticket, context)).resolves.toBeUndefined()
    await expect(discard?.(ticket, context)).resolves.toBeUndefined()
  })
  test('an empty body is no answer to presign', async () => {
    const { presign } = answering(() => new Response(''))
    await expect(presign(file('1'), context)).rejects.toMatchObject({ code: 'invalid-answer' })
  })
})

describe("an app's own fetch", () => {
  const callWithFetch = (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
    httpEndpoints('/uploads', { fetch, credentials: 'include' }).presign(file('1'), context)

  test("an app's own fetch gets the URL and the whole request, and no `this`", async () => {
    const seen: unknown[] = []
    const answer = fakeBackend(fakeUploads().endpoints)
    const ticket = await callWithFetch(async function (this: unknown, ...asked) {
      seen.push(this, ...asked)
      return answer(new Request('http://app.test/', asked[1]))
    })
    expect(ticket.token).toBe('1')
    expect(seen).toEqual([
      undefined,
      '/uploads',
      expect.objectContaining({
        method: 'POST',
        credentials: 'include',
        body: expect.stringContaining('presign'),
      }),
    ])
  })

  test.each([
    ['as fetch does', new TypeError('Failed to fetch')],
    ['by a deadline of its own', new DOMException('too slow', 'TimeoutError')],
    ['by a deadline that aborts', new DOMException('too slow', 'AbortError')],
  ])("an app's own fetch without an answer, %s, is `network`", async (_name, thrown) => {
    await expect(callWithFetch(() => Promise.reject(thrown))).rejects.toMatchObject({
      code: 'network',
      cause: thrown,
    })
  })

  test.each([new UploadError('unauthorized', { phase: 'starting' }), new Error('signed out')])(
    "the call fails with any other error of an app's own fetch: %s",
    async (thrown) => {
      await expect(callWithFetch(() => Promise.reject(thrown))).rejects.toBe(thrown)
    },
  )

  const refusal = (status: number) =>
    Response.json(
      { tickets: [{ id: '1', error: { code: 'wrong-type', message: 'no', text: 'Only pictures.' } }] },
      { status },
    )
  async function readResponse(response: Response) {
    const data: unknown = await response.json()
    return { response, data }
  }
  test.each<readonly [string, () => Promise<Response>]>([
    ['throws the response', () => Promise.reject(refusal(415))],
    [
      'throws an error with the response',
      () => Promise.reject(Object.assign(new Error(), { response: refusal(415) })),
    ],
    [
      'throws an error with the body, as ky does',
      async () => Promise.reject(Object.assign(new Error(), await readResponse(refusal(415)))),
    ],
    [
      'resolves with a response whose body it keeps, as ofetch does',
      async () => {
        const { response, data } = await readResponse(refusal(200))
        return Object.assign(response, { _data: data })
      },
    ],
  ])("an app's own fetch that %s keeps the reason of each file", async (_name, fetch) => {
    await expect(callWithFetch(fetch)).rejects.toMatchObject({ code: 'wrong-type', text: 'Only pictures.' })
  })

  test.each<readonly [string, () => unknown]>([
    ['a response whose body is read', async () => (await readResponse(refusal(200))).response],
    ['the body', async () => ({ tickets: [] })],
    ['nothing', () => undefined],
  ])(
    "an app's own fetch that resolves with %s is an invalid answer and not retried",
    async (_name, answer) => {
      const fetch = answer as () => Promise<Response> // wrong on purpose
      await expect(callWithFetch(fetch)).rejects.toMatchObject({
        code: 'invalid-answer',
        message: expect.stringContaining('body is unread'),
      })
    },
  )
  test('a refusal whose body is read keeps its status', async () => {
    const fetch = async () => (await readResponse(refusal(403))).response
    await expect(callWithFetch(fetch)).rejects.toMatchObject({ code: 'forbidden', status: 403 })
  })
  test("a bug in an app's own fetch is not a lost connection", async () => {
    const bug = new TypeError("Cannot read properties of undefined (reading 'token')")
    await expect(callWithFetch(() => Promise.reject(bug))).rejects.toBe(bug)
  })
})
