import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createStore } from 'zustand/vanilla'
import type { ItemRecord } from '../../src/core/item-record.ts'
import { publicStatusOf } from '../../src/core/item.ts'
import type { UploadItem } from '../../src/core/item.ts'
import { createQueue, stableRows } from '../../src/core/queue.ts'
import type { QueueStatus } from '../../src/core/queue.ts'
import { transition } from '../../src/core/machine/machine.ts'
import type { UploadEvent, UploadState } from '../../src/core/machine/state.ts'
import type { UploaderOptions } from '../../src/core/options.ts'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploadsOptions } from '../../src/testing/fake-uploads.ts'
import { startEngine } from '../harness/engine.ts'

// Ten thousand files: the counted work must not grow with their number.

function setUp(
  fakes: FakeUploadsOptions<FakeResult> = {},
  connections = 6,
  options: UploaderOptions<FakeResult> = {},
) {
  const fake = fakeUploads(fakes)
  const frames: (() => void)[] = []
  let id = 0
  const uploader = createUploader(
    {
      ...fake,
      pool: createConnectionPool(connections),
      host: {
        now: () => 0,
        frame: (run) => void frames.push(run),
        sleep: () => Promise.resolve(),
        random: () => 0.5,
        isOnline: () => true,
      },
      newId: () => String((id += 1)),
    },
    { ...fake.defaults, ...options },
  )
  const notified = vi.fn()
  uploader.store.subscribe(notified)
  return {
    fake,
    uploader,
    told: notified,
    frames,
    paint: () => frames.splice(0).forEach((run) => run()),
  }
}

/** The limit is generous because other processes share the cores. */
const patient = { timeout: 15_000 }

/** Waits without a limit until the bytes of a file are sent. */
const uploading = (item?: UploadItem) =>
  new Promise<void>((resolve) => {
    item?.store.subscribe(({ status }) => status === 'uploading' && resolve())
    if (item?.store.getState().status === 'uploading') resolve()
  })

const files = (count: number) => Array.from({ length: count }, (_, index) => fakeFile(`${index}.png`))

test('publishes a user action immediately and once, however many files it affects', () => {
  const { uploader, told: notified } = setUp({ speed: 0 })
  uploader.add(files(1000))
  uploader.cancel()
  uploader.retry()
  uploader.clear()
  expect(notified).toHaveBeenCalledTimes(4)
})

test('publishes engine events once per frame, and the state is readable at any time', async () => {
  const { uploader, told: notified, paint, frames } = setUp()
  uploader.add(files(200))
  notified.mockClear()
  await uploader.settled()
  // Two hundred files with five changes each, before the first frame.
  expect(notified).not.toHaveBeenCalled()
  expect(frames).toHaveLength(1)
  expect(new Set(uploader.store.getState().items.map(({ status }) => status))).toEqual(new Set(['done']))

  paint()
  expect(notified).toHaveBeenCalledTimes(1)
  expect(notified.mock.calls[0]?.[0]).toBe(uploader.store.getState())
  paint()
  expect(notified).toHaveBeenCalledTimes(1)
})

test('notifies a row of its own status immediately', async () => {
  const { fake, uploader } = setUp({ speed: 0 })
  const [item] = uploader.add(files(1000))
  await fake.for('0.png').presign()
  await uploading(item)
  expect(item?.store.getState().status).toBe('uploading')
})

test('a progress event changes one item and not the list of ten thousand', async () => {
  const { fake, uploader, told: notified, paint } = setUp({ speed: 0 })
  const items = uploader.add(files(10_000))
  await fake.for('3.png').presign()
  await uploading(items[3])
  paint()
  notified.mockClear()
  const before = uploader.store.getState()
  const touched: number[] = []
  items.forEach(({ store }, index) => store.subscribe(() => touched.push(index)))
  for (const fraction of [0.1, 0.2, 0.3]) await fake.for('3.png').progress(fraction)
  paint()
  expect(notified).not.toHaveBeenCalled()
  expect(uploader.store.getState()).toBe(before)
  expect(touched).toEqual([3])
})

test('the list of rows keeps its identity until a row is added, removed or moved', () => {
  const { uploader } = setUp({ speed: 0 })
  const items = uploader.add(files(100))
  const rows = () => stableRows(uploader.store.getState().items)
  const before = rows()
  uploader.cancel()
  uploader.retry(items[3])
  expect(uploader.store.getState().items).not.toBe(before)
  expect(rows()).toBe(before)
  for (const change of [
    () => uploader.move(items[3] ?? '', 0),
    () => uploader.remove(items[5] ?? ''),
    () => uploader.add(files(1)),
  ]) {
    const last = rows()
    change()
    expect(rows()).not.toBe(last)
    expect(rows().map(({ id }) => id)).toEqual(uploader.store.getState().items.map(({ id }) => id))
  }
})

