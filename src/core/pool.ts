import type { Pool } from './ports.ts'

/** What browsers open to one HTTP/1.1 origin, and S3's REST endpoint speaks HTTP/1.1. */
const toOneOrigin = 6
/**
 * Two host names' worth. Storage that takes more speaks HTTP/2, where all share a connection that is slow at first: what is
 * too many for it holds up what comes behind.
 */
const atOnce = 2 * toOneOrigin
/** Refusals that come so close together, in milliseconds, are about the same rush. */
const oneRush = 1000

interface ResizablePool extends Pool {
  /** Sets how many connections there may be; undefined: as storage takes. Those that are out are not taken back. */
  resize(size: number | undefined): void
}

/**
 * Makes a pool of connections. Without a `size` there are six, and more where a ticket says that storage takes more:
 * what is too many waits in the browser's own queue, where URLs age and nothing can be seen. Twelve may be used at once,
 * and one more with every file that goes well. When storage is throttling there are half as many.
 */
export function createPool(size?: number): ResizablePool {
  let offered = toOneOrigin
  let most = size ?? offered
  let limit = most
  let used = 0
  let refusedAt = -Infinity
  const queues = { started: [] as (() => void)[], fresh: [] as (() => void)[] }

  function serve() {
    while (used < Math.floor(limit)) {
      const next = queues.started.shift() ?? queues.fresh.shift()
      if (!next) break
      next()
    }
  }

  return {
    get size() {
      return Math.floor(limit)
    },
    acquire(signal, started = false) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const queue = started ? queues.started : queues.fresh

        function take() {
          signal.removeEventListener('abort', leave)
          used += 1
          let held = true
          resolve(() => {
            if (!held) return
            held = false
            used -= 1
            serve()
          })
        }
        function leave() {
          queue.splice(queue.indexOf(take), 1)
          reject(signal.reason as Error)
        }

        signal.addEventListener('abort', leave, { once: true })
        queue.push(take)
        serve()
      })
    },
    offer(connections) {
      offered = Math.max(offered, connections)
      if (size !== undefined || connections <= most) return
      limit += Math.min(connections, atOnce) - Math.min(most, atOnce)
      most = connections
      serve()
    },
    resize(next) {
      if (next === size) return
      size = next
      most = size ?? offered
      limit = size ?? Math.min(most, atOnce)
      serve()
    },
    went() {
      limit = Math.min(most, limit + 1)
      serve()
    },
    throttled(now) {
      if (now - refusedAt < oneRush) return
      refusedAt = now
      limit = Math.max(1, limit / 2)
    },
  }
}
