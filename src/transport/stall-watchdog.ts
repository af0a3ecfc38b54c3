import { UploadError } from '../protocol/errors.ts'

/** Maximum times without progress, in milliseconds. */
export interface StallTimeouts {
  /**
   * Maximum time before the first progress event. It is longer than `sendingMs`, because the request may wait in the
   * browser's own queue, for example while another tab uploads to the same host.
   */
  readonly startingMs: number
  /** Maximum time without progress while bytes are being sent. */
  readonly sendingMs: number
  /** Maximum time from the last sent byte to the answer. Storage may need time for a large object. */
  readonly answeringMs: number
}

/** The last progress of a request. */
export interface TransferState {
  /** Time of the last progress in epoch milliseconds. Before the first event it is the time when the request was sent. */
  progressAt: number
  loaded: number
  /** Size of the body in bytes. It is Infinity before the first event. */
  total: number
  /** The reason why the watchdog aborted the request. */
  abortError: UploadError | undefined
}

const checkIntervalMs = 1000
const graceMs = 5000
/** Time without progress after which the file is checked, and the interval of further checks. */
const fileCheckMs = 5000
const readyStateDone = 4
const readyStateUnsent = 0

/**
 * Aborts a request that makes no progress. Some requests have no event at all: Firefox and WebKit wait forever for the
 * bytes of a file that was cut or deleted, and for a redirect to a port that the browser blocks. So the time counts from
 * the start, and `checkFile` is called early. It rejects if the file is the cause.
 *
 * A tick of the timer may be late, because the device slept, or because timers of a background tab run once a minute.
 * After a late tick, the watchdog waits a grace period before it declares a stall.
 */
export function watchForStall(
  xhr: XMLHttpRequest,
  transfer: TransferState,
  { startingMs, sendingMs, answeringMs }: StallTimeouts,
  checkFile: () => Promise<void>,
) {
  let lastTickAt = Date.now()
  let lastFileCheckAt = 0
  let graceUntil = 0
  let progressAtOfLastGrace = 0

  const isSettled = () => xhr.readyState === readyStateDone || xhr.readyState === readyStateUnsent
  function abort(error: UploadError) {
    if (isSettled()) return
    transfer.abortError = error
    xhr.abort()
  }

  const timer = setInterval(() => {
    if (isSettled()) return clearInterval(timer)
    const now = Date.now()
    const isLateTick = now - lastTickAt > 2 * checkIntervalMs
    lastTickAt = now
    const { progressAt, loaded, total } = transfer
    const isSending = loaded < total
    if (now - Math.max(progressAt, lastFileCheckAt) >= fileCheckMs) {
      lastFileCheckAt = now
      checkFile().catch(abort)
    }
    const limitMs = total === Infinity ? startingMs : isSending ? sendingMs : answeringMs
    if (now - progressAt <= limitMs) return
    if (isLateTick && progressAtOfLastGrace !== progressAt) {
      progressAtOfLastGrace = progressAt
      graceUntil = now + graceMs
    }
    if (now < graceUntil) return
    abort(new UploadError('stalled', { phase: 'uploading', status: 0 }))
  }, checkIntervalMs)
}
