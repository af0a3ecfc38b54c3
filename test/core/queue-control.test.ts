import { describe, expect, test, vi } from 'vitest'
import type { UploaderOptions } from '../../src/core/options.ts'
import type { UploadEndpoints } from '../../src/core/ports.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

const byHand = { speed: 0 }

describe('pause', () => {
  test('pause right after add holds every file, without a request to backend or storage', async () => {
    const { fake, uploader, statuses } = startEngine({ connections: 2 })
    uploader.add(files('a', 'b', 'c', 'd', 'e', 'f'))
    uploader.pause()
    await settlePromises()
    expect(statuses()).toEqual(Array<string>(6).fill('idle held'))
    expect(fake.calls).toEqual([])
    uploader.resume()
    await uploader.settled()
    expect(statuses()).toEqual(Array<string>(6).fill('done'))
  })
  test('pause of one file lets the others continue in their order', async () => {
    const { fake, uploader, statuses } = startEngine()
    const [first] = uploader.add(files('a', 'b'))
    uploader.pause(first)
    await uploader.settled()
    expect(statuses()).toEqual(['idle held', 'done'])
    expect(fake.calls.filter((call) => call.endsWith(' a'))).toEqual([])
  })
  test('pause during prepare aborts it, and resume prepares the file again', async () => {
    const signals: AbortSignal[] = []
    const { uploader, statuses } = startEngine({
      options: {
        prepare: (file, { signal }) => {
          signals.push(signal)
          return signals.length > 1 ? file : new Promise<Blob>(() => {})
        },
      },
    })
    uploader.add(files('a'))
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    uploader.pause()
    expect(statuses()).toEqual(['idle held'])
    expect(signals[0]?.aborted).toBe(true)
    uploader.resume()
    await uploader.settled()
    expect(signals).toHaveLength(2)
    expect(statuses()).toEqual(['done'])
  })

  test('pause during presign aborts it, and a ticket that still arrives is discarded', async () => {
    let answer = () => {}
    const discarded: string[] = []
    const { uploader, statuses } = startEngine({
      endpoints: {
        presign: () =>
          new Promise((resolve) => {
            answer = () => resolve({ kind: 'put', key: 'late', url: 'https://storage.test/late' })
          }),
        discard: async ({ key }) => void discarded.push(key),
      },
    })
    uploader.add(files('a'))
    await settlePromises()
    expect(statuses()).toEqual(['starting'])
    uploader.pause()
    expect(statuses()).toEqual(['idle held'])
    answer()
    await vi.waitFor(() => expect(discarded).toEqual(['late']))
    expect(statuses()).toEqual(['idle held'])
  })
  test('pause keeps a ticket for resume, and cancel discards it', async () => {
    const { fake, uploader, statuses } = startEngine({ fakes: byHand, connections: 1 })
    const [, waiting] = uploader.add(files('a', 'b'))
    await fake.for('a').presign()
    await fake.for('b').presign()
    await vi.waitFor(() => expect(statuses()).toEqual(['uploading', 'starting']))
    uploader.pause(waiting)
    await fake.for('a').store()
    await fake.for('a').confirm()
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'idle held'])
    uploader.resume(waiting)
    await vi.waitFor(() => expect(fake.calls.at(-1)).toBe('send b'))
    expect(fake.calls.filter((call) => call === 'presign b')).toHaveLength(1)
    uploader.pause(waiting)
    expect(statuses()).toEqual(['done', 'uploading paused'])
    uploader.cancel(waiting)
    await vi.waitFor(() => expect(fake.calls.at(-1)).toBe('discard b'))
  })
  test.each([
    ['the same key is not discarded: its parts stay', 'kept', []],
    ['another key discards that one alone', 'another', ['another']],
  ])('pause during a renewal that ends with %s', async (_name, key, expected) => {
    const ticket = { kind: 'multipart', key: 'kept', uploadId: 'u', partSize: 5_242_880 } as const
    const discarded: string[] = []
    let renew = () => {}
    const { uploader, statuses } = startEngine({
      options: { retry: { retries: 0 } },
      endpoints: {
        presign: async () => ticket,
        renew: () => new Promise((resolve) => (renew = () => resolve({ ...ticket, key }))),
        discard: async (each) => void discarded.push(each.key),
      },
      transport: {
        send: async (_file, _ticket, { onProgress }) => {
          onProgress(1)
          throw new UploadError('expired', { phase: 'uploading' })
        },
      },
    })
    uploader.add(files('a'))
    await vi.waitFor(() => expect(statuses()).toEqual(['starting']))
    await settlePromises()
    uploader.pause()
    expect(statuses()).toEqual(['uploading paused'])
    renew()
    await settlePromises()
    expect(discarded).toEqual(expected)
  })
  test('pause of a retry that waits for the answer to `failed` still discards the refused upload', async () => {
    const discarded: string[] = []
    const { uploader, statuses } = startEngine({
      endpoints: {
        presign: async () => ({ kind: 'put', key: 'refused', url: 'https://storage.test/refused' }),
        failed: () => new Promise(() => {}),
        discard: async ({ key }) => void discarded.push(key),
      },
      host: { sleep: () => new Promise(() => {}) },
      transport: {
        send: () => Promise.reject(new UploadError('rejected', { phase: 'uploading' })),
      },
    })
    const [item] = uploader.add(files('a'))
    await uploader.settled()
    uploader.retry(item)
    uploader.pause()
    expect(statuses()).toEqual(['idle held'])
    await vi.waitFor(() => expect(discarded).toEqual(['refused']))
  })
  test('pause holds an upload that waits for the network', async () => {
    const { uploader, statuses } = startEngine({
      endpoints: { presign: () => Promise.reject(new TypeError('Failed to fetch')) },
      host: {
        sleep: (_milliseconds, signal) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
      },
    })
    uploader.add(files('a'))
    await vi.waitFor(() =>
      expect(uploader.store.getState().items[0]).toMatchObject({ status: 'starting', retrying: true }),
    )
    uploader.pause()
    await settlePromises()
    expect(statuses()).toEqual(['idle held'])
  })
  test('pause has no effect on finishing, done, canceled or failed uploads', async () => {
    const { fake, uploader, statuses } = startEngine({ fakes: byHand, options: { retry: { retries: 0 } } })
    const [, , canceled] = uploader.add(files('a', 'b', 'c'))
    await fake.for('a').presign()
    await fake.for('a').store()
    await fake.for('b').fail('forbidden')
    uploader.cancel(canceled)
    await vi.waitFor(() => expect(statuses()).toEqual(['finishing', 'error', 'idle canceled']))
    uploader.pause()
    expect(statuses()).toEqual(['finishing', 'error', 'idle canceled'])
    await fake.for('a').confirm()
    await vi.waitFor(() => expect(statuses()[0]).toBe('done'))
  })
  test.each([
    ['confirm', 'post', 'idle held', ['discard a']],
    ['complete', 'multipart', 'uploading paused', []],
  ] as const)(
    'pause while finishing holds bytes that %s then finds lost',
    async (call, kind, held, discarded) => {
      let lose = () => {}
      const lost = new Promise<never>((_resolve, reject) => {
        lose = () => reject(new UploadError('not-stored', { phase: 'finishing' }))
      })
      const endpoints: Partial<UploadEndpoints<FakeResult>> = { [call]: () => lost }
      const engine = startEngine({ fakes: { ...byHand, kind }, endpoints })
      const { fake, uploader, statuses } = engine
      uploader.add(files('a'))
      await fake.for('a').presign()
      await fake.for('a').progress(0.5)
      void fake
        .for('a')
        .store()
        .catch(() => {})
      await vi.waitFor(() => expect(statuses()).toEqual(['finishing']))
      uploader.pause()
      expect(statuses()).toEqual(['finishing'])
      lose()
      await vi.waitFor(() => expect(statuses()).toEqual([held]))
      await settlePromises()
      expect(fake.calls).toEqual(['presign a', 'send a', ...discarded])
      uploader.resume()
      await vi.waitFor(() => expect(fake.calls.at(-1)).toBe(kind === 'post' ? 'presign a' : 'send a'))
    },
  )
  test.each([
    ['resume', 'not-stored'],
    ['retry', 'forbidden'],
  ] as const)('pause while finishing ends with %s', async (call, code) => {
    const { fake, uploader, statuses } = startEngine({ fakes: byHand, options: { retry: { retries: 0 } } })
    const [item] = uploader.add(files('a'))
    await fake.for('a').presign()
    await fake.for('a').store()
    await vi.waitFor(() => expect(statuses()).toEqual(['finishing']))
    uploader.pause()
    if (call === 'resume') uploader.resume()
    await fake.for('a').fail(code)
    if (call === 'retry') {
      await uploader.settled()
      uploader.retry(item)
      await fake.for('a').fail('not-stored')
    }
    await vi.waitFor(() => expect(statuses()).toEqual(['starting']))
    fake.speed = Infinity
    await fake.for('a').presign()
    await uploader.settled()
    expect(statuses()).toEqual(['done'])
  })
  test('pause does not hold files that are added later', async () => {
    const { uploader, statuses } = startEngine()
    uploader.add(files('a'))
    uploader.pause()
    uploader.add(files('b'))
    await uploader.settled()
    expect(statuses()).toEqual(['idle held', 'done'])
  })
  test('pause settles the list and leaves the promise of the result pending', async () => {
    const { uploader } = startEngine()
    const [item] = uploader.add(files('a'))
    uploader.pause()
    const result = uploader.resultOf(item ?? '')
    expect((await uploader.settled()).map(({ status }) => status)).toEqual(['idle'])
    uploader.resume()
    await expect(result).resolves.toMatchObject({ name: 'a' })
  })
  test('pause stays in force after retry of all files', async () => {
    const { uploader, statuses } = startEngine()
    uploader.add(files('a'))
    uploader.pause()
    uploader.retry()
    await settlePromises()
    expect(statuses()).toEqual(['idle held'])
  })
})

