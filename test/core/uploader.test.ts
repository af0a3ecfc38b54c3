import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createPresignWindow } from '../../src/core/presign-window.ts'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { UploadPorts } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import type { UploaderOptions } from '../../src/core/options.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploads, FakeUploadsOptions } from '../../src/testing/fake-uploads.ts'

function setUp(
  fakes: FakeUploadsOptions<FakeResult> = {},
  options: UploaderOptions<FakeResult> = {},
  connections = 6,
) {
  const fake = fakeUploads(fakes)
  return { fake, ...wire(fake, options, connections) }
}

function wire(fake: FakeUploads<FakeResult>, options: UploaderOptions<FakeResult>, connections: number) {
  let id = 0
  const frames: (() => void)[] = []
  const ports: UploadPorts<FakeResult> = {
    endpoints: fake.endpoints,
    transport: fake.transport,
    pool: createConnectionPool(connections),
    host: {
      now: () => 0,
      frame: (run) => void frames.push(run),
      sleep: () => Promise.resolve(),
      random: () => 0.5,
      isOnline: () => true,
    },
    newId: () => String((id += 1)),
  }
  const uploader = createUploader(ports, { ...fake.defaults, ...options })
  return {
    uploader,
    pool: ports.pool,
    paint: () => {
      for (const run of frames.splice(0)) run()
    },
    statuses: () => uploader.store.getState().items.map(({ status }) => status),
  }
}

const byHand = { speed: 0 }
const files = (...names: string[]) => names.map((name) => fakeFile(name))
/** Waits until every promise that needs no answer has settled. */
const settlePromises = () => new Promise((resolve) => setTimeout(resolve, 5))

test('a file is presigned, sent and confirmed, and its result is the answer of confirm', async () => {
  const { fake, uploader } = setUp()
  const [item] = uploader.add(files('a.png'))
  await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({
    name: 'a.png',
    size: 1000,
    type: 'image/png',
  })
  expect(fake.calls).toEqual(['presign a.png', 'send a.png', 'confirm a.png'])
})

test('files with the same name, size and type are two uploads', async () => {
  const { uploader } = setUp()
  uploader.add(files('a.png', 'a.png'))
  const items = await uploader.settled()
  const keys = items.map((item) => item.status === 'done' && item.result.key)
  expect(new Set(keys).size).toBe(2)
})

test('a failed file does not block the others', async () => {
  const { fake, uploader, statuses } = setUp()
  fake.failNext('presign', 'forbidden', 'a.png')
  uploader.add(files('a.png', 'b.png'))
  await uploader.settled()
  expect(statuses()).toEqual(['error', 'done'])
})

test('a failed confirm does not resend the bytes', async () => {
  const { fake, uploader, statuses } = setUp()
  fake.failNext('confirm', 'unavailable')
  const [item] = uploader.add(files('a.png'))
  const [failed] = await uploader.settled()
  expect(failed).toMatchObject({ status: 'error', error: { code: 'unavailable', phase: 'finishing' } })

  uploader.retry(item)
  await uploader.settled()
  expect(statuses()).toEqual(['done'])
  expect(fake.calls).toEqual(['presign a.png', 'send a.png', 'confirm a.png', 'confirm a.png'])
})

test('progress updates the item once per frame and never the list', async () => {
  const { fake, uploader, paint } = setUp(byHand)
  const [item] = uploader.add(files('a.png'))
  await fake.for('a.png').presign()
  await vi.waitFor(() => expect(item?.store.getState().status).toBe('uploading'))
  paint()
  const list = vi.fn()
  const row = vi.fn()
  uploader.store.subscribe(list)
  item?.store.subscribe(row)

  for (const fraction of [0.1, 0.2, 0.3]) await fake.for('a.png').progress(fraction)
  expect(row).not.toHaveBeenCalled()
  paint()
  expect(row).toHaveBeenCalledTimes(1)
  expect(item?.store.getState()).toMatchObject({ status: 'uploading', progress: 0.3 })
  expect(list).not.toHaveBeenCalled()
})

test('progress that arrives after the answer does not undo it', async () => {
  const { fake, uploader, paint, statuses } = setUp(byHand)
  uploader.add(files('a.png'))
  await fake.for('a.png').presign()
  await fake.for('a.png').progress(0.5)
  await fake.for('a.png').store()
  await settlePromises()
  paint()
  expect(statuses()).toEqual(['finishing'])
})

