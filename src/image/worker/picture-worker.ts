import { readDescription, hashPicture } from './picture-hash.ts'
import { drawPicture, drawThumbnail, insertSegment } from './picture-tasks.ts'
import type { DrawnPicture, DrawPlan } from './picture-tasks.ts'

/** A request to the worker. The task `cancel` has the id of the request to cancel. */
export type PictureWorkerRequest =
  | { readonly id: number; readonly task: 'thumbnail'; readonly source: Blob; readonly side: number }
  | {
      readonly id: number
      readonly task: 'picture'
      readonly source: Blob | ImageBitmap
      readonly plan: DrawPlan
    }
  | { readonly id: number; readonly task: 'describe'; readonly source: Blob }
  | { readonly id: number; readonly task: 'insert'; readonly source: Blob; readonly segment: Uint8Array }
  | { readonly id: number; readonly task: 'cancel' }

/** The answer to a request. It has no `picture` if the task failed. */
export interface WorkerAnswer {
  readonly id: number
  readonly picture?: DrawnPicture
}

const runningTasks = new Map<number, { aborted: boolean }>()

async function runTask(request: Exclude<PictureWorkerRequest, { task: 'cancel' }>): Promise<DrawnPicture> {
  if (request.task === 'thumbnail')
    return { blob: await drawThumbnail(request.source, request.side), width: 0, height: 0 }
  // The answer has the same blob, so that all answers have one type.
  if (request.task === 'describe') return { ...(await readDescription(request.source)), blob: request.source }
  if (request.task === 'insert')
    return { blob: await insertSegment(request.source, request.segment), width: 0, height: 0 }
  const signal = { aborted: false }
  runningTasks.set(request.id, signal)
  const { source, plan } = request
  return drawPicture(source, plan, signal, plan.hasThumbHash ? hashPicture : undefined)
}

function postAnswer(message: WorkerAnswer) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- postMessage in a worker takes no origin
  self.postMessage(message)
}

self.addEventListener('message', ({ data: request }: MessageEvent<PictureWorkerRequest>) => {
  if (request.task === 'cancel') {
    const signal = runningTasks.get(request.id)
    if (signal) signal.aborted = true
    return
  }
  const { id } = request
  runTask(request)
    .then(
      (picture) => postAnswer({ id, picture }),
      () => postAnswer({ id }),
    )
    .finally(() => runningTasks.delete(id))
})
