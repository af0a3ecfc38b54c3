interface Call<In, Out> {
  readonly input: In
  resolve(output: Out): void
  reject(reason: unknown): void
}

export interface Batching {
  /** Most calls in one batch. */
  readonly max: number
  /** Time in milliseconds that calls wait for more calls, if more are expected. Default: 0. */
  readonly gather?: number
}

/**
 * Batches calls made in the same tick, or within `gatherMs` if `more` calls are expected, in one `send`. `more` defaults to
 * whether another batch is in flight. `send` returns a function with the answer of each call; if it throws, all calls of
 * the batch fail.
 */
export function batched<In, Out>(
  { max, gather = 0 }: Batching,
  send: (inputs: readonly In[]) => Promise<(input: In) => Out>,
): (input: In, more?: boolean) => Promise<Out> {
  let waiting: Call<In, Out>[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let underway = 0

  function leave() {
    clearTimeout(timer)
    timer = undefined
    const calls = waiting
    waiting = []
    for (let from = 0; from < calls.length; from += max) void flush(calls.slice(from, from + max))
  }

  async function flush(calls: readonly Call<In, Out>[]) {
    underway += 1
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
      for (const { reject } of calls) reject(thrown)
    } finally {
      underway -= 1
    }
  }

  return (input, more = underway > 0) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject })
      if (waiting.length >= max && gather > 0) return leave()
      if (!more) clearTimeout(timer)
      if (!more || timer === undefined) timer = setTimeout(leave, more ? gather : 0)
    })
}
