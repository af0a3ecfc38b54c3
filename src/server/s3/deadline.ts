/** Maximum duration of one storage request in milliseconds. */
const storageTimeoutMs = 10_000

/**
 * Limits the duration of `send`, by default to 10 seconds. After that it aborts the signal, so that the request stops,
 * and throws an Error that begins with `operation`. Browsers receive the error as `unavailable` and retry.
 */
export async function withDeadline<Answer>(
  send: (signal: AbortSignal) => Promise<Answer>,
  timeoutMs = storageTimeoutMs,
  operation = 'Storage',
): Promise<Answer> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${operation} did not answer within ${timeoutMs / 1000} seconds.`))
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([send(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
  }
}