describe('the queue', () => {
  test('sends at most one file per connection, and presigns two rounds of them in one batch', async () => {
    const { fake, uploader, statuses } = setUp(byHand, {}, 2)
    uploader.add(files('1', '2', '3', '4', '5', '6', '7', '8'))
    const presigned = () => fake.calls.filter((call) => call.startsWith('presign')).length
    await settlePromises()
    expect(presigned()).toBe(4)
    for (const name of ['1', '2', '3', '4']) await fake.for(name).presign()
    await settlePromises()
    expect(statuses().slice(0, 5)).toEqual(['uploading', 'uploading', 'starting', 'starting', 'idle'])

    // One round is left: no presign. When less is left, one call fills it up.
    expect(presigned()).toBe(4)
    await fake.for('1').store()
    await settlePromises()
    expect(statuses().slice(0, 4)).toEqual(['finishing', 'uploading', 'uploading', 'starting'])
    expect(presigned()).toBe(7)
  })

  test('presigns more files ahead when files start faster, up to 50', () => {
    const pace = createPresignWindow()
    expect(pace.countToPresign(6)).toBe(12)
    for (let turn = 0; turn < 100; turn += 1) pace.recordStart(turn * 100)
    expect(Math.round(pace.countToPresign(6))).toBe(21)
    for (let turn = 0; turn < 100; turn += 1) pace.recordStart(10_000 + turn)
    expect(pace.countToPresign(6)).toBe(50)
    for (let turn = 0; turn < 100; turn += 1) pace.recordStart(20_000 + turn * 5000)
    expect(pace.countToPresign(6)).toBe(12)
  })

  test('with a concurrency of 1 a file starts when the file before it is done', async () => {
    const { fake, uploader, statuses } = setUp(byHand, { concurrency: 1 })
    uploader.add(files('1', '2'))
    await fake.for('1').presign()
    await settlePromises()
    expect(statuses()).toEqual(['uploading', 'idle'])
    await fake.for('1').store()
    await settlePromises()
    expect(statuses()).toEqual(['finishing', 'idle'])
    await fake.for('1').confirm()
    await settlePromises()
    expect(statuses()).toEqual(['done', 'starting'])
  })

  test('with a concurrency of 1 results come in the order of the files', async () => {
    const results: string[] = []
    const { fake, uploader } = setUp(
      {},
      { concurrency: 1, onDone: (_, { file }) => void results.push(file.name) },
    )
    uploader.add(files('1', '2', '3'))
    await uploader.settled()
    expect(results).toEqual(['1', '2', '3'])
    expect(fake.calls.slice(0, 4)).toEqual(['presign 1', 'send 1', 'confirm 1', 'presign 2'])
  })

  test('retry of all failed files keeps to the concurrency, and repeats only the failed step', async () => {
    const { fake, uploader, statuses } = setUp(byHand, { concurrency: 1, retry: { retries: 0 } })
    uploader.add(files('1', '2', '3'))
    await fake.for('1').presign()
    await fake.for('1').store()
    await fake.for('1').fail('unavailable')
    await fake.for('2').presign()
    await fake.for('2').fail('network')
    await fake.for('3').fail('unavailable')
    await uploader.settled()
    expect(statuses()).toEqual(['error', 'error', 'error'])
    const before = fake.calls.length
    uploader.retry()
    await settlePromises()
    expect(statuses()).toEqual(['finishing', 'idle', 'idle'])
    fake.speed = Infinity
    await fake.for('1').confirm()
    await uploader.settled()
    expect(fake.calls.slice(before)).toEqual([
      'confirm 1',
      'send 2',
      'confirm 2',
      'presign 3',
      'send 3',
      'confirm 3',
    ])
  })

  test('resume of all paused files keeps to the concurrency', async () => {
    const { fake, uploader, statuses } = setUp(byHand, { concurrency: 1 })
    const [first, second] = uploader.add(files('1', '2'))
    for (const item of [first, second]) {
      await fake.for(item?.file.name ?? '').presign()
      await settlePromises()
      uploader.pause(item)
    }
    expect(statuses()).toEqual(['uploading', 'uploading'])
    uploader.resume()
    await settlePromises()
    expect(statuses()).toEqual(['uploading', 'idle'])
    fake.speed = Infinity
    await fake.for('1').store()
    await uploader.settled()
    expect(fake.calls.filter((call) => call.startsWith('presign'))).toHaveLength(2)
    expect(statuses()).toEqual(['done', 'done'])
  })

  test('a file that is added during uploads waits in the queue and is uploaded', async () => {
    const { uploader } = setUp({}, { concurrency: 1 })
    uploader.add(files('1', '2'))
    uploader.add(files('3'))
    const items = await uploader.settled()
    expect(items.map(({ file, status }) => `${file.name} ${status}`)).toEqual(['1 done', '2 done', '3 done'])
  })

  test('skips a canceled file until it is retried', async () => {
    const { uploader, statuses } = setUp({}, { concurrency: 1 })
    const [, second] = uploader.add(files('1', '2'))
    uploader.cancel(second)
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'idle'])
    uploader.retry(second)
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'done'])
  })
})

