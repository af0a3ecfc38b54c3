interface Call<In, Out> {
  readonly input: In
  resolve(output: Out): void
  reject(reason: unknown): void
}

/**
 * Lets calls that are made together travel together: everything asked for before the next task goes in one `send` of
 * at most `max`. `send` answers each call on its own; when it throws, all calls of that batch fail.
 */
export function batched<In, Out>(
  max: number,
  send: (inputs: readonly In[]) => Promise<(input: In) => Out>,
): (input: In) => Promise<Out> {
  let waiting: Call<In, Out>[] = []

  async function flush(calls: readonly Call<In, Out>[]) {
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
    }
  }

  return (input) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) {
        setTimeout(() => {
          const calls = waiting
          waiting = []
          for (let from = 0; from < calls.length; from += max) void flush(calls.slice(from, from + max))
        })
      }
      waiting.push({ input, resolve, reject })
    })
}
