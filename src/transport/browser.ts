import type { Host } from '../core/ports.ts'

/** The browser. A frame also comes where there are none: in Node, and in a page that is not shown. */
export const browserHost: Host = {
  now: () => Date.now(),
  random: () => Math.random(),
  isOnline: () => typeof navigator === 'undefined' || navigator.onLine,
  frame: (run) => {
    const once = () => {
      clearTimeout(timer)
      run()
      run = () => {}
    }
    // Also when the page is hidden while a frame is awaited.
    const timer = setTimeout(once, 100)
    if (typeof document !== 'undefined' && !document.hidden) requestAnimationFrame(once)
  },
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        if (signal.aborted) reject(signal.reason as Error)
        else resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      signal.addEventListener('abort', wake)
      if (signal.aborted) wake()
    }),
}

/** Random. `crypto.randomUUID` is many times as fast, and exists only on https and localhost. */
export function newId(): string {
  // Its type says that it is always there.
  const { randomUUID } = crypto as Partial<Crypto>
  if (randomUUID) return randomUUID.call(crypto)
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
