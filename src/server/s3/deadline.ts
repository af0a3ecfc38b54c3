/** Maximum duration of one storage request in milliseconds. */
const storageTimeoutMs = 10_000

/**
 * Limits requests to storage (`what`), by default one request to 10 seconds. Then it throws an Error, which browsers receive as
 * `unavailable` and retry, and aborts the signal to stop the request.
 */
export async function withDeadline<Answer>(
  send: (signal: AbortSignal) => Promise<Answer>,
  timeoutMs = storageTimeoutMs,
  what = 'Storage',
): Promise<Answer> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not answer within ${timeoutMs / 1000} seconds.`))
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([send(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
  }
}
