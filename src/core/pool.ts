import type { Pool } from './ports.ts'

/**
 * Makes a pool of connections. `size` defaults to 6: what browsers open to one HTTP/1.1 origin, and S3's REST
 * endpoint speaks HTTP/1.1. More would wait in the browser's own queue, where URLs age and nothing can be seen.
 */
export function createPool(size = 6): Pool {
  let free = size
  const queues = { started: [] as (() => void)[], fresh: [] as (() => void)[] }

  function release() {
    free += 1
    const next = queues.started.shift() ?? queues.fresh.shift()
    next?.()
  }

  return {
    size,
    acquire(signal, started = false) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const queue = started ? queues.started : queues.fresh

        function take() {
          signal.removeEventListener('abort', leave)
          free -= 1
          let held = true
          resolve(() => {
            if (held) release()
            held = false
          })
        }
        function leave() {
          queue.splice(queue.indexOf(take), 1)
          reject(signal.reason as Error)
        }

        if (free > 0) return take()
        signal.addEventListener('abort', leave, { once: true })
        queue.push(take)
      })
    },
  }
}