describe('cancel', () => {
  test('cancel discards the ticket and ignores a late answer', async () => {
    const { fake, uploader, statuses } = setUp(byHand)
    uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    await settlePromises()
    uploader.cancel()
    await settlePromises()
    expect(statuses()).toEqual(['idle'])
    expect(fake.calls).toEqual(['presign a.png', 'send a.png', 'discard a.png'])
  })

  test('cancel discards a ticket that arrives later', async () => {
    const fake = fakeUploads(byHand)
    // This backend ignores the signal, as most do.
    let answer = () => {}
    const presign: typeof fake.endpoints.presign = (file) =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'put', key: 'k', url: 'https://storage.test/k', token: file.id })
      })
    const discard = vi.fn(async () => {})
    const { uploader } = wire({ ...fake, endpoints: { presign, discard } }, {}, 6)
    uploader.add(files('a.png'))
    await settlePromises()
    uploader.cancel()
    answer()
    await settlePromises()
    expect(discard).toHaveBeenCalledWith(expect.objectContaining({ key: 'k' }), expect.anything())
  })

  test('cancel releases the connection to the next file', async () => {
    const { fake, uploader, statuses } = setUp(byHand, {}, 1)
    const [first] = uploader.add(files('1', '2'))
    await fake.for('1').presign()
    await settlePromises()
    uploader.cancel(first)
    await fake.for('2').presign()
    await settlePromises()
    expect(statuses()).toEqual(['idle', 'uploading'])
  })

  test('cancel rejects the promise of the result with code canceled', async () => {
    const { uploader } = setUp(byHand)
    const [item] = uploader.add(files('a.png'))
    const result = uploader.resultOf(item ?? '')
    uploader.cancel()
    await expect(result).rejects.toMatchObject({ code: 'canceled' })
  })
})

describe('remove', () => {
  test('remove takes a file off the list, aborts it and discards its bytes', async () => {
    const { fake, uploader, statuses } = setUp(byHand)
    const [item] = uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    await settlePromises()
    uploader.remove(item ?? '')
    expect(statuses()).toEqual([])
    await settlePromises()
    expect(fake.calls).toContain('discard a.png')
  })

  test('remove discards the bytes of a failed upload', async () => {
    const { fake, uploader } = setUp()
    fake.failNext('confirm', 'unavailable')
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    uploader.remove(item ?? '')
    await settlePromises()
    expect(fake.calls.at(-1)).toBe('discard a.png')
  })

  test('remove does not discard a finished upload', async () => {
    const { fake, uploader } = setUp()
    const [item] = uploader.add(files('a.png'))
    await uploader.settled()
    uploader.remove(item ?? '')
    await settlePromises()
    expect(fake.calls).not.toContain('discard a.png')
  })

  test('clear aborts all uploads and starts none', async () => {
    const { fake, uploader } = setUp(byHand, {}, 1)
    uploader.add(files('1', '2', '3'))
    uploader.clear()
    await settlePromises()
    expect(uploader.store.getState()).toEqual({ items: [], rejections: [] })
    expect(fake.calls).not.toContain('presign 3')
  })
})

