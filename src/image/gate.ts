import { nextTask } from '../internal/next-task.ts'

/** Waits until an amount is free, and returns a function that releases it. Rejects with the reason of the signal when it aborts. */
type Acquire = (amount: number, signal: AbortSignal) => Promise<() => void>

/** Limits the work at the same time. Work that needs more than the maximum alone runs alone. */
export function createGate(maxAmount: number): Acquire {
  let usedAmount = 0
  const waiting: (() => void)[] = []
  return async (amount, signal) => {
    const hasRoom = () => usedAmount === 0 || usedAmount + amount <= maxAmount
    while (!hasRoom()) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      signal.throwIfAborted()
      await nextTask()
    }
    usedAmount += amount
    return () => {
      usedAmount -= amount
      // Everything that waits checks again whether it fits.
      for (const checkAgain of waiting.splice(0)) checkAgain()
    }
  }
}

/**
 * Waits until this number of pixels may be decoded: at the same time two photos of 12 megapixels. The browser decodes one while
 * the worker draws the other. More at once would only take more memory, and the first photo would be ready later. Each pixel
 * takes four bytes, and more while the picture is scaled.
 */
export const acquirePixels = /* @__PURE__ */ createGate(25_000_000)
