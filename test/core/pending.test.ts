import { describe, expect, test, vi } from 'vitest'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

type Endpoints = UploadEndpoints<FakeResult>

const done: FakeResult = { id: '1', key: 'k', name: 'a.png', size: 1, type: 'image/png' }
const pending = (retryAfter: number) => ({ pending: { retryAfter } })

/** Endpoints whose confirm gives these answers one after the other. */
function answering(...answers: unknown[]) {
  const confirm = vi.fn<NonNullable<Endpoints['confirm']>>(async () => {
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers
    if (answer instanceof Error) throw answer
    return answer as FakeResult
  })
  return { confirm }
}

/** A clock that a test moves by hand. */
function manualSleep() {
  const sleepers: { milliseconds: number; wake: () => void }[] = []
  const sleep = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      sleepers.push({ milliseconds, wake: resolve })
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  return { sleepers, host: { sleep } }
}

test('a file whose check is pending is asked for again after the time that the backend named', async () => {
  const { confirm } = answering(pending(5), pending(7), done)
  const onDone = vi.fn()
  const { uploader, fake, slept } = startEngine({ endpoints: { confirm }, options: { onDone } })
  const [item] = uploader.add(files('a.png'))
  expect(await uploader.resultOf(item ?? '')).toBe(done)
  expect(slept).toEqual([5000, 7000])
  expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
  expect(confirm.mock.calls.map(([receipt]) => receipt)).toEqual(
    Array.from({ length: 3 }, () => confirm.mock.calls[0]?.[0]),
  )
  expect(onDone).toHaveBeenCalledOnce()
})

test('while it waits, the item is finishing with the step checking', async () => {
  const { confirm } = answering(pending(5))
  const { sleepers, host } = manualSleep()
  const events: string[] = []
  const onEvent = ({ type, to }: { type: string; to: string }) => void events.push(`${type} ${to}`)
  const { uploader } = startEngine({ endpoints: { confirm }, host, options: { onEvent } })
  uploader.add(files('a.png'))
  await vi.waitFor(() => expect(sleepers).toHaveLength(1))
  const [item] = uploader.store.getState().items
  expect(item).toMatchObject({ status: 'finishing', step: 'checking', retrying: false })
  expect(events.at(-1)).toBe('checkPending finishing')
  uploader.cancel()
})

test.each([
  ['0.001 seconds', 0.001, 1000],
  ['zero', 0, 1000],
  ['a year', 31_536_000, 3_600_000],
  ['forever', Infinity, 3_600_000],
])('a wait of %s is kept between a second and an hour', async (_, seconds, expected) => {
  const { confirm } = answering(pending(seconds), done)
  const { uploader, slept } = startEngine({ endpoints: { confirm } })
  uploader.add(files('a.png'))
  await uploader.settled()
  expect(slept).toEqual([expected])
})

test.each([
  ['NaN', { pending: { retryAfter: Number.NaN } }],
  ['a negative number', { pending: { retryAfter: -1 } }],
  ['a text', { pending: { retryAfter: '5' } }],
  ['nothing', { pending: {} }],
  ['a bare number, as verify of the server answers', { pending: 5 }],
])('a wait of %s is an invalid answer, and the retry only confirms', async (_, answer) => {
  const { confirm } = answering(answer, done)
  const { uploader, fake } = startEngine({ endpoints: { confirm } })
  const [item] = uploader.add(files('a.png'))
  const [failed] = await uploader.settled()
  expect(failed).toMatchObject({
    status: 'error',
    error: { code: 'invalid-answer', phase: 'finishing', retryable: true },
  })
  expect(failed?.status === 'error' && failed.error.message).toContain('{ pending: { retryAfter } }')
  uploader.retry()
  expect(await uploader.resultOf(item ?? '')).toBe(done)
  expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
})

test('a result that only looks alike is a result', async () => {
  for (const result of [
    { pending: true },
    { pending: null },
    { id: 1, pending: { retryAfter: 5 } },
    'pending',
  ]) {
    const { confirm } = answering(result)
    const { uploader } = startEngine({ endpoints: { confirm } })
    const [item] = uploader.add(files('a.png'))
    expect(await uploader.resultOf(item ?? '')).toBe(result)
  }
})