describe('adding files', () => {
  test('a refused file becomes a rejection and the others continue', async () => {
    const { uploader } = setUp({}, { accept: 'image/*', maxSize: '1kB' })
    uploader.add([
      fakeFile('a.pdf'),
      fakeFile('b.png', { size: 1001 }),
      fakeFile('c.png', { size: 0 }),
      fakeFile('d.png'),
    ])
    const items = await uploader.settled()
    expect(items.map(({ file }) => file.name)).toEqual(['d.png'])
    expect(uploader.store.getState().rejections.map(({ error }) => error.code)).toEqual([
      'wrong-type',
      'too-large',
      'empty',
    ])
  })

  test('a list accepts files up to its limit, and a removed file makes room', async () => {
    const { uploader, statuses } = setUp({}, { maxFiles: 2 })
    const [first] = uploader.add(files('1', '2', '3'))
    expect(uploader.store.getState().rejections).toMatchObject([{ error: { code: 'too-many' } }])
    uploader.remove(first ?? '')
    uploader.add(files('4'))
    expect(uploader.store.getState().rejections).toEqual([])
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'done'])
  })

  test('a single upload replaces its file, and a refused file leaves it unchanged', async () => {
    const { fake, uploader } = setUp(byHand, { multiple: false, accept: 'image/*' })
    uploader.add(files('1.png'))
    await fake.for('1.png').presign()
    await settlePromises()
    uploader.add(files('no.pdf'))
    expect(uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['1.png'])
    uploader.add(files('2.png'))
    expect(uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['2.png'])
    await settlePromises()
    expect(fake.calls).toContain('discard 1.png')
  })
})

test('the file that prepare returns is presigned and sent', async () => {
  const smaller = fakeFile('a.webp', { size: 10 })
  const { uploader } = setUp({}, { prepare: () => smaller })
  const [item] = uploader.add(files('a.png'))
  await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ name: 'a.webp', size: 10 })
  expect(item?.file.name).toBe('a.png')
})

test.each([
  ['IMG_1.HEIC', 'image/jpeg', 'IMG_1.jpg', 'image/jpeg'],
  ['a.jpeg', 'image/jpeg', 'a.jpeg', 'image/jpeg'],
  ['a.png', '', 'a.png', 'image/png'],
  ['notes', 'text/plain', 'notes.txt', 'text/plain'],
  ['Mr. Smith', 'image/webp', 'Mr. Smith.webp', 'image/webp'],
  ['scan v1.2', 'image/webp', 'scan v1.2.webp', 'image/webp'],
  ['clip.MOV', 'video/webm;codecs=vp9', 'clip.webm', 'video/webm'],
  ['a.7z', 'application/zip', 'a.zip', 'application/zip'],
])(
  'a Blob that prepare makes of %s with the type "%s" is presigned as %s',
  async (name, type, named, sent) => {
    const { uploader } = setUp({}, { prepare: () => new Blob(['x'], { type }) })
    const [item] = uploader.add([fakeFile(name)])
    await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ name: named, size: 1, type: sent })
  },
)

test('a file without a type is announced by its extension', async () => {
  const { uploader } = setUp()
  const [item] = uploader.add([fakeFile('IMG_1.HEIC', { type: '' })])
  await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ type: 'image/heic' })
})

test('a file without a type or a known extension is announced as octet-stream', async () => {
  const { uploader } = setUp()
  const [item] = uploader.add([fakeFile('data', { type: '' })])
  await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({ type: 'application/octet-stream' })
})

test('an invalid ticket is an error that names the field', async () => {
  const fake = fakeUploads()
  const presign = () => Promise.resolve({ kind: 'put', key: 'k', url: 'javascript:alert(1)' } as const)
  const { uploader } = wire({ ...fake, endpoints: { ...fake.endpoints, presign } }, {}, 6)
  uploader.add(files('a.png'))
  const [item] = await uploader.settled()
  expect(item).toMatchObject({ status: 'error', error: { code: 'invalid-answer', phase: 'starting' } })
  expect(item?.status === 'error' && item.error.message).toContain('"ticket.url"')
})

test('without confirm the result is the receipt', async () => {
  const fake = fakeUploads()
  const { presign } = fake.endpoints
  const { uploader } = wire({ ...fake, endpoints: { presign } }, {}, 6)
  const [item] = uploader.add(files('a.png'))
  await expect(uploader.resultOf(item ?? '')).resolves.toMatchObject({
    file: { name: 'a.png' },
    ticket: { kind: 'post' },
  })
})

test('confirm is told whether other uploads are in progress', async () => {
  const fake = fakeUploads()
  const heard: (boolean | undefined)[] = []
  const { confirm } = fake.endpoints
  const listening: typeof confirm = async (receipt, context) => {
    heard.push(context.moreExpected)
    return confirm?.(receipt, context) as Promise<FakeResult>
  }
  const { uploader } = wire({ ...fake, endpoints: { ...fake.endpoints, confirm: listening } }, {}, 1)
  uploader.add(files('a.png', 'b.png', 'c.png'))
  await uploader.settled()
  expect(heard).toEqual([true, true, false])
})

