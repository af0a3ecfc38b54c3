import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expiryOf } from '../../src/core/answers/read-ticket.ts'
import type { Host } from '../../src/core/ports.ts'
import { waitBeforeRetry } from '../../src/core/retry/retry.ts'
import type { Retry } from '../../src/core/retry/retry.ts'
import { UploadError, uploadErrorCodes } from '../../src/protocol/errors.ts'
import type { UploadErrorCode } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'

const never = new AbortController().signal

/** A host whose time passes only during `sleep`. */
function sleeper({
  random = 1,
  online = () => true,
}: { random?: number; online?: (now: number) => boolean } = {}) {
  const slept: number[] = []
  let now = 0
  const host: Host = {
    now: () => now,
    frame: (run) => run(),
    random: () => random,
    isOnline: () => online(now),
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      now += milliseconds
    },
  }
  return { host, slept, total: () => now }
}

const held = () => {}
const errorOf = (code: UploadErrorCode, retryAfter?: number) =>
  new UploadError(code, { phase: 'uploading', retryAfter })

describe('withRetry by error code', () => {
  const passing = ['network', 'throttled', 'unavailable', 'stalled']
  test.each(uploadErrorCodes.map((code) => [code, passing.includes(code)] as const))(
    '%s: %s',
    async (code, again) => {
      const { host } = sleeper()
      const error = errorOf(code)
      const waited = waitBeforeRetry(error, 1, {}, host, never, held)
      if (again) await expect(waited).resolves.toBe(true)
      else await expect(waited).rejects.toBe(error)
    },
  )
})

test('each delay is at most twice the one before and at most the maximum', async () => {
  const { host, slept } = sleeper()
  for (let attempt = 1; attempt <= 8; attempt += 1)
    await waitBeforeRetry(errorOf('network'), attempt, {}, host, never, held)
  expect(slept).toEqual([400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000])
})

test('a delay is a random part of the maximum, so that many browsers do not retry at the same moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 8 }),
      async (random, attempt) => {
        const { host, slept } = sleeper({ random })
        await waitBeforeRetry(errorOf('network'), attempt, {}, host, never, held)
        expect(slept[0]).toBeCloseTo(random * Math.min(20_000, 400 * 2 ** (attempt - 1)))
      },
    ),
  )
})

test('respects Retry-After of the server', async () => {
  const { host, slept } = sleeper()
  await waitBeforeRetry(errorOf('throttled', 5000), 1, {}, host, never, held)
  expect(slept).toEqual([5000])
})

test('reports a retry before the delay, and reports none when it does not retry', async () => {
  const { host, slept } = sleeper()
  const reported: [string, number][] = []
  const report = ({ code }: UploadError) => void reported.push([code, slept.length])
  await waitBeforeRetry(errorOf('network'), 1, {}, host, never, report)
  await waitBeforeRetry(errorOf('forbidden'), 1, {}, host, never, report).catch(() => {})
  await waitBeforeRetry(errorOf('network'), 9, {}, host, never, report).catch(() => {})
  expect(reported).toEqual([['network', 0]])
})

test('the ninth failure in a row is an error', async () => {
  const { host } = sleeper()
  const error = errorOf('network')
  await expect(waitBeforeRetry(error, 9, {}, host, never, held)).rejects.toBe(error)
})

test.each<[string, Retry, boolean]>([
  ['for all phases', { retries: 0 }, false],
  ['for this phase', { uploading: { retries: 0 } }, false],
  ['for another phase', { starting: { retries: 0 } }, true],
])('the retry policy can be set %s', async (_where, retry, again) => {
  const { host } = sleeper()
  const waited = waitBeforeRetry(errorOf('network'), 1, retry, host, never, held).then(
    () => true,
    () => false,
  )
  expect(await waited).toBe(again)
})

test('an offline device waits until it is online, and the wait is not an attempt', async () => {
  const { host, total } = sleeper({ online: (now) => now >= 30_000 })
  expect(await waitBeforeRetry(errorOf('network'), 1, {}, host, never, held)).toBe(false)
  expect(total()).toBe(30_000)
})

test('a device that wrongly reports offline still tries from time to time', async () => {
  const { host, total } = sleeper({ online: () => false })
  await waitBeforeRetry(errorOf('network'), 1, {}, host, never, held)
  expect(total()).toBe(60_000)
})

describe('expiry of a ticket by the clock of the browser', () => {
  const put = (query: string, more: Partial<Ticket> = {}) =>
    ({ kind: 'put', key: 'k', url: `https://s3.test/k?${query}`, ...more }) as Ticket // put and post share the rest
  const day = 86_400_000

  test('a presigned URL is valid for its stated duration, whatever the clocks show', () => {
    for (const skew of [-day, 0, day]) {
      const now = Date.UTC(2026, 10, 21, 12) + skew
      const ticket = put('X-Amz-Date=20261121T120000Z&X-Amz-Expires=900')
      expect(expiryOf(ticket, now)).toBe(now + 900_000 - 10_000)
    }
  })
  test('a policy is valid from its date to its expiry', () => {
    const signed = Date.UTC(2026, 10, 21, 12)
    const ticket: Ticket = {
      kind: 'post',
      key: 'k',
      url: '/',
      fields: { 'X-Amz-Date': '20261121T120000Z' },
      expiresAt: signed + 600_000,
    }
    expect(expiryOf(ticket, signed + day)).toBe(signed + day + 590_000)
  })
  test('an expiry without a date is used unchanged', () => {
    expect(expiryOf(put('', { expiresAt: 100_000 }), 0)).toBe(90_000)
  })
  test('an expiry before the arrival of the ticket means that a clock is wrong', () => {
    expect(expiryOf(put('', { expiresAt: 1 }), day)).toBe(Infinity)
  })
  test('a short validity does not expire before it starts', () => {
    const ticket = put('X-Amz-Date=20261121T120000Z&X-Amz-Expires=8')
    expect(expiryOf(ticket, 0)).toBe(6000)
  })
  test('a ticket without an expiry does not expire', () => {
    expect(expiryOf(put(''), 0)).toBe(Infinity)
  })
})