describe('while a check is pending', () => {
  test('cancel ends the wait and discards, and nothing confirms later', async () => {
    const { confirm } = answering(pending(5))
    const { sleepers, host } = manualSleep()
    const { uploader, fake } = startEngine({ endpoints: { confirm }, host })
    uploader.add(files('a.png'))
    await vi.waitFor(() => expect(sleepers).toHaveLength(1))
    uploader.cancel()
    await settlePromises()
    sleepers[0]?.wake()
    await settlePromises()
    expect(confirm).toHaveBeenCalledOnce()
    expect(fake.calls.at(-1)).toBe('discard a.png')
    expect(uploader.store.getState().items).toMatchObject([{ status: 'idle', canceled: true }])
  })

  test('a lost connection is retried as in any confirm, also after the device was offline', async () => {
    const network = new UploadError('network', { phase: 'finishing' })
    const { confirm } = answering(pending(5), network, pending(6), done)
    let offlineChecks = 0
    const { uploader, fake, slept } = startEngine({
      endpoints: { confirm },
      host: { isOnline: () => (offlineChecks += 1) > 2 },
      options: { retry: { retries: 1 } },
    })
    const [item] = uploader.add(files('a.png'))
    expect(await uploader.resultOf(item ?? '')).toBe(done)
    expect(slept).toEqual([5000, 500, 6000])
    expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
  })

  test('pause and resume change nothing, because the bytes are stored', async () => {
    const { confirm } = answering(pending(5), done)
    const { sleepers, host } = manualSleep()
    const { uploader, statuses } = startEngine({ endpoints: { confirm }, host })
    uploader.add(files('a.png'))
    await vi.waitFor(() => expect(sleepers).toHaveLength(1))
    uploader.pause()
    uploader.resume()
    uploader.pause()
    sleepers[0]?.wake()
    await uploader.settled()
    expect([statuses(), sleepers.length]).toEqual([['done'], 1])
  })

  test.each([
    ['before', 'not-stored'],
    ['during', 'mismatch'],
  ] as const)(
    'an object that a job deletes %s a confirm was refused, and is never sent again',
    async (_, code) => {
      const gone = new UploadError(code, { phase: 'finishing' })
      const { confirm } = answering(pending(5), gone)
      const { uploader, fake } = startEngine({ endpoints: { confirm } })
      const [item] = uploader.add(files('a.png'))
      const refused = { status: 'error', error: { code: 'rejected', retryable: false, cause: gone } }
      expect(await uploader.settled()).toMatchObject([refused])
      uploader.retry(item)
      expect(await uploader.settled()).toMatchObject([refused])
      expect(confirm).toHaveBeenCalledTimes(3)
      expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
    },
  )

  test('a refusal in the end is an error with its text', async () => {
    const rejected = new UploadError('rejected', { phase: 'finishing', text: 'A virus!' })
    const { confirm } = answering(pending(5), rejected)
    const onError = vi.fn()
    const { uploader } = startEngine({ endpoints: { confirm }, options: { onError } })
    uploader.add(files('a.png'))
    expect(await uploader.settled()).toMatchObject([{ status: 'error', error: { text: 'A virus!' } }])
    expect(onError).toHaveBeenCalledOnce()
  })

  test('with concurrency 1 the next file waits for the check', async () => {
    const { confirm } = answering(pending(5), done)
    const { sleepers, host } = manualSleep()
    const { uploader, statuses } = startEngine({ endpoints: { confirm }, host, options: { concurrency: 1 } })
    uploader.add(files('a.png', 'b.png'))
    await vi.waitFor(() => expect(sleepers).toHaveLength(1))
    expect(statuses()).toEqual(['finishing', 'idle'])
    sleepers[0]?.wake()
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'done'])
  })
})

test('a confirm of one call may be pending too', async () => {
  const { confirm } = answering({ pending: { retryAfter: 2 } }, done)
  const { uploader, slept } = startEngine()
  const [item] = uploader.add(files('a.png'), { confirm })
  expect(await uploader.resultOf(item ?? '')).toBe(done)
  expect(slept).toEqual([2000])
})

test('with allowPending a file is done with the token of its check, and is not asked for again', async () => {
  const check = { pending: { retryAfter: 5, token: 'a.b' } }
  const { confirm } = answering(check)
  const onDone = vi.fn()
  const { uploader, slept } = startEngine({ endpoints: { confirm }, options: { allowPending: true, onDone } })
  uploader.add(files('a.png'))
  expect(await uploader.settled()).toMatchObject([{ status: 'done', result: { ...check, token: 'a.b' } }])
  expect([confirm.mock.calls.length, onDone.mock.calls.length, slept]).toEqual([1, 1, []])
  // Without a token a form could not name the file, so it waits.
  const other = answering(pending(5), done)
  const waiting = startEngine({ endpoints: other, options: { allowPending: true } })
  waiting.uploader.add(files('b.png'))
  expect(await waiting.uploader.settled()).toMatchObject([{ status: 'done', result: done }])
})
