import type { Pool } from './ports.ts'

/** Browsers open six connections to one HTTP/1.1 origin, and S3's REST endpoint speaks HTTP/1.1. */
const connectionsPerOrigin = 6
/**
 * First limit if a ticket allows more than six connections. It is the number of connections that browsers open to two
 * host names. All requests of HTTP/2 share one connection, which starts slowly, so too many requests at once would
 * delay each other.
 */
const initialLimit = 2 * connectionsPerOrigin
/** Time in which several throttling responses halve the limit only once. */
const throttleWindowMs = 1000

interface ResizablePool extends Pool {
  /**
   * Sets the maximum number of connections. Undefined sets the limit that tickets allow. Does not end connections
   * that are in use.
   */
  resize(size: number | undefined): void
}

/**
 * Creates a pool of connections. It limits concurrent requests, because more requests would wait in the browser's own
 * queue, where signed URLs expire and no progress is visible. The limit is `size`, by default six. If a ticket allows
 * more (`ticket.connections`), the default limit rises to at most twelve at once, and then by one with every
 * successful request. Each throttling response halves it.
 */
export function createConnectionPool(size?: number): ResizablePool {
  let storageLimit = connectionsPerOrigin
  let maxLimit = size ?? storageLimit
  let limit = maxLimit
  let usedConnections = 0
  let throttledAt = -Infinity
  const queues = { started: [] as (() => void)[], notStarted: [] as (() => void)[] }

  function serveQueue() {
    while (usedConnections < Math.floor(limit)) {
      const grantNext = queues.started.shift() ?? queues.notStarted.shift()
      if (!grantNext) break
      grantNext()
    }
  }

  return {
    get size() {
      return Math.floor(limit)
    },
    acquire(signal, hasStarted = false) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const queue = hasStarted ? queues.started : queues.notStarted

        function grant() {
          signal.removeEventListener('abort', stopWaiting)
          usedConnections += 1
          let isInUse = true
          resolve(() => {
            if (!isInUse) return
            isInUse = false
            usedConnections -= 1
            serveQueue()
          })
        }
        function stopWaiting() {
          queue.splice(queue.indexOf(grant), 1)
          reject(signal.reason as Error)
        }

        signal.addEventListener('abort', stopWaiting, { once: true })
        queue.push(grant)
        serveQueue()
      })
    },
    raiseLimit(connections) {
      storageLimit = Math.max(storageLimit, connections)
      if (size !== undefined || connections <= maxLimit) return
      limit += Math.min(connections, initialLimit) - Math.min(maxLimit, initialLimit)
      maxLimit = connections
      serveQueue()
    },
    resize(newSize) {
      if (newSize === size) return
      size = newSize
      maxLimit = size ?? storageLimit
      limit = size ?? Math.min(maxLimit, initialLimit)
      serveQueue()
    },
    reportSuccess() {
      limit = Math.min(maxLimit, limit + 1)
      serveQueue()
    },
    reportThrottled(now) {
      if (now - throttledAt < throttleWindowMs) return
      throttledAt = now
      limit = Math.max(1, limit / 2)
    },
  }
}
