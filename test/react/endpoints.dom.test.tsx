import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { act, render, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { ImageUploader, UploadProvider, httpEndpoints, useMultiUpload } from 'putaway'
import type { Endpoints, HttpEndpointsOptions, UploadEndpoints } from 'putaway'
import { fakeBackend, fakeFile, fakeUploads } from 'putaway/testing'

interface SeenCall {
  readonly type: string
  readonly authorization: string | undefined
}

const fake = fakeUploads()
const calls: SeenCall[] = []
let url: string
const answer = fakeBackend(fake.endpoints)
const listener = getRequestListener(async (request) => {
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }
  if (request.method === 'OPTIONS') return new Response(null, { headers })
  const { type } = (await request.clone().json()) as { type: string } // our client sends a valid request
  calls.push({ type, authorization: request.headers.get('authorization') ?? undefined })
  if (request.headers.get('authorization') === 'stale') return new Response('{}', { status: 401, headers })
  const { body, status } = await answer(request)
  return new Response(body, { status, headers })
})
const server = createServer((request, response) => void listener(request, response))
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads` // it listens on a port
})
afterEach(() => calls.splice(0))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Uploads 20 files in an app with the given endpoints. `inline`: every render creates them. */
function open(
  make: () => Endpoints,
  { inline = false, where = 'provider' }: { inline?: boolean; where?: 'provider' | 'hook' } = {},
) {
  const seen: { list?: ReturnType<typeof useMultiUpload>; again?: () => void } = {}
  const first = make()
  function Photos() {
    const [, setCount] = useState(0)
    const endpoints = inline ? make() : first
    const list = useMultiUpload({ maxFiles: 20, ...(where === 'hook' && { endpoints }) })
    seen.list = list
    if (where === 'hook') seen.again = () => setCount((count) => count + 1)
    return <output>{list.items.filter((item) => item.status === 'done').length}</output>
  }
  function App() {
    const [, setCount] = useState(0)
    const endpoints = inline ? make() : first
    if (where === 'provider') seen.again = () => setCount((count) => count + 1)
    return (
      <UploadProvider endpoints={where === 'hook' ? '/nowhere' : endpoints} transport={fake.transport}>
        <Photos />
      </UploadProvider>
    )
  }
  const view = render(<App />)
  return {
    again: () => act(() => seen.again?.()),
    list: () => seen.list ?? expect.unreachable(),
    async upload(count = 20) {
      const files = Array.from({ length: count }, (_, index) => fakeFile(`${index}.png`))
      act(() => void seen.list?.add(files))
      for (let times = 0; times < 3; times += 1) act(() => seen.again?.())
      await waitFor(() => expect(view.container).toHaveTextContent(String(count)), { timeout: 5000 })
    },
  }
}

// First, because each message is logged once.
test('warns the developer once about endpoints that every render creates, and names the fix', () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const inline = open(() => httpEndpoints(url), { inline: true })
  inline.again()
  inline.again()
  expect(warned.mock.calls).toEqual([[expect.stringMatching(/^putaway: httpEndpoints.*once.*useMemo/)]])

  const hoisted = open(() => httpEndpoints('/other'))
  hoisted.again()
  expect(warned).toHaveBeenCalledTimes(1)
  warned.mockRestore()
})

/** A presign without policies, and at most six confirms of 20 files. */
const mostCalls = 7

test('20 files with a plain URL need few calls', async () => {
  await open(() => url).upload()
  expect(calls.length).toBeLessThanOrEqual(mostCalls)
})

describe('20 files with httpEndpoints', () => {
  const headers = { authorization: 'Bearer of anna' }
  const options: readonly (readonly [string, () => HttpEndpointsOptions | undefined])[] = [
    ['without options', () => undefined],
    ['with headers', () => ({ headers: { ...headers }, credentials: 'omit' })],
    ['with headers of a function', () => ({ headers: async () => headers })],
    ['with a fetch', () => ({ fetch: (...asked) => fetch(...asked) })],
  ]
  const places = ['provider', 'hook'] as const
  test.each(
    options.flatMap(([what, make]) =>
      places.flatMap((where) => [true, false].map((inline) => ({ what, make, where, inline }))),
    ),
  )('20 files with $what need equally few calls: $where, inline $inline', async ({ make, where, inline }) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await open(() => httpEndpoints(url, make()), { inline, where }).upload()
    expect(calls.length).toBeLessThanOrEqual(mostCalls)
    warned.mockRestore()
  })
})

test.each([true, false])(
  '20 files with httpEndpoints as a prop of ImageUploader need equally few calls: inline %s',
  async (inline) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const first = httpEndpoints(url)
    const control: { again?: () => void } = {}
    let doneCount = 0
    function App() {
      const [, setCount] = useState(0)
      control.again = () => setCount((count) => count + 1)
      return (
        <UploadProvider endpoints="/nowhere" transport={fake.transport}>
          <ImageUploader
            multiple
            maxFiles={20}
            endpoints={inline ? httpEndpoints(url) : first}
            onDone={() => void (doneCount += 1)}
          />
        </UploadProvider>
      )
    }
    const { container } = render(<App />)
    const input = container.querySelector<HTMLInputElement>('input[type=file]') ?? expect.unreachable()
    const chosen = Array.from({ length: 20 }, (_, index) => fakeFile(`${index}.png`))
    await userEvent.upload(input, chosen)
    for (let times = 0; times < 3; times += 1) act(() => control.again?.())
    await waitFor(() => expect(doneCount).toBe(20), { timeout: 5000 })
    expect(calls.length).toBeLessThanOrEqual(mostCalls)
    warned.mockRestore()
  },
)

test.each<readonly [string, (endpoints: UploadEndpoints) => UploadEndpoints]>([
  ['as they are', (endpoints) => endpoints],
  ['spread beside a function of the app', (endpoints) => ({ ...endpoints, failed: async () => {} })],
  ['spread', (endpoints) => ({ ...endpoints })],
])('hover requests policies once, however many renders create the endpoints, %s', (_name, use) => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const asked: string[] = []
  const app = open(
    () =>
      use(
        httpEndpoints(url, {
          fetch: async (_url, { body }) => {
            asked.push(String(body))
            return Response.json({ policies: [] })
          },
        }),
      ),
    { inline: true },
  )
  for (let times = 0; times < 6; times += 1) {
    app.list().preload()
    app.again()
  }
  return waitFor(() => expect(asked).toEqual(['{"type":"policies"}'])).finally(() => warned.mockRestore())
})

test('calls the functions of the last render', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  let token = 0
  const app = open(
    () => {
      const mine = `token ${(token += 1)}`
      return httpEndpoints(url, { headers: () => ({ authorization: mine }) })
    },
    { inline: true },
  )
  app.again()
  app.again()
  await app.upload(1)
  expect(new Set(calls.map(({ authorization }) => authorization))).not.toContain('token 1')
  warned.mockRestore()
})

test('other headers mean another backend: nothing granted to one user is used for the next', async () => {
  let user = 'anna'
  const app = open(() => httpEndpoints(url, { headers: { authorization: user } }), { inline: true })
  await app.upload(1)
  user = 'ben'
  app.again()
  app.list().clear()
  await app.upload(1)
  expect(calls.map(({ authorization }) => authorization)).toEqual(['anna', 'anna', 'ben', 'ben'])
})

test("the app's own fetch refreshes an expired token", async () => {
  let authorization = 'stale'
  const endpoints = httpEndpoints(url, {
    async fetch(address, init) {
      const ask = () =>
        fetch(address, { ...init, headers: { 'content-type': 'application/json', authorization } })
      const first = await ask()
      if (first.status !== 401) return first
      authorization = 'fresh'
      return ask()
    },
  })
  await open(() => endpoints).upload(1)
  expect(calls.map((call) => call.authorization)).toEqual(['stale', 'fresh', 'fresh'])
})

test('20 files with endpoints that every render spreads need equally few calls', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  await open(() => ({ ...httpEndpoints(url) }), { inline: true }).upload()
  expect(calls.length).toBeLessThanOrEqual(mostCalls)
  warned.mockRestore()
})

test('spread endpoints of another user share nothing', async () => {
  let user = 'anna'
  const app = open(() => ({ ...httpEndpoints(url, { headers: { authorization: user } }) }), { inline: true })
  await app.upload(1)
  user = 'ben'
  app.again()
  app.list().clear()
  await app.upload(1)
  expect(calls.map(({ authorization }) => authorization)).toEqual(['anna', 'anna', 'ben', 'ben'])
})

test('calls functions of the app that are spread beside those of httpEndpoints', async () => {
  const confirm = vi.fn(async () => ({ own: true }))
  const endpoints: UploadEndpoints = { ...httpEndpoints(url), confirm }
  await open(() => endpoints).upload(2)
  expect(confirm).toHaveBeenCalledTimes(2)
  expect(calls.map(({ type }) => type)).toEqual(['presign'])
})

test('an instance of a class as endpoints keeps the methods of its prototype', async () => {
  const discarded: string[] = []
  class Backend implements UploadEndpoints {
    readonly own = fake.endpoints
    presign(...call: Parameters<UploadEndpoints['presign']>) {
      return this.own.presign(...call)
    }
    async discard({ key }: { key: string }) {
      discarded.push(key)
    }
    confirm() {
      return new Promise<never>(() => {})
    }
  }
  const backend = new Backend()
  const app = open(() => backend)
  act(() => void app.list().add([fakeFile('a.png')]))
  await waitFor(() => expect(app.list().items[0]?.status).toBe('finishing'))
  act(() => app.list().cancel())
  await waitFor(() => expect(discarded).toHaveLength(1))
})
