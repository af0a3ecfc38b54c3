import type { Clock } from '../core/ports.ts'

/** The browser's time. A frame also comes where there are none: in Node, and in a page that is not shown. */
export const browserClock: Clock = {
  now: () => Date.now(),
  frame: (run) => {
    if (typeof requestAnimationFrame === 'function' && !document.hidden) requestAnimationFrame(run)
    else setTimeout(run, 100)
  },
}

/** `crypto.randomUUID` exists only on https and localhost; the same random bits come without it. */
export function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
