import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPreconnect } from '../../src/transport/http/preconnect.ts'
import type { PreconnectAnswer } from '../../src/transport/http/preconnect.ts'
import { createPolicyCache } from '../../src/transport/http/policy-cache.ts'

const hello = 'https://s3.test/photos?X-Amz-Signature=secret'
const head = { url: 'https://s3.test/photos', headers: { authorization: 'secret' } }
const withPreflight: PreconnectAnswer = { hello, preflights: [head], count: 0 }

const fetched = vi.fn<typeof fetch>()
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.stubGlobal('fetch', fetched)
  fetched.mockReset().mockImplementation(() => Promise.resolve(new Response()))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A function that preloads a route, and waits until no answer is outstanding. */
function preloading(answerOf: (route: string | undefined) => PreconnectAnswer) {
  const preload = createPreconnect(createPolicyCache(), async (route) => answerOf(route))
  return async (route?: string) => {
    fetched.mockClear()
    preload({ route })
    await new Promise((resolve) => setTimeout(resolve))
    // Tests of another file in this process may still look for the reason of a broken connection.
    return fetched.mock.calls.map(([url]) => url).filter((url) => String(url).includes('s3.test'))
  }
}
const wait = (seconds: number) => vi.setSystemTime(Date.now() + 1000 * seconds)

test('the signed HEAD is sent once by CORS with its headers and without cookies, in place of hello', async () => {
  const preload = preloading(() => withPreflight)
  expect(await preload()).toEqual([head.url])
  expect(fetched.mock.calls[0]?.[1]).toEqual({ method: 'HEAD', credentials: 'omit', headers: head.headers })
  expect(await preload()).toEqual([])
})

test('it is sent again when the connection may be closed, and not after its signature may have expired', async () => {
  const preload = preloading(() => withPreflight)
  await preload()
  wait(9)
  expect(await preload()).toEqual([head.url])
  wait(580)
  expect(await preload()).toEqual([head.url])
  wait(12)
  expect(await preload()).toEqual([])
})

test.each([
  ['CORS refuses it', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['the answer is an error', () => Promise.resolve(new Response(null, { status: 403 }))],
])('it is not sent again when %s: hello opens connections then', async (_why, answer) => {
  const preload = preloading(() => withPreflight)
  fetched.mockImplementationOnce(answer)
  expect(await preload()).toEqual([head.url])
  expect(await preload()).toEqual([])
  wait(9)
  expect(await preload()).toEqual([hello, hello])
  wait(9)
  expect(await preload()).toEqual([hello, hello])
})

test('a backend without preflights has its hello requested twice, with no CORS', async () => {
  const preload = preloading(() => ({ ...withPreflight, preflights: [] }))
  expect(await preload()).toEqual([hello, hello])
  expect(fetched.mock.calls[0]?.[1]).toMatchObject({ mode: 'no-cors', credentials: 'omit' })
  wait(9)
  expect(await preload()).toEqual([hello, hello])
})

test('routes with the same bucket share the request, and each other bucket and origin has its own', async () => {
  const other = { ...head, url: 'https://s3.test/films' }
  const otherOrigin = { ...head, url: 'https://dual.s3.test/films' }
  const preload = preloading((route) =>
    route === 'films' ? { ...withPreflight, preflights: [other, otherOrigin] } : withPreflight,
  )
  expect(await preload('photos')).toEqual([head.url])
  expect(await preload('avatars')).toEqual([])
  expect(await preload('films')).toEqual([other.url, otherOrigin.url])
  wait(9)
  expect(await preload('photos')).toEqual([head.url])
  expect(await preload('films')).toEqual([other.url, otherOrigin.url])
})
