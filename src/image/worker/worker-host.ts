import { lazyModule } from '../../internal/lazy-module.ts'
import { nextTask } from '../../internal/next-task.ts'
import type { DrawnPicture, DrawPlan, PictureDescription } from './picture-tasks.ts'
import type { WorkerAnswer, PictureWorkerRequest } from './picture-worker.ts'
import { workerSource } from './worker-source.ts'

/** Idle time after which a worker is terminated. */
const workerIdleMs = 10_000

/**
 * Maximum number of workers. A worker decodes a photo while it draws another, but draws and encodes only one at a time. With
 * the second worker twenty photos are prepared in 9.8 s, not in 11.3 s (`npm run bench -- --scenario image`). `acquirePixels`
 * limits the memory.
 */
const maxWorkers = 2

interface PendingTask {
  resolve(picture: DrawnPicture): void
  reject(error: Error): void
}

interface PictureWorker {
  readonly thread: Worker
  readonly pendingTasks: Map<number, PendingTask>
  idleTimer?: ReturnType<typeof setTimeout>
}

let pictureWorkers: PictureWorker[] = []
let taskCount = 0
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
  if (workerPicture) {
    // The worker has drawn a copy.
    if (!(source instanceof Blob)) source.close()
    return workerPicture
  }
  const { drawPicture } = await loadTasks()
  const drawing = drawPicture(source, plan, signal)
  await drawing.catch(() => {})
  signal.throwIfAborted()
  return drawing
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

/** Runs a task in a worker. Resolves with undefined if there is no worker. */
async function runInWorker(
  request: WithoutId<PictureWorkerRequest>,
  signal?: AbortSignal,
): Promise<DrawnPicture | undefined> {
  const pictureWorker = chooseWorker()
  if (!pictureWorker) return undefined
  clearTimeout(pictureWorker.idleTimer)
  taskCount += 1
  const id = taskCount
  const answer = new Promise<DrawnPicture>((resolve, reject) =>
    pictureWorker.pendingTasks.set(id, { resolve, reject }),
  )
  const cancelTask = () => {
    postToWorker(pictureWorker, { id, task: 'cancel' })
    finishTask(pictureWorker, id, ({ reject }) => reject(signal?.reason))
  }
  signal?.addEventListener('abort', cancelTask, { once: true })
  try {
    postToWorker(pictureWorker, { id, ...request })
    const picture = await answer
    // Continues in a new task, so that the work that follows does not block the page together with the answer.
    await nextTask()
    signal?.throwIfAborted()
    return picture
  } catch (thrown) {
    // Frees the worker also if a bitmap cannot be sent to it.
    finishTask(pictureWorker, id, () => {})
    if (thrown === noWorkerError) return undefined
    throw thrown
  } finally {
    signal?.removeEventListener('abort', cancelTask)
  }
}

/** Returns an idle worker, a new one, or the one with the fewest tasks. */
function chooseWorker(): PictureWorker | undefined {
  if (isUnavailable) return undefined
  const [leastBusy] = pictureWorkers.toSorted((a, b) => a.pendingTasks.size - b.pendingTasks.size)
  const needsWorker = !leastBusy || (leastBusy.pendingTasks.size > 0 && pictureWorkers.length < maxWorkers)
  return needsWorker ? (startPictureWorker() ?? leastBusy) : leastBusy
}

function postToWorker({ thread }: PictureWorker, request: PictureWorkerRequest) {
  // Bitmaps are copied to the worker, not transferred. If the worker cannot start, the page draws the same bitmap
  // itself.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- postMessage of a worker takes no origin
  thread.postMessage(request)
}

function finishTask(pictureWorker: PictureWorker, id: number, finish: (task: PendingTask) => void) {
  const { pendingTasks } = pictureWorker
  const task = pendingTasks.get(id)
  pendingTasks.delete(id)
  if (task) finish(task)
  if (pendingTasks.size > 0) return
  clearTimeout(pictureWorker.idleTimer)
  pictureWorker.idleTimer = setTimeout(() => {
    pictureWorkers = pictureWorkers.filter((each) => each !== pictureWorker)
    pictureWorker.thread.terminate()
  }, workerIdleMs)
}

function startPictureWorker(): PictureWorker | undefined {
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))
  try {
    const newWorker: PictureWorker = { thread: new Worker(url), pendingTasks: new Map() }
    newWorker.thread.onmessage = ({ data: { id, picture } }: MessageEvent<WorkerAnswer>) =>
      finishTask(newWorker, id, ({ resolve, reject }) => {
        if (picture) resolve(picture)
        else reject(new Error('Not a picture that can be drawn.'))
      })
    newWorker.thread.onerror = disablePictureWorkers
    newWorker.thread.onmessageerror = disablePictureWorkers
    pictureWorkers.push(newWorker)
    return newWorker
  } catch {
    // The second worker may not start although the first one did.
    isUnavailable = pictureWorkers.length === 0
    return undefined
  } finally {
    // Revokes the URL when the worker has certainly loaded its source.
    setTimeout(() => URL.revokeObjectURL(url), workerIdleMs)
  }
}

function disablePictureWorkers() {
  isUnavailable = true
  for (const { thread, pendingTasks } of pictureWorkers.splice(0)) {
    thread.terminate()
    for (const { reject } of pendingTasks.values()) reject(noWorkerError)
  }
}
