import type { Pool } from './ports.ts'

/** Browsers open six connections to one HTTP/1.1 origin, and S3's REST endpoint speaks HTTP/1.1. */
const toOneOrigin = 6
/**
 * The connections of two host names. A ticket allows more for storage with HTTP/2, where all requests share one
 * connection that starts slowly: too many requests at once would delay each other.
 */
const atOnce = 2 * toOneOrigin
/** Throttling responses within this window count once. */
const oneRush = 1000

interface ResizablePool extends Pool {
  /** Sets the number of connections. Undefined: the limit that tickets allow. Connections in use stay in use. */
  resize(size: number | undefined): void
}

/**
 * Creates a pool of connections. Without `size` it has six, and up to `ticket.connections` where a ticket allows more: it
 * starts at twelve and grows by one with every successful request. Each throttling response halves the limit. More
 * requests would wait in the browser's own queue, where signed URLs expire and no progress is visible.
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
