import type { Clock } from '../core/ports.ts'

/** The browser's time. A frame also comes where there are none: in Node, and in a page that is not shown. */
export const browserClock: Clock = {
  now: () => Date.now(),
  frame: (run) => {
    if (globalThis.document?.hidden === false) requestAnimationFrame(run)
    else setTimeout(run, 100)
  },
}

/** 128 random bits. Not `crypto.randomUUID`, which exists only on https and localhost. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
