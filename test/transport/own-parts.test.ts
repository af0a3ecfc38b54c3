import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { sendParts } from '../../src/transport/multipart/send-parts.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { settlePromises, startEngine } from '../harness/engine.ts'

// Functions that an app writes for the parts of its own backend: signParts, listParts and renew.

type Call = 'signParts' | 'listParts' | 'renew'

const partUrl = 'https://storage.test/k?partNumber=1'
/** Whether storage accepts the part. Refused until the test says otherwise, so that a retry resumes. */
let acceptsPart = true
const partsSent: string[] = []

/** The members of the browser's request that the transport reads: Node has none. */
class StoredPartRequest {
  upload = {}
  readyState = 1
  status = 0
  responseText = ''
  url = ''
  onloadend = () => {}
  open(_method: string, url: string) {
    this.url = url
  }
  setRequestHeader() {}
  getAllResponseHeaders = () => ''
  abort() {}
  send() {
    partsSent.push(this.url)
    this.readyState = 4
    this.status = acceptsPart ? 200 : 403
    queueMicrotask(this.onloadend)
  }
}
beforeAll(() => vi.stubGlobal('XMLHttpRequest', StoredPartRequest))
afterAll(() => vi.unstubAllGlobals())

/** Makes one function give these answers to its first calls, and then behave. */
function start(call: Call, ...failures: (() => unknown)[]) {
  acceptsPart = call !== 'listParts'
  partsSent.splice(0)
  let calls = 0
  let now = 0
  const ticket: Ticket = {
    kind: 'multipart',
    key: 'k',
    uploadId: 'u',
    partSize: 5_242_880,
    expiresAt: 1000 * 60 * 60,
  }
  const answers = {
    signParts: () => [{ partNumber: 1, url: partUrl }],
    listParts: () => [],
    renew: () => ({ ...ticket, expiresAt: now + 1000 * 60 * 60 }),
  } as const
  const answer = (name: Call) => async () => {
    if (name !== call) return answers[name]()
    const failure = failures[calls]
    calls += 1
    return failure ? failure() : answers[name]()
  }
  const endpoints = {
    presign: async () => ticket,
    signParts: answer('signParts'),
    listParts: answer('listParts'),
    renew: answer('renew'),
    complete: async () => {},
    // A literal author writes these, and no type checker sees them in JavaScript.
  } as unknown as UploadEndpoints<FakeResult>
  const engine = startEngine({
    endpoints,
    transport: {
      send: (file, sentTicket, context) =>
        sendParts(file, sentTicket as Ticket & { kind: 'multipart' }, context, {
          // the ticket above
          startingMs: 1000,
          sendingMs: 1000,
          answeringMs: 1000,
        }),
    },
    host: { now: () => now },
  })
  return {
    ...engine,
    calls: () => calls,
    /** Adds a file, and brings it to the call: `listParts` and `renew` come with a retry. */
    async upload() {
      const { uploader } = engine
      const [item] = uploader.add([fakeFile('a.bin')])
      await uploader.settled()
      if (call === 'signParts') return uploader.store.getState().items[0]
      if (call === 'renew') now = 1000 * 60 * 60 * 2
      acceptsPart = true
      uploader.retry(item)
      await uploader.settled()
      await settlePromises()
      return uploader.store.getState().items[0]
    },
  }
}

const thrower = (thrown: unknown) => () => {
  throw thrown
}
const phases = { signParts: 'uploading', listParts: 'uploading', renew: 'starting' } as const

describe.each(['signParts', 'listParts', 'renew'] as const)('%s', (call) => {
  // A ticket is renewed only after its upload failed.
  const begin = (...failures: (() => unknown)[]) => {
    const started = start(call, ...failures)
    if (call === 'renew') acceptsPart = false
    return started
  }

  test('a lost network and a 503 are retried after the time that Retry-After names', async () => {
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '7' } })
    const { upload, slept, calls } = begin(
      thrower(new TypeError('Failed to fetch')),
      thrower(Object.assign(new Error(), { response: { status: 429, headers: { 'retry-after': 3 } } })),
      () => thrower(busy())(),
      busy,
    )
    expect(await upload()).toMatchObject({ status: 'done' })
    expect(calls()).toBe(5)
    expect(slept.slice(-3)).toEqual([3000, 7000, 7000])
    expect(partsSent.at(-1)).toBe(partUrl)
  })

  test('a network that stays lost ends as `network` in the phase of the call', async () => {
    const { upload } = begin(...Array.from({ length: 100 }, () => thrower(new TypeError('Load failed'))))
    expect(await upload()).toMatchObject({
      status: 'error',
      error: { code: 'network', phase: phases[call], retryable: true },
    })
  })

  test.each([
    ['throws an UploadError', thrower(new UploadError('forbidden', { phase: 'choosing' }))],
    ['returns an UploadError', () => new UploadError('forbidden', { phase: 'choosing' })],
    ['returns an error of the protocol', () => ({ error: { code: 'forbidden', message: 'no' } })],
    ['throws a Response', () => thrower(Response.json({ message: 'no' }, { status: 403 }))()],
    ['returns a Response', () => Response.json({ message: 'no' }, { status: 403 })],
    [
      'throws the error of an HTTP client',
      thrower(Object.assign(new Error('no'), { response: { status: 403 } })),
    ],
  ])('the upload fails at once in the phase of the call when it %s with 403', async (_name, failure) => {
    const { upload, calls } = begin(failure, failure)
    expect(await upload()).toMatchObject({
      status: 'error',
      error: { code: 'forbidden', phase: phases[call] },
    })
    expect(calls()).toBe(1)
  })

  test('a bug fails at once as `unknown`', async () => {
    const bug = thrower(new TypeError("Cannot read properties of undefined (reading 'a')"))
    const { upload, calls } = begin(bug, bug)
    expect(await upload()).toMatchObject({
      status: 'error',
      error: { code: 'unknown', phase: phases[call] },
    })
    expect(calls()).toBe(1)
  })
})

// Signing 150 parts takes more CPU time than a Worker on the Free plan has for a request (docs/runtimes.md).
test('a call signs only the parts that are sent next, also if the call is slow', async () => {
  acceptsPart = true
  const partSize = 5_242_880
  const batchSizes: number[] = []
  const signParts = async (_ticket: unknown, partNumbers: readonly number[]) => {
    batchSizes.push(partNumbers.length)
    await settlePromises()
    return partNumbers.map((partNumber) => ({
      partNumber,
      url: `https://storage.test/k?partNumber=${partNumber}`,
    }))
  }
  await sendParts(
    fakeFile('a.bin', { size: 200 * partSize }),
    { kind: 'multipart', key: 'k', uploadId: 'u', partSize },
    {
      signal: new AbortController().signal,
      resumed: false,
      onProgress: () => {},
      withRetry: (run) => run(),
      acquire: async () => () => {},
      endpoints: { signParts },
    },
    { startingMs: 1000, sendingMs: 1000, answeringMs: 1000 },
  )
  expect(batchSizes.reduce((sum, count) => sum + count)).toBe(200)
  expect(Math.max(...batchSizes)).toBeLessThanOrEqual(11)
})
