import { describe, expect, test, vi } from 'vitest'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { files, quiet, startEngine } from '../support/engine.ts'

// Functions that an app wrote for its own backend: what they throw and return.

type Call = 'presign' | 'complete' | 'confirm' | 'discard' | 'failed'
type Endpoints = Partial<UploadEndpoints<FakeResult>>

/** Makes one function answer so for its first calls, and then as the fake does. */
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

const raise = (thrown: unknown) => () => {
  throw thrown
}
const phases = { presign: 'starting', complete: 'finishing', confirm: 'finishing' } as const

describe.each(['presign', 'complete', 'confirm'] as const)('%s', (call) => {
  test('is asked again after a lost network and a 503, and keeps Retry-After', async () => {
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '7' } })
    const { uploader, statuses, slept, calls } = failing(
      call,
      raise(new TypeError('Failed to fetch')),
      raise(Object.assign(new Error(), { response: { status: 429, headers: { 'retry-after': 3 } } })),
      () => raise(busy())(),
      busy,
    )
    uploader.add(files('a.png'))
    await uploader.settled()
    expect(statuses()).toEqual(['done'])
    expect(calls()).toBe(5)
    expect(slept.slice(1)).toEqual([3000, 7000, 7000])
  })
  test.each([
    ['throws an UploadError', raise(new UploadError('forbidden', { phase: 'choosing' }))],
    ['throws a Response', () => raise(Response.json({ message: 'no' }, { status: 403 }))()],
    ['returns a Response', () => Response.json({ message: 'no' }, { status: 403 })],
  ])('ends in its own phase at once where it %s with 403', async (_name, failure) => {
    const { uploader, calls } = failing(call, failure)
    uploader.add(files('a.png'))
    const [item] = await uploader.settled()
    expect(item).toMatchObject({ status: 'error', error: { code: 'forbidden', phase: phases[call] } })
    expect(calls()).toBe(1)
  })
  test('ends at once where it has a bug', async () => {
    const { uploader, calls } = failing(
      call,
      raise(new TypeError("Cannot read properties of undefined (reading 'a')")),
    )
    uploader.add(files('a.png'))
    const [item] = await uploader.settled()
    expect(item).toMatchObject({ status: 'error', error: { code: 'unknown', phase: phases[call] } })
    expect(calls()).toBe(1)
  })
})

test('a refusal that openapi-fetch returns beside its response is an error', async () => {
  const response = Response.json({ message: 'Not yours.' }, { status: 403 })
  const confirm = () => Promise.resolve({ data: undefined, error: { message: 'Not yours.' }, response })
  const { uploader } = startEngine({ endpoints: { confirm } as unknown as Endpoints })
  const [item] = uploader.add(files('a'))
  await expect(uploader.finished(item ?? '')).rejects.toMatchObject({
    code: 'forbidden',
    phase: 'finishing',
    text: 'Not yours.',
  })
})

test('a response that is returned as it is counts as its JSON', async () => {
  const ticket: Ticket = { kind: 'put', key: 'k', url: 'https://storage.test/k' }
  const endpoints = {
    presign: () => Promise.resolve(Response.json(ticket)),
    confirm: () => Promise.resolve(Response.json({ id: 7 })),
  } as unknown as Endpoints
  const { uploader } = startEngine({ endpoints })
  const [item] = uploader.add(files('a.png'))
  await expect(uploader.finished(item ?? '')).resolves.toEqual({ id: 7 })
})

test('a lost network is `offline` where nothing is retried and the device knows it', async () => {
  const { uploader } = startEngine({
    options: { retry: { retries: 0 } },
    endpoints: { presign: raise(new TypeError('Load failed')) },
    host: { isOnline: () => false },
  })
  uploader.add(files('a.png'))
  const [item] = await uploader.settled()
  expect(item).toMatchObject({ status: 'error', error: { code: 'offline', phase: 'starting' } })
})

test('a bug in prepare is `unknown` and not repeated, and an UploadError of it has the phase `starting`', async () => {
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

describe('a backend that deletes what failed', () => {
  /** Confirm answers 401 until somebody signs in; what was deleted can not be confirmed. */
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
        return { key: ticket.key, name: file.name, size: file.size, type: file.type }
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

  test('has the retry begin with presign, and nothing deleted is confirmed or discarded', async () => {
    const { uploader, state, stored, asked } = backend(async () => ({ deleted: true }))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    await quiet()
    state.signedIn = true
    uploader.retry(item)
    await expect(uploader.finished(item ?? '')).resolves.toMatchObject({ key: 'k2' })
    expect([...stored]).toEqual(['k2'])
    expect(asked).toEqual(['presign', 'confirm k1', 'presign', 'confirm k2'])
  })
  test('is waited for by a retry that comes before its answer, and the item is busy meanwhile', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, state, asked, statuses } = backend(
      () => new Promise((resolve) => (answer = resolve)),
      never,
    )
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    state.signedIn = true
    uploader.retry(item)
    await quiet()
    expect(statuses()).toEqual(['finishing'])
    expect(asked).toEqual(['presign', 'confirm k1'])
    answer({ deleted: true })
    await expect(uploader.finished(item ?? '')).resolves.toMatchObject({ key: 'k2' })
  })
  test.each([
    ['keeps the object', async () => ({ deleted: false })],
    ['says nothing', async () => {}],
    ['fails', () => Promise.reject(new UploadError('forbidden', { phase: 'finishing' }))],
    ['never answers', never],
  ] as const)('one that %s has the retry repeat the confirm alone', async (_name, failed) => {
    const { uploader, state, asked } = backend(failed)
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    await quiet()
    state.signedIn = true
    uploader.retry(item)
    await expect(uploader.finished(item ?? '')).resolves.toMatchObject({ key: 'k1' })
    expect(asked).toEqual(['presign', 'confirm k1', 'confirm k1'])
  })
  test('is heard also when its answer comes after the retry has gone on', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, state, asked } = backend(() => new Promise((resolve) => (answer = resolve)))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    uploader.retry(item) // the first wait ends without an answer, and confirm is refused again
    await uploader.settled()
    state.signedIn = true
    answer({ deleted: true })
    await quiet()
    uploader.retry(item)
    await uploader.settled()
    expect(asked.at(-1)).toMatch(/^confirm k[12]$/)
  })
  test('is not discarded when the item is removed, and a late answer to a removed item changes nothing', async () => {
    let answer: (said: { deleted: boolean }) => void = () => {}
    const { uploader, asked, statuses } = backend(() => new Promise((resolve) => (answer = resolve)))
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    answer({ deleted: true })
    await quiet()
    uploader.remove(item ?? '')
    await quiet()
    expect(asked).toEqual(['presign', 'confirm k1'])
    const [other] = uploader.add(files('b.png'))
    await uploader.settled()
    uploader.remove(other ?? '')
    answer({ deleted: true })
    await quiet()
    expect(statuses()).toEqual([])
    expect(asked.at(-1)).toBe('discard k2')
  })
})
