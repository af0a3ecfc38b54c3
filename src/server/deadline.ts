/** Maximum duration of one storage request in milliseconds. */
const patienceMs = 10_000

/**
 * Limits a storage request to 10 seconds. Then it throws an Error, which browsers receive as `unavailable` and retry, and
 * aborts the signal to stop the request.
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