test('a multipart upload is completed, then confirmed', async () => {
  const { fake, uploader } = setUp({ kind: 'multipart' })
  uploader.add(files('a.mp4'))
  await uploader.settled()
  expect(fake.calls).toEqual(['presign a.mp4', 'send a.mp4', 'complete a.mp4', 'confirm a.mp4'])
})

test('an expired ticket is renewed when the backend can, and the old one is not discarded', async () => {
  const fake = fakeUploads()
  fake.failNext('send', 'expired')
  const renew = vi.fn((ticket) => Promise.resolve(ticket))
  const { uploader, statuses } = wire({ ...fake, endpoints: { ...fake.endpoints, renew } }, {}, 6)
  uploader.add(files('a.png'))
  await uploader.settled()
  expect(statuses()).toEqual(['done'])
  expect(renew).toHaveBeenCalledTimes(1)
  expect(fake.calls).not.toContain('discard a.png')
})

describe('transient failures', () => {
  test.each(['presign', 'send', 'confirm'] as const)(
    'retries only the %s that fails transiently',
    async (call) => {
      const { fake, uploader, statuses } = setUp({}, { retry: {} })
      fake.failNext(call, 'unavailable')
      fake.failNext(call, 'network')
      uploader.add(files('a.png'))
      await uploader.settled()
      expect(statuses()).toEqual(['done'])
      const calls = ['presign', 'send', 'confirm'].flatMap((each) =>
        Array(each === call ? 3 : 1).fill(`${each} a.png`),
      )
      expect(fake.calls).toEqual(calls)
    },
  )

  test('does not retry a refusal', async () => {
    const { fake, uploader, statuses } = setUp({}, { retry: {} })
    fake.failNext('send', 'forbidden')
    uploader.add(files('a.png'))
    await uploader.settled()
    expect(statuses()).toEqual(['error'])
    expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
  })

  test('counts each attempt to send the bytes', async () => {
    const { fake, uploader } = setUp(byHand, { retry: {} })
    const [item] = uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    await fake.for('a.png').fail('network')
    await fake.for('a.png').fail('network')
    await fake.for('a.png').progress(0.1)
    expect(item?.store.getState()).toMatchObject({ status: 'uploading', attempt: 3 })
  })

  test('progress resets the retry counter', async () => {
    const { fake, uploader, statuses } = setUp(byHand, { retry: { retries: 1 } })
    uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    for (const progress of [0.1, 0.2, 0.3, 0.4]) {
      await fake.for('a.png').progress(progress)
      await fake.for('a.png').fail('network')
      await settlePromises()
    }
    expect(statuses()).toEqual(['uploading'])
    await fake.for('a.png').fail('network')
    await settlePromises()
    expect(statuses()).toEqual(['error'])
  })

  test('cancel ends the delay between two attempts', async () => {
    const { fake, uploader, statuses } = setUp(byHand, { retry: {} })
    uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    await fake.for('a.png').fail('network')
    uploader.cancel()
    await settlePromises()
    expect(statuses()).toEqual(['idle'])
    expect(fake.calls.at(-1)).toBe('discard a.png')
  })

  test('an error thrown by meta fails its file, and the next one starts', async () => {
    const bad = new Error('no album')
    const { uploader, statuses } = setUp(
      {},
      {
        concurrency: 1,
        meta: ({ name }) => {
          if (name === 'bad') throw bad
          return {}
        },
      },
    )
    uploader.add(files('bad', 'good'))
    await uploader.settled()
    expect(statuses()).toEqual(['error', 'done'])
    expect(uploader.store.getState().items[0]).toMatchObject({ error: { code: 'unknown', cause: bad } })
  })

  test('retries a discard that fails transiently', async () => {
    const fake = fakeUploads(byHand)
    const discard = vi.fn(async () => {})
    discard.mockRejectedValueOnce(new UploadError('network', { phase: 'finishing' }))
    const { uploader } = wire({ ...fake, endpoints: { ...fake.endpoints, discard } }, { retry: {} }, 6)
    uploader.add(files('a.png'))
    await fake.for('a.png').presign()
    await settlePromises()
    uploader.cancel()
    await settlePromises()
    expect(discard).toHaveBeenCalledTimes(2)
  })

  test('sends bytes again with another ticket when confirm does not find them', async () => {
    const { fake, uploader, statuses } = setUp({}, { retry: {} })
    fake.failNext('confirm', 'not-stored')
    uploader.add(files('a.png'))
    await uploader.settled()
    expect(statuses()).toEqual(['done'])
    expect(fake.calls.filter((call) => call === 'send a.png')).toHaveLength(2)
    expect(fake.calls).toContain('discard a.png')
  })
})

