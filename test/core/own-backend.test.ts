import { describe, expect, test, vi } from 'vitest'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

// Functions that an app writes for its own backend: their thrown errors and return values.

type Call = 'presign' | 'complete' | 'confirm' | 'discard' | 'failed'
type Endpoints = Partial<UploadEndpoints<FakeResult>>

/** Makes one function give these answers to its first calls, and then behave as the fake does. */
function failing(call: Call, ...failures: (() => unknown)[]) {
  const engine = startEngine({ fakes: { kind: call === 'complete' ? 'multipart' : 'put' } })
  let calls = 0
  const endpoints: Endpoints = {
    [call]: async (...args: never[]) => {
      const failure = failures[calls]
      calls += 1
      if (failure) return failure()
      const own = engine.fake.endpoints[call] as ((...all: never[]) => unknown) | undefined
      return own?.(...args)
    },
  }
  return {
    ...startEngine({ endpoints, fakes: { kind: call === 'complete' ? 'multipart' : 'put' } }),
    calls: () => calls,
  }
}

const thrower = (thrown: unknown) => () => {
  throw thrown
}
const phases = { presign: 'starting', complete: 'finishing', confirm: 'finishing' } as const

describe.each(['presign', 'complete', 'confirm'] as const)('%s', (call) => {
  test('retries after a lost network and a 503, and respects Retry-After', async () => {
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '7' } })
    const { uploader, statuses, slept, calls } = failing(
      call,
      thrower(new TypeError('Failed to fetch')),
      thrower(Object.assign(new Error(), { response: { status: 429, headers: { 'retry-after': 3 } } })),
      () => thrower(busy())(),
      busy,
    )
    uploader.add(files('a.png'))
    await uploader.settled()
    expect(statuses()).toEqual(['done'])
    expect(calls()).toBe(5)
    expect(slept.slice(1)).toEqual([3000, 7000, 7000])
  })
  test.each([
    ['throws an UploadError', thrower(new UploadError('forbidden', { phase: 'choosing' }))],
    ['returns an UploadError', () => new UploadError('forbidden', { phase: 'choosing' })],
    ['returns an error of the protocol', () => ({ error: { code: 'forbidden', message: 'no' } })],
    ['throws a Response', () => thrower(Response.json({ message: 'no' }, { status: 403 }))()],
    ['returns a Response', () => Response.json({ message: 'no' }, { status: 403 })],
  ])('an endpoint fails at once in its own phase when it %s with 403', async (_name, failure) => {
    const { uploader, calls } = failing(call, failure)
    uploader.add(files('a.png'))
    const [item] = await uploader.settled()
    expect(item).toMatchObject({ status: 'error', error: { code: 'forbidden', phase: phases[call] } })
    expect(calls()).toBe(1)
  })
  test('fails at once when it has a bug', async () => {
    const { uploader, calls } = failing(
      call,
      thrower(new TypeError("Cannot read properties of undefined (reading 'a')")),
    )
    uploader.add(files('a.png'))
    const [item] = await uploader.settled()
    expect(item).toMatchObject({ status: 'error', error: { code: 'unknown', phase: phases[call] } })
    expect(calls()).toBe(1)
  })
})

test('an error response that openapi-fetch returns beside its body is an error', async () => {
  const response = Response.json({ message: 'Not yours.' }, { status: 403 })
  const confirm = () => Promise.resolve({ data: undefined, error: { message: 'Not yours.' }, response })
  const { uploader } = startEngine({ endpoints: { confirm } as unknown as Endpoints })
  const [item] = uploader.add(files('a'))
  await expect(uploader.resultOf(item ?? '')).rejects.toMatchObject({
    code: 'forbidden',
    phase: 'finishing',
    text: 'Not yours.',
  })
})

test('a Response that an endpoint returns counts as its JSON', async () => {
  const ticket: Ticket = { kind: 'put', key: 'k', url: 'https://storage.test/k' }
  const endpoints = {
    presign: () => Promise.resolve(Response.json(ticket)),
    confirm: () => Promise.resolve(Response.json({ id: 7 })),
  } as unknown as Endpoints
  const { uploader } = startEngine({ endpoints })
  const [item] = uploader.add(files('a.png'))
  await expect(uploader.resultOf(item ?? '')).resolves.toEqual({ id: 7 })
})

test('a lost network is `offline` when retries are off and the device is offline', async () => {
  const { uploader } = startEngine({
    options: { retry: { retries: 0 } },
    endpoints: { presign: thrower(new TypeError('Load failed')) },
    host: { isOnline: () => false },
  })
  uploader.add(files('a.png'))
  const [item] = await uploader.settled()
  expect(item).toMatchObject({ status: 'error', error: { code: 'offline', phase: 'starting' } })
})