test('the next file to start is the first of the list in its current order', async () => {
  const { fake, uploader } = setUp({ speed: 0 }, 6, { concurrency: 1 })
  const items = uploader.add(files(5))
  uploader.move(items[4] ?? '', 0)
  uploader.remove(items[1] ?? '')
  const presigned = (name: string) =>
    vi.waitFor(() => expect(fake.calls).toContain(`presign ${name}`), patient)
  uploader.cancel(items[2])
  await presigned('0.png')
  uploader.cancel(items[0])
  await presigned('4.png')
  uploader.cancel(items[4])
  uploader.retry(items[2])
  for (const name of ['3.png', '2.png']) {
    await fake.for(name).presign()
    await fake.for(name).store()
    await fake.for(name).confirm()
  }
  expect(fake.calls.filter((call) => call.startsWith('presign'))).toEqual(
    ['0.png', '4.png', '3.png', '2.png'].map((name) => `presign ${name}`),
  )
})

/** A file on disk: reading its size is a call to the browser. */
function onDisk(name: string, size: number, ask: () => void): File {
  const file = new File([], name, { type: 'image/png' })
  Object.defineProperty(file, 'size', {
    get: () => {
      ask()
      return size
    },
  })
  return file
}

test('files of a large drop are measured in slices, and files that are too large leave the list', async () => {
  const { fake, uploader } = setUp({ speed: 0 }, 6, { maxSize: 1000, accept: 'image/*' })
  const ask = vi.fn()
  const size = (index: number) => (index % 100 === 50 ? 2000 : 10)
  const dropped = Array.from({ length: 1000 }, (_, index) => onDisk(`${index}.png`, size(index), ask))
  const items = uploader.add([...dropped, fakeFile('notes.txt', { type: 'text/plain' })])
  const { rejections } = uploader.store.getState()
  expect(rejections.map(({ file }) => file.name)).toEqual(['notes.txt'])
  expect(items).toHaveLength(1000)
  // The files that have started.
  expect(ask.mock.calls.length).toBeLessThan(50)

  await vi.waitFor(() => expect(uploader.store.getState().items).toHaveLength(990), patient)
  const refused = uploader.store.getState().rejections
  expect(refused.map(({ error }) => error.code)).toEqual([
    'wrong-type',
    ...Array<string>(10).fill('too-large'),
  ])
  expect(fake.calls.filter((call) => /\b\d*50\.png/.test(call))).toEqual([])
})

test('a file that starts before it is measured is measured then', async () => {
  const { fake, uploader } = setUp({}, 6, { maxSize: 1000 })
  const dropped = Array.from({ length: 300 }, (_, index) =>
    onDisk(`${index}.png`, index === 299 ? 2000 : 10, () => {}),
  )
  const items = uploader.add(dropped)
  uploader.move(items[299] ?? '', 0)
  await uploader.settled()
  expect(fake.calls).not.toContain('presign 299.png')
  expect(uploader.store.getState().rejections.map(({ file }) => file.name)).toEqual(['299.png'])
})

test('all files are measured at once when the list has a maximum number of files', () => {
  const { uploader } = setUp({ speed: 0 }, 6, { maxSize: 1000, maxFiles: 1000 })
  const ask = vi.fn()
  uploader.add(Array.from({ length: 300 }, (_, index) => onDisk(`${index}.png`, 10, ask)))
  expect(ask.mock.calls.length).toBeGreaterThanOrEqual(300)
})

test('adding files without `validate` creates nothing for each file afterwards', async () => {
  const created = vi.spyOn(globalThis, 'AbortController')
  const { uploader } = setUp({ speed: 0 }, 6, { start: 'manual' })
  uploader.add(files(1000))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(created.mock.calls.length).toBeLessThan(100)
  created.mockRestore()
})

test('files that `validate` accepts at once are validated with pauses', async () => {
  let time = 0
  let pauseCount = 0
  const validationsBetween: number[] = []
  const validate = () => void (validationsBetween[pauseCount] = (validationsBetween[pauseCount] ?? 0) + 1)
  const engine = startEngine({
    options: { start: 'manual', validate },
    host: {
      now: () => (time += 1),
      sleep: () => new Promise((resolve) => setTimeout(resolve, (pauseCount += 1))),
    },
  })
  engine.uploader.add(files(50))
  await expect.poll(() => validationsBetween.reduce((sum, count) => sum + count, 0)).toBe(50)
  expect(Math.max(...validationsBetween.filter(Boolean))).toBeLessThan(20)
})

test('settled() resolves without a frame, and also when the list becomes empty', async () => {
  const { uploader } = setUp({ speed: 0 })
  uploader.add(files(100))
  const settled = uploader.settled()
  uploader.clear()
  await expect(settled).resolves.toEqual([])
})

test('replacing a file does not settle a single upload', async () => {
  const { uploader } = setUp({}, 6, { multiple: false })
  uploader.add([fakeFile('a.png')])
  const settled = uploader.settled()
  uploader.add([fakeFile('b.png')])
  expect((await settled).map(({ file, status }) => `${file.name} ${status}`)).toEqual(['b.png done'])
})

