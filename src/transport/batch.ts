interface Call<In, Out> {
  readonly input: In
  resolve(output: Out): void
  reject(reason: unknown): void
}

export interface Batching {
  /** How many calls travel together at most. */
  readonly max: number
  /** How long calls wait for more of them, in milliseconds, where more are to come. Default: 0. */
  readonly gather?: number
}

/**
 * Lets calls that are made together travel together: everything asked for before the next task, or a little later where
 * `more` are to come, goes in one `send`. Whoever does not say `more` waits while others are on their way. `send` answers
 * each call on its own; when it throws, all calls of that batch fail.
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