describe('changed options', () => {
  test('raising concurrency from 0 and from 1 starts files at once, after refresh', async () => {
    const engine = startEngine({ fakes: byHand, options: { concurrency: 0 } })
    const { uploader, statuses, options } = engine
    const set = (concurrency: number | undefined) => {
      Object.assign(options, { concurrency })
      uploader.applyOptions()
    }
    const started = () => statuses().filter((status) => status !== 'idle').length
    uploader.add(files('a', 'b', 'c', 'd'))
    await settlePromises()
    expect(started()).toBe(0)
    set(1)
    expect(started()).toBe(1)
    set(3)
    expect(started()).toBe(3)
    set(0)
    expect(started()).toBe(3)
    set(undefined)
    expect(started()).toBe(4)
  })
  test('a changed retry option applies at once, also while a step is retried', async () => {
    let tries = 0
    const { uploader, options, slept } = startEngine({
      options: { retry: { retries: 100 } },
      endpoints: {
        presign: () => {
          tries += 1
          if (tries === 3) Object.assign(options, { retry: { retries: 0 } })
          return Promise.reject(new TypeError('Failed to fetch'))
        },
      },
    })
    uploader.add(files('a'))
    await uploader.settled()
    expect(tries).toBe(3)
    expect(slept).toHaveLength(2)
  })
  test('route, meta and prepare are read when a step needs them', async () => {
    const asked: unknown[] = []
    let refuse = true
    const settings = (version: string): UploaderOptions<FakeResult> => ({
      route: version,
      meta: { version },
      prepare: () => new File([version], 'a.txt'),
    })
    const { uploader, options } = startEngine({
      options: { ...settings('old'), concurrency: 1 },
      endpoints: {
        presign: (file) => {
          asked.push([file.route, file.meta, file.size])
          if (!refuse) return Promise.resolve({ kind: 'put', key: 'k', url: 'https://storage.test/k' })
          refuse = false
          Object.assign(options, settings('newer'))
          return Promise.reject(new TypeError('Failed to fetch'))
        },
      },
    })
    uploader.add(files('a', 'b'))
    await uploader.settled()
    // The first file was prepared before the change, and presigned again after it.
    expect(asked).toEqual([
      ['old', { version: 'old' }, 3],
      ['newer', { version: 'newer' }, 3],
      ['newer', { version: 'newer' }, 5],
    ])
  })
})

describe('retry', () => {
  const refusal = (options: UploaderOptions<FakeResult>) => {
    let refused = 0
    const engine = startEngine({
      options,
      endpoints: {
        presign: () => {
          refused += 1
          return Promise.reject(new UploadError('forbidden', { phase: 'starting' }))
        },
      },
    })
    return { ...engine, refused: () => refused }
  }
  test('retry of one item always tries; retry of all tries only retryable items', async () => {
    const { uploader, refused } = refusal({})
    const [item] = uploader.add(files('a'))
    await uploader.settled()
    uploader.retry()
    await settlePromises()
    expect(refused()).toBe(1)
    uploader.retry(item)
    await uploader.settled()
    expect(refused()).toBe(2)
  })
  test('retry of a single upload always tries', async () => {
    const { uploader, refused } = refusal({ multiple: false })
    uploader.add(files('a'))
    await uploader.settled()
    uploader.retry()
    await uploader.settled()
    expect(refused()).toBe(2)
  })
})
