/** Maximum times without progress, in milliseconds. */
export interface StallTimeouts {
  /** While bytes are being sent. */
  readonly sendingMs: number
  /** From the last byte to the answer: storage may need time for a large object. */
  readonly answeringMs: number
}

/** The last progress of a request. */
export interface TransferState {
  /** Time of the last progress in epoch milliseconds; 0 before the first byte is sent. */
  at: number
  loaded: number
  total: number
  /** Whether the watchdog aborted the request. */
  stalled: boolean
}

const tickMs = 1000
const graceMs = 5000
const readyStateDone = 4
const readyStateUnsent = 0

/**
 * Aborts a request that makes no progress. Nothing is counted before the first byte, because the request may wait in the
 * browser's own queue for any time. After a late tick (the device slept, or timers of a background tab run once a minute)
 * it waits a grace period before it declares a stall.
 */
export function watchForStall(
  xhr: XMLHttpRequest,
  transfer: TransferState,
  { sendingMs, answeringMs }: StallTimeouts,
) {
  let lastTick = Date.now()
  let graceUntil = 0
  let graceGivenFor = 0

  const timer = setInterval(() => {
    if (xhr.readyState === readyStateDone || xhr.readyState === readyStateUnsent) return clearInterval(timer)
    const now = Date.now()
    const isLate = now - lastTick > 2 * tickMs
    lastTick = now
    const { at, loaded, total } = transfer
    if (at === 0 || now - at <= (loaded < total ? sendingMs : answeringMs)) return
    if (isLate && graceGivenFor !== at) {
      graceGivenFor = at
      graceUntil = now + graceMs
    }
    if (now < graceUntil) return
    transfer.stalled = true
    xhr.abort()
  }, tickMs)
}
