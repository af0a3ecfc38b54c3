import { lazyModule } from '../../internal/lazy-module.ts'
import type { DrawnPicture, DrawPlan, PictureDescription } from './picture-tasks.ts'
import type { WorkerAnswer, PictureWorkerRequest } from './picture-worker.ts'
import { workerSource } from './worker-source.ts'

/** Idle time after which the worker is terminated. */
const workerIdleMs = 10_000

interface PendingTask {
  resolve(picture: DrawnPicture): void
  reject(error: Error): void
}

const pendingTasks = new Map<number, PendingTask>()
let taskCount = 0
let pictureWorker: Worker | undefined
let idleTimer: ReturnType<typeof setTimeout> | undefined
/**
 * Whether no worker can be used, because the page's Content-Security-Policy forbids blob workers, or the browser has
 * no OffscreenCanvas.
 */
let isUnavailable = typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined'

const loadTasks = lazyModule(() => import('./picture-tasks.ts'))

/** Creates a thumbnail with about `side` pixels on the shorter side. Rejects if no worker can create it. */
export async function createThumbnail(file: Blob, side: number): Promise<Blob> {
  return (await runInWorker({ task: 'thumbnail', source: file, side }))?.blob ?? Promise.reject(noWorkerError)
}

/**
 * Turns, crops, scales and encodes a picture in the worker or, if there is none, in the page. Rejects if this browser
 * cannot decode the picture, and with the reason of the signal when it aborts.
 */
export async function createPicture(
  source: Blob | ImageBitmap,
  plan: DrawPlan,
  signal: AbortSignal,
): Promise<DrawnPicture> {
  signal.throwIfAborted()
  const workerPicture = await runInWorker({ task: 'picture', source, plan }, signal)
  if (workerPicture) return workerPicture
  const { drawPicture } = await loadTasks()
  return drawPicture(source, plan, signal)
}

/**
 * Inserts a segment into a JPEG. In the worker if there is one, because a copy of a large file blocks the page. Rejects with the
 * reason of the signal when it aborts.
 */
export async function insertIntoJpeg(source: Blob, segment: Uint8Array, signal: AbortSignal): Promise<Blob> {
  signal.throwIfAborted()
  const workerAnswer = await runInWorker({ task: 'insert', source, segment }, signal)
  return workerAnswer?.blob ?? (await loadTasks()).insertSegment(source, segment)
}

/**
 * Returns the size and the ThumbHash of a picture. Undefined if there is no worker, because the page should not decode a
 * picture only for this. Rejects as `createPicture` does.
 */
export async function describePicture(
  source: Blob,
  signal: AbortSignal,
): Promise<PictureDescription | undefined> {
  signal.throwIfAborted()
  return runInWorker({ task: 'describe', source }, signal)
}

/** The error of all tasks of a worker that did not start. */
const noWorkerError = /* @__PURE__ */ new Error('No worker.')

type WithoutId<Request> = Request extends { readonly id: number } ? Omit<Request, 'id'> : never

/** Runs a task in the worker. Resolves with undefined if there is no worker. */
async function runInWorker(
  request: WithoutId<PictureWorkerRequest>,
  signal?: AbortSignal,
): Promise<DrawnPicture | undefined> {
  if (!isUnavailable) pictureWorker ??= startPictureWorker()
  if (!pictureWorker) return undefined
  clearTimeout(idleTimer)
  taskCount += 1
  const id = taskCount
  const answer = new Promise<DrawnPicture>((resolve, reject) => pendingTasks.set(id, { resolve, reject }))
  postToWorker({ id, ...request })
  const cancelTask = () => {
    postToWorker({ id, task: 'cancel' })
    finishTask(id, ({ reject }) => reject(signal?.reason))
  }
  signal?.addEventListener('abort', cancelTask, { once: true })
  try {
    return await answer
  } catch (thrown) {
    if (thrown === noWorkerError) return undefined
    throw thrown
  } finally {
    signal?.removeEventListener('abort', cancelTask)
  }
}

function postToWorker(request: PictureWorkerRequest) {
  // Bitmaps are copied to the worker, not transferred. If the worker cannot start, the page draws the same bitmap
  // itself.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- postMessage of a worker takes no origin
  pictureWorker?.postMessage(request)
}

function finishTask(id: number, finish: (task: PendingTask) => void) {
  const task = pendingTasks.get(id)
  pendingTasks.delete(id)
  if (task) finish(task)
  if (pendingTasks.size === 0) idleTimer = setTimeout(stopWorker, workerIdleMs)
}

function startPictureWorker(): Worker | undefined {
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))
  try {
    const newWorker = new Worker(url)
    newWorker.onmessage = ({ data: { id, picture } }: MessageEvent<WorkerAnswer>) =>
      finishTask(id, ({ resolve, reject }) => {
        if (picture) resolve(picture)
        else reject(new Error('Not a picture that can be drawn.'))
      })
    newWorker.onerror = disablePictureWorker
    return newWorker
  } catch {
    disablePictureWorker()
    return undefined
  } finally {
    // Revokes the URL when the worker has certainly loaded its source.
    setTimeout(() => URL.revokeObjectURL(url), workerIdleMs)
  }
}

function disablePictureWorker() {
  isUnavailable = true
  stopWorker()
  for (const { reject } of pendingTasks.values()) reject(noWorkerError)
  pendingTasks.clear()
}

function stopWorker() {
  pictureWorker?.terminate()
  pictureWorker = undefined
}
