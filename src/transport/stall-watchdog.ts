/** Maximum times without progress, in milliseconds. */
export interface StallTimeouts {
  /** Maximum time without progress while bytes are being sent. */
  readonly sendingMs: number
  /** Maximum time from the last sent byte to the answer. Storage may need time for a large object. */
  readonly answeringMs: number
}

/** The last progress of a request. */
export interface TransferState {
  /** Time of the last progress in epoch milliseconds. It is 0 before the first byte is sent. */
  progressAt: number
  loaded: number
  total: number
  /** Whether the watchdog aborted the request. */
  stalled: boolean
}

const checkIntervalMs = 1000
const graceMs = 5000
const readyStateDone = 4
const readyStateUnsent = 0

/**
 *  Aborts a request that makes no progress. The time before the first byte does not count, because the request may
 * wait in the browser's own queue for any time. A tick of the timer may be late, because the device slept, or because
 * timers of a background tab run once a minute. After a late tick, the watchdog waits a grace period before it
 * declares a stall.
 */
export function watchForStall(
  xhr: XMLHttpRequest,
  transfer: TransferState,
  { sendingMs, answeringMs }: StallTimeouts,
) {
  let lastTickAt = Date.now()
  let graceUntil = 0
  let progressAtOfLastGrace = 0

  const timer = setInterval(() => {
    if (xhr.readyState === readyStateDone || xhr.readyState === readyStateUnsent) return clearInterval(timer)
    const now = Date.now()
    const isLateTick = now - lastTickAt > 2 * checkIntervalMs
    lastTickAt = now
    const { progressAt, loaded, total } = transfer
    if (progressAt === 0 || now - progressAt <= (loaded < total ? sendingMs : answeringMs)) return
    if (isLateTick && progressAtOfLastGrace !== progressAt) {
      progressAtOfLastGrace = progressAt
      graceUntil = now + graceMs
    }
    if (now < graceUntil) return
    transfer.stalled = true
    xhr.abort()
  }, checkIntervalMs)
}
