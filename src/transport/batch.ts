interface Call<In, Out> {
  readonly input: In
  resolve(output: Out): void
  reject(reason: unknown): void
}

export interface Batching {
  /** How many calls travel together at most. */
  readonly max: number
  /** While others are on their way, how long calls wait for more to come along, in milliseconds. Default: 0. */
  readonly gather?: number
}

/**
 * Lets calls that are made together travel together: everything asked for before the next task, or a little later while
 * others are on their way, goes in one `send`. `send` answers each call on its own; when it throws, all calls of that
 * batch fail.
 */
export function batched<In, Out>(
  { max, gather = 0 }: Batching,
  send: (inputs: readonly In[]) => Promise<(input: In) => Out>,
): (input: In) => Promise<Out> {
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

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject })
      if (waiting.length >= max && gather > 0) return leave()
      timer ??= setTimeout(leave, underway > 0 ? gather : 0)
    })
}
