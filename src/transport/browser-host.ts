import type { Host } from '../core/ports.ts'

/** The Host of a browser. `frame` also works without frames: in Node and in a hidden page. */
export const browserHost: Host = {
  now: () => Date.now(),
  random: () => Math.random(),
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine,
  frame: (run) => {
    const runOnce = () => {
      clearTimeout(timer)
      run()
      run = () => {}
    }
    // The timer is also needed in a visible page, which may become hidden before the next frame.
    const timer = setTimeout(runOnce, 100)
    if (typeof document !== 'undefined' && !document.hidden) requestAnimationFrame(runOnce)
  },
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(signal.reason as Error)
        else resolve()
      }
      const timer = setTimeout(settle, milliseconds)
      signal.addEventListener('abort', settle)
      if (signal.aborted) settle()
    }),
}

let pagePrefix: string | undefined
let idCount = 0

/**
 * Returns a unique id. The id is not a secret, because a random secret per id would cost too much for ten thousand
 * files at once.
 */
export function newId(): string {
  pagePrefix ??= randomName()
  idCount += 1
  return `${pagePrefix}-${idCount}`
}

/** `crypto.randomUUID` exists only on https and localhost. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
