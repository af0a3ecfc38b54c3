/** How long nothing may happen, in milliseconds. */
export interface Patience {
  /** While bytes are leaving. */
  readonly sending: number
  /** Between the last byte and the answer: storage may be busy with a large object. */
  readonly answering: number
}

export const defaultPatience: Patience = { sending: 30_000, answering: 180_000 }

const tick = 1000
const grace = 5000

/**
 * Two clocks for one request. Neither runs before the first byte has left: until then it waits in the browser's own
 * queue, for however long. A device that slept, and a page in the background whose timers come once a minute, look the
 * same: a tick that is late accuses nobody until the connection had a few seconds to show that it lives.
 */
export function watchForStall({ sending, answering }: Patience, onStall: () => void) {
  let limit = Infinity
  let last = 0
  let lastTick = Date.now()
  let excused = false
  let stalled = false

  const timer = setInterval(() => {
    const now = Date.now()
    const late = now - lastTick > 2 * tick
    lastTick = now
    if (late && !excused && now - last > limit - grace) {
      excused = true
      last = now - limit + grace
    }
    if (now - last <= limit) return
    stalled = true
    onStall()
  }, tick)

  return {
    moved(loaded: number, total: number) {
      if (loaded === 0) return
      last = Date.now()
      excused = false
      limit = loaded < total ? sending : answering
    },
    stalled: () => stalled,
    end: () => clearInterval(timer),
  }
}
