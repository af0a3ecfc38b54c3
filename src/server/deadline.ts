/** Milliseconds that storage has for the answer to one question. */
const patienceMs = 10_000

/**
 * Waits for an answer of storage for 10 seconds. Throws an Error then, which browsers hear as `unavailable` and repeat,
 * and aborts the signal so that the request does not go on.
 */
export async function withDeadline<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Storage did not answer within ${patienceMs / 1000} seconds.`))
      controller.abort()
    }, patienceMs)
  })
  try {
    return await Promise.race([ask(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}