test('an app callback that throws does not affect the upload', async () => {
  const seen: unknown[] = []
  const catchIt = (thrown: unknown) => seen.push(thrown)
  process.once('uncaughtException', catchIt)
  const boom = new Error('in onDone')
  const { uploader, statuses } = setUp(
    {},
    {
      onDone: () => {
        throw boom
      },
    },
  )
  uploader.add(files('a.png'))
  await uploader.settled()
  await settlePromises()
  expect(statuses()).toEqual(['done'])
  expect(seen).toEqual([boom])
})

test('onDone and onError are called once for each outcome', async () => {
  const onDone = vi.fn()
  const onError = vi.fn()
  const { fake, uploader } = setUp({}, { onDone, onError })
  fake.failNext('send', 'network', 'b.png')
  uploader.add(files('a.png', 'b.png'))
  await uploader.settled()
  expect(onDone).toHaveBeenCalledTimes(1)
  expect(onError).toHaveBeenCalledWith(
    expect.any(UploadError),
    expect.objectContaining({ file: expect.objectContaining({ name: 'b.png' }) }),
  )
  uploader.retry()
  await uploader.settled()
  expect(onDone).toHaveBeenCalledTimes(2)
})

test('`failed` of the backend is called with the ticket if there is one', async () => {
  const fake = fakeUploads()
  fake.failNext('presign', 'forbidden', 'a.png')
  fake.failNext('send', 'rejected', 'b.png')
  const failed = vi.fn(async () => {})
  const { uploader } = wire({ ...fake, endpoints: { ...fake.endpoints, failed } }, {}, 6)
  uploader.add(files('a.png', 'b.png'))
  await uploader.settled()
  const [a, b] = ['a.png', 'b.png'].map((name) => expect.objectContaining({ name }))
  expect(failed).toHaveBeenCalledWith(
    a,
    undefined,
    expect.objectContaining({ code: 'forbidden' }),
    expect.anything(),
  )
  const ticket = expect.objectContaining({ kind: 'post' })
  expect(failed).toHaveBeenCalledWith(
    b,
    ticket,
    expect.objectContaining({ code: 'rejected' }),
    expect.anything(),
  )
  expect(fake.calls).not.toContain('discard b.png')
})

test('an item exposes no URL of a ticket', async () => {
  const { fake, uploader } = setUp(byHand)
  uploader.add(files('a.png'))
  await fake.for('a.png').presign()
  await settlePromises()
  const [item] = uploader.store.getState().items
  const { file: _file, store: _store, ...visible } = item ?? {}
  expect(JSON.stringify(visible)).not.toContain('storage.test')
})

test('move changes the order only', () => {
  const { uploader } = setUp(byHand)
  const [first] = uploader.add(files('1', '2', '3'))
  uploader.move(first ?? '', 2)
  expect(uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['2', '3', '1'])
})

test('after any user actions every connection is released and only confirmed uploads are done', async () => {
  const act = fc.tuple(
    fc.constantFrom('add', 'cancel', 'retry', 'remove', 'pause', 'resume', 'fail', 'wait'),
    fc.nat(5),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const { fake, uploader, pool } = setUp({ kind: 'post' }, {}, 2)
      let count = 0
      for (const [what, which] of acts) {
        const item = uploader.store.getState().items[which]
        if (what === 'add') uploader.add(files(`${(count += 1)}`))
        else if (what === 'fail') fake.failNext(which % 2 ? 'send' : 'confirm', 'network')
        else if (what === 'wait') await Promise.resolve()
        else if (item) uploader[what](item)
      }
      uploader.resume()
      await uploader.settled()
      uploader.retry()
      await uploader.settled()

      const waiting = new AbortController()
      const all = await Promise.all([pool.acquire(waiting.signal), pool.acquire(waiting.signal)])
      expect(all).toHaveLength(2)
      for (const item of uploader.store.getState().items) {
        const confirms = fake.calls.filter((call) => call === `confirm ${item.file.name}`).length
        const sends = fake.calls.filter((call) => call === `send ${item.file.name}`).length
        expect(item.status === 'error' || confirms > 0 || item.status === 'idle').toBe(true)
        expect(sends).toBeGreaterThan(0)
      }
    }),
    { numRuns: 200 },
  )
})
