import { afterEach, expect, test, vi } from 'vitest'
import type * as workerHost from '../../../src/image/worker/worker-host.ts'

type Host = typeof workerHost

let hostCount = 0
/** Each test has a module of its own, because a worker that failed is never used again. */
async function loadHost(): Promise<Host> {
  hostCount += 1
  return import(
    /* @vite-ignore */ `../../../src/image/worker/worker-host.ts?host=${hostCount}`
  ) as Promise<Host>
}

let workers: RecordedWorker[] = []
class RecordedWorker extends Worker {
  isTerminated = false
  constructor(url: string | URL) {
    super(url)
    workers.push(this)
  }
  override terminate() {
    this.isTerminated = true
    super.terminate()
  }
}
function NoWorker() {
  throw new Error('No memory for a worker.')
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  workers = []
})

async function draw(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  context?.fillRect(0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg' })
}
const plan = (maxWidth: number) => ({ maxWidth, maxHeight: Infinity, types: ['image/png'], quality: 0.8 })
const { signal } = new AbortController()

test('thumbnails, pictures and descriptions at the same time do not mix, in two workers', async () => {
  vi.stubGlobal('Worker', RecordedWorker)
  const host = await loadHost()
  const sizes = Array.from({ length: 30 }, (_, index) => 40 + index * 20)
  const widths = await Promise.all(
    sizes.map(async (size, index) => {
      const file = await draw(size, 40)
      if (index % 3 === 0) return (await createImageBitmap(await host.createThumbnail(file, 40))).width
      if (index % 3 === 1) return (await host.createPicture(file, plan(size - 7), signal)).width
      return (await host.describePicture(file, signal))?.width
    }),
  )
  // A thumbnail is at most twice as wide as its shorter side.
  const expected = sizes.map(
    (size, index) => [expect.toSatisfy((width) => width <= 80), size - 7, size][index % 3],
  )
  expect(widths).toEqual(expected)
  expect(workers).toHaveLength(2)
})

test('a worker ends after 10 seconds without a task, and never with one', async () => {
  const host = await loadHost()
  const file = await draw(300, 200)
  vi.stubGlobal('Worker', RecordedWorker)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await Promise.all([1, 2, 3, 4].map(async () => host.createPicture(file, plan(100), signal)))
  vi.advanceTimersByTime(9000)
  const controller = new AbortController()
  const canceled = host.createPicture(file, plan(50), controller.signal).catch(() => 'canceled')
  const running = host.createPicture(file, plan(50), signal)
  controller.abort()
  vi.advanceTimersByTime(9999)
  expect(await canceled).toBe('canceled')
  expect((await running).width).toBe(50)
  vi.advanceTimersByTime(10_001)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, true])
  expect((await host.createPicture(file, plan(60), signal)).width).toBe(60)
  expect(workers).toHaveLength(3)
})

test('when a worker fails, the tasks of both are done in the page', async () => {
  vi.stubGlobal('Worker', RecordedWorker)
  const host = await loadHost()
  const file = await draw(600, 400)
  const pictures = [100, 101, 102, 103].map(async (width) => host.createPicture(file, plan(width), signal))
  const thumbnail = host.createThumbnail(file, 50).catch((thrown: Error) => thrown.message)
  const description = host.describePicture(file, signal)
  const inserted = host.insertIntoJpeg(file, new Uint8Array([1, 2, 3]), signal)
  workers[1]?.dispatchEvent(new ErrorEvent('error'))
  expect((await Promise.all(pictures)).map(({ width }) => width)).toEqual([100, 101, 102, 103])
  expect(await thumbnail).toBe('No worker.')
  expect(await description).toBeUndefined()
  expect((await inserted).size).toBe(file.size + 3)
  expect(workers.every(({ isTerminated }) => isTerminated)).toBe(true)
})

test('the first worker does all tasks if a second one cannot start', async () => {
  const host = await loadHost()
  const file = await draw(600, 400)
  const first = host.createThumbnail(file, 50)
  vi.stubGlobal('Worker', NoWorker)
  const second = host.createThumbnail(file, 50)
  expect((await Promise.all([first, second])).map(({ size }) => size > 0)).toEqual([true, true])
})

test('a bitmap that cannot be sent to a worker rejects, and the worker ends when it is idle', async () => {
  const host = await loadHost()
  vi.stubGlobal('Worker', RecordedWorker)
  const bitmap = await createImageBitmap(new ImageData(4, 4))
  bitmap.close()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await expect(host.createPicture(bitmap, plan(50), signal)).rejects.toThrow()
  vi.advanceTimersByTime(10_001)
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
})

test.each([
  ['with a worker', RecordedWorker],
  ['in the page', NoWorker],
])('a cancel %s rejects with its reason', async (_, TestedWorker) => {
  vi.stubGlobal('Worker', TestedWorker)
  const host = await loadHost()
  const file = await draw(3000, 2000)
  await host.createPicture(file, plan(50), signal)
  const controller = new AbortController()
  const picture = host.createPicture(file, plan(50), controller.signal)
  await Promise.resolve()
  controller.abort(new Error('stop'))
  await expect(picture).rejects.toThrow('stop')
})

test.runIf('scheduler' in globalThis)(
  'an abort of the task that chose the file does not fail its picture',
  async () => {
    const { scheduler } = globalThis as unknown as {
      readonly scheduler: { postTask(run: () => unknown, options: { signal: AbortSignal }): Promise<unknown> }
    }
    const host = await loadHost()
    const file = await draw(600, 400)
    const controller = new AbortController()
    let picture: ReturnType<Host['createPicture']> | undefined
    await scheduler.postTask(
      () => {
        picture = host.createPicture(file, plan(50), signal)
      },
      { signal: controller.signal },
    )
    controller.abort()
    expect((await picture)?.width).toBe(50)
  },
)
