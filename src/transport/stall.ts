/** How long nothing may happen, in milliseconds. */
export interface Patience {
  /** While bytes are leaving. */
  readonly sending: number
  /** Between the last byte and the answer: storage may be busy with a large object. */
  readonly answering: number
}

/** The last that a request has shown of itself. */
export interface Motion {
  /** Epoch milliseconds; 0 before the first byte has left. */
  at: number
  loaded: number
  total: number
  /** Whether it was given up for standing still. */
  stalled: boolean
}

const tick = 1000
const grace = 5000
const done = 4
const aborted = 0

/**
 * Ends a request that stands still, by two clocks. Neither runs before the first byte has left: until then it waits in
 * the browser's own queue, for however long. A device that slept, and a page in the background whose timers come once a
 * minute, look the same: a tick that is late accuses nobody until the connection had a few seconds to show that it lives.
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