test('a bug in prepare is `unknown` and not retried, and its UploadError has the phase `starting`', async () => {
  const prepare = vi.fn(() => Promise.reject<File>(new TypeError('Failed to fetch')))
  const { uploader } = startEngine({ options: { prepare } })
  uploader.add(files('a.png'))
  expect((await uploader.settled())[0]).toMatchObject({ error: { code: 'unknown', phase: 'starting' } })
  expect(prepare).toHaveBeenCalledOnce()
  const other = startEngine({
    options: { prepare: () => Promise.reject(new UploadError('too-large', { phase: 'finishing' })) },
  })
  other.uploader.add(files('a.png'))
  expect((await other.uploader.settled())[0]).toMatchObject({
    error: { code: 'too-large', phase: 'starting' },
  })
})

describe('a backend that deletes failed uploads', () => {
  /** Confirm answers 401 until the user signs in; a deleted upload cannot be confirmed. */
  function backend(failed: NonNullable<Endpoints['failed']>, sleep?: () => Promise<void>) {
    const stored = new Set<string>()
    const state = { signedIn: false }
    const asked: string[] = []
    const endpoints: Endpoints = {
      presign: async () => {
        const key = `k${asked.filter((call) => call === 'presign').length + 1}`
        asked.push('presign')
        stored.add(key)
        return { kind: 'put', key, url: `https://storage.test/${key}` }
      },
      confirm: async ({ ticket, file }) => {
        asked.push(`confirm ${ticket.key}`)
        if (!state.signedIn) throw new Response(null, { status: 401 })
        return { id: file.id, key: ticket.key, name: file.name, size: file.size, type: file.type }
      },
      failed: async (file, ticket, error, context) => {
        const answer = await failed(file, ticket, error, context)
        if (ticket && answer && answer.deleted) stored.delete(ticket.key)
        return answer
      },
      discard: async ({ key }) => void asked.push(`discard ${key}`),
    }
    const engine = startEngine({ endpoints, ...(sleep && { host: { sleep } }) })
    return { ...engine, stored, state, asked }
  }
  const never = () => new Promise<never>(() => {})

  test('retry starts with presign, and a deleted upload is neither confirmed nor discarded', async () => {
    const { uploader, state, stored, asked } = backend(async () => ({ deleted: true }))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    await settlePromises()
    state.signedIn = true
    uploader.retry(item)
    await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ key: 'k2' })
    expect([...stored]).toEqual(['k2'])
    expect(asked).toEqual(['presign', 'confirm k1', 'presign', 'confirm k2'])
  })
  test('retry waits for the answer to `failed`, and the item is busy meanwhile', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, state, asked, statuses } = backend(
      () => new Promise((resolve) => (answer = resolve)),
      never,
    )
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    state.signedIn = true
    uploader.retry(item)
    await settlePromises()
    expect(statuses()).toEqual(['finishing'])
    expect(asked).toEqual(['presign', 'confirm k1'])
    answer({ deleted: true })
    await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ key: 'k2' })
  })
  test.each([
    ['keeps the object', async () => ({ deleted: false })],
    ['says nothing', async () => {}],
    ['fails', () => Promise.reject(new UploadError('forbidden', { phase: 'finishing' }))],
    ['never answers', never],
  ] as const)('a `failed` callback that %s makes retry repeat confirm only', async (_name, failed) => {
    const { uploader, state, asked } = backend(failed)
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    await settlePromises()
    state.signedIn = true
    uploader.retry(item)
    await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ key: 'k1' })
    expect(asked).toEqual(['presign', 'confirm k1', 'confirm k1'])
  })
  test('an answer to `failed` that arrives after the retry continued still applies', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, state, asked } = backend(() => new Promise((resolve) => (answer = resolve)))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    uploader.retry(item) // the first wait ends without an answer, and confirm is refused again
    await uploader.settled()
    state.signedIn = true
    answer({ deleted: true })
    await settlePromises()
    uploader.retry(item)
    await uploader.settled()
    expect(asked.at(-1)).toMatch(/^confirm k[12]$/)
  })
  test('a deleted upload is not discarded on remove, and a late answer for a removed item has no effect', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, asked, statuses } = backend(() => new Promise((resolve) => (answer = resolve)))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    answer({ deleted: true })
    await settlePromises()
    uploader.remove(item ?? '')
    await settlePromises()
    expect(asked).toEqual(['presign', 'confirm k1'])
    const [other] = uploader.add(files('b.png'))
    await uploader.settled()
    uploader.remove(other ?? '')
    answer({ deleted: true })
    await settlePromises()
    expect(statuses()).toEqual([])
    expect(asked.at(-1)).toBe('discard k2')
  })
})