// The queue alone, compared with a plain array.

const ticket: Ticket = { kind: 'put', key: 'k', url: 'https://storage.test/k' }
const idle: UploadState<unknown> = { status: 'idle', canceled: false, held: false }
/** The state after these events. */
const after = (...events: UploadEvent<unknown>[]) =>
  events.reduce<UploadState<unknown>>((state, event) => transition(state, event)[0], idle)

const toUploading: UploadEvent<unknown>[] = [
  { type: 'start' },
  { type: 'prepared' },
  { type: 'presigned', ticket, expiresAt: Infinity },
  { type: 'connected', now: 0 },
]
const receipt = { file: { id: '1', name: 'a.png', size: 1, type: '' }, ticket }
const toFinishing: UploadEvent<unknown>[] = [...toUploading, { type: 'sent', receipt }]
const error = new UploadError('forbidden', { phase: 'finishing' })
const queueStatuses: Record<QueueStatus, UploadState<unknown>> = {
  idle,
  canceled: after({ type: 'cancel' }),
  held: after({ type: 'pause' }),
  starting: after({ type: 'start' }),
  uploading: after(...toUploading),
  paused: after(...toUploading, { type: 'pause' }),
  finishing: after(...toFinishing),
  done: after(...toFinishing, { type: 'confirmed', result: 1 }),
  error: after(...toFinishing, { type: 'failed', error, now: 0 }),
}

let reads = 0
function entryOf(id: string): ItemRecord<unknown> {
  let state = queueStatuses.idle
  const file = new File(['x'], id)
  return {
    id,
    file,
    preparedFile: file,
    lastEventAt: 0,
    store: createStore<UploadItem>((_set, _get, store) => ({
      id,
      file,
      name: id,
      meta: undefined,
      removing: false,
      removeError: undefined,
      store,
      status: 'idle',
      canceled: false,
      held: false,
    })),
    get state() {
      reads += 1
      return state
    },
    set state(now) {
      state = now
    },
  }
}

const names = Object.keys(queueStatuses) as QueueStatus[]
const step = fc.oneof(
  fc.record({ act: fc.constant('push' as const) }),
  fc.record({ act: fc.constant('delete' as const), at: fc.nat(20) }),
  fc.record({ act: fc.constant('move' as const), at: fc.nat(20), to: fc.integer({ min: -2, max: 25 }) }),
  fc.record({ act: fc.constant('enter' as const), at: fc.nat(20), standing: fc.constantFrom(...names) }),
  fc.record({ act: fc.constant('read' as const) }),
)

test('order, counts and the next file equal those of a plain array after any operations', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const list = createQueue()
      let model: { entry: ItemRecord<unknown>; standing: QueueStatus }[] = []
      let made = 0
      for (const each of steps) {
        const there = 'at' in each && model.length > 0 ? model[each.at % model.length] : undefined
        if (each.act === 'push') {
          const entry = entryOf(String((made += 1)))
          list.push(entry)
          model.push({ entry, standing: 'idle' })
        } else if (each.act === 'delete' && there) {
          list.delete(there.entry)
          model = model.filter((other) => other !== there)
          // As in the uploader, a removed file is canceled first.
          if (there.standing === 'idle') there.entry.state = queueStatuses.canceled
        } else if (each.act === 'move' && there) {
          list.move(there.entry, each.to)
          model = model.filter((other) => other !== there)
          model.splice(Math.max(0, each.to), 0, there)
        } else if (each.act === 'enter' && there) {
          list.setRecordState(there.entry, queueStatuses[each.standing])
          there.entry.store.setState(publicStatusOf(queueStatuses[each.standing]))
          there.standing = each.standing
        } else if (each.act === 'read') {
          const { items } = list.store.getState()
          expect(items.length).toBe(model.length)
          expect(items.every((item, index) => item === model[index]?.entry.store.getState())).toBe(true)
        }
        expect(names.map((name) => list.count(name))).toEqual(
          names.map((name) => model.filter(({ standing }) => standing === name).length),
        )
        expect(list.nextReady()?.id).toBe(model.find(({ standing }) => standing === 'idle')?.entry.id)
        expect(list.isSettled()).toBe(
          model.every(({ standing }) => ['done', 'error', 'canceled', 'held'].includes(standing)),
        )
      }
      expect(list.store.getState().items.map(({ id }) => id)).toEqual(model.map(({ entry }) => entry.id))
    }),
    { numRuns: 100 },
  )
})

test('ten thousand files start and settle with a fixed number of visits per file', () => {
  const list = createQueue()
  for (let id = 0; id < 10_000; id += 1) list.push(entryOf(String(id)))
  reads = 0
  for (let entry = list.nextReady(); entry; entry = list.nextReady()) {
    list.setRecordState(entry, queueStatuses.starting)
    list.setRecordState(entry, queueStatuses.done)
  }
  expect(list.count('done')).toBe(10_000)
  expect(reads).toBeLessThan(10_000 * 8)
})
