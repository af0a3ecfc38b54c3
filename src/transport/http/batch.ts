import { nextTask } from '../../internal/next-task.ts'
import type { UploadError } from '../../protocol/errors.ts'

interface BatchedCall<In, Out> {
  readonly input: In
  resolve(output: Out): void
  reject(reason: unknown): void
}

export interface BatchOptions {
  /** Maximum number of calls in one batch, unless the backend accepts fewer (`filesPerRequest` of its error). */
  readonly maxCalls: number
  /** Time in milliseconds that calls wait for more calls, if more are expected. Default: 0. */
  readonly gatherMs?: number
}

/**
 * Collects calls and passes them to one call of `send`. Calls made in the same tick are in one batch. If
 * `moreExpected`, a batch also waits up to `gatherMs` for more calls. The default of `moreExpected` is true while
 * another batch is in flight, else false. `send` resolves with a function that returns the answer of each call. If
 * `send` rejects, all calls of the batch fail, unless the backend accepts only smaller batches: then the calls are sent
 * again, and later batches are as small.
 */
export function createBatcher<In, Out>(
  { maxCalls: initialMaxCalls, gatherMs = 0 }: BatchOptions,
  send: (inputs: readonly In[]) => Promise<(input: In) => Out>,
): (input: In, moreExpected?: boolean) => Promise<Out> {
  let maxCalls = initialMaxCalls
  let queue: BatchedCall<In, Out>[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let flushesNext = false
  let batchesInFlight = 0

  function flushAll() {
    flushesNext = false
    clearTimeout(timer)
    timer = undefined
    const calls = queue
    queue = []
    sendAll(calls)
  }

  function sendAll(calls: readonly BatchedCall<In, Out>[]) {
    for (let start = 0; start < calls.length; start += maxCalls)
      void sendBatch(calls.slice(start, start + maxCalls))
  }

  async function sendBatch(calls: readonly BatchedCall<In, Out>[]) {
    batchesInFlight += 1
    try {
      const answerOf = await send(calls.map(({ input }) => input))
      for (const { input, resolve, reject } of calls) {
        try {
          resolve(answerOf(input))
        } catch (thrown) {
          reject(thrown)
        }
      }
    } catch (thrown) {
      // Other values have no details.
      const limit = Math.floor((thrown as UploadError | undefined)?.details?.filesPerRequest ?? 0)
      if (limit > 0 && limit < calls.length) {
        maxCalls = limit
        sendAll(calls)
      } else for (const { reject } of calls) reject(thrown)
    } finally {
      batchesInFlight -= 1
    }
  }

  return (input, moreExpected = batchesInFlight > 0) =>
    new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject })
      if (queue.length >= maxCalls && gatherMs > 0) return flushAll()
      if (moreExpected) timer ??= setTimeout(flushAll, gatherMs)
      else if (!flushesNext) {
        flushesNext = true
        // A batch that became full meanwhile was sent, and calls after it wait for more.
        void nextTask().then(() => flushesNext && flushAll())
      }
    })
}
