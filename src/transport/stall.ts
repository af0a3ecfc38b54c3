/** Longest times without any progress, in milliseconds. */
export interface Patience {
  /** While bytes are being sent. */
  readonly sending: number
  /** From the last byte to the answer: storage may need time for a large object. */
  readonly answering: number
}

/** The last progress of a request. */
export interface Motion {
  /** Time of the last progress in epoch milliseconds; 0 before the first byte is sent. */
  at: number
  loaded: number
  total: number
  /** Whether the watchdog aborted the request. */
  stalled: boolean
}

const tick = 1000
const grace = 5000
const done = 4
const aborted = 0

/**
 * Aborts a request that makes no progress. Nothing is counted before the first byte, because the request may wait in the
 * browser's own queue for any time. After a late tick (the device slept, or timers of a background tab run once a minute)
 * it waits a grace period before it declares a stall.
 */
export function watch(xhr: XMLHttpRequest, motion: Motion, { sending, answering }: Patience) {
  let lastTick = Date.now()
  let excusedUntil = 0
  let excusedFor = 0

  const timer = setInterval(() => {
    if (xhr.readyState === done || xhr.readyState === aborted) return clearInterval(timer)
    const now = Date.now()
    const late = now - lastTick > 2 * tick
    lastTick = now
    const { at, loaded, total } = motion
    if (at === 0 || now - at <= (loaded < total ? sending : answering)) return
    if (late && excusedFor !== at) {
      excusedFor = at
      excusedUntil = now + grace
    }
    if (now < excusedUntil) return
    motion.stalled = true
    xhr.abort()
  }, tick)
}
