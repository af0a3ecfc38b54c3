import { nextTask } from '../internal/next-task.ts'

/** Waits until an amount is free, and returns a function that releases it. Rejects with the reason of the signal when it aborts. */
type Acquire = (amount: number, signal: AbortSignal) => Promise<() => void>

interface WaitingWork {
  readonly amount: number
  grant(): void
}

/**
 * Limits the work at the same time. Work starts in the order of the calls, also if later work would fit. Work that needs more
 * than the maximum alone runs alone.
 */
export function createGate(maxAmount: number): Acquire {
  let usedAmount = 0
  const waiting = new Set<WaitingWork>()
  const hasRoom = (amount: number) => usedAmount === 0 || usedAmount + amount <= maxAmount

  function startWaiting() {
    for (const work of waiting) {
      if (!hasRoom(work.amount)) return
      waiting.delete(work)
      usedAmount += work.amount
      work.grant()
    }
  }

  return async (amount, signal) => {
    signal.throwIfAborted()
    const release = () => {
      usedAmount -= amount
      startWaiting()
    }
    if (waiting.size === 0 && hasRoom(amount)) {
      usedAmount += amount
      return release
    }
    await new Promise<void>((resolve, reject) => {
      const work = {
        amount,
        grant() {
          signal.removeEventListener('abort', cancel)
          resolve()
        },
      }
      function cancel() {
        waiting.delete(work)
        startWaiting()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', cancel, { once: true })
      waiting.add(work)
    })
    // The work that has released its amount may go on in this task.
    await nextTask()
    if (!signal.aborted) return release
    release()
    throw signal.reason
  }
}

/**
 * Waits until this number of pixels may be decoded: at the same time two photos of 12 megapixels, one in
 * each worker. More at once would only take more memory, and the first photo would be ready later. Each pixel
 * takes four bytes, and more while the picture is scaled.
 */
export const acquirePixels = /* @__PURE__ */ createGate(25_000_000)
