/** Pixels that are decoded at the same time. Each takes four bytes, twice while it is scaled. */
const maxPixelsAtOnce = 50_000_000

let pixelsInUse = 0
const waiting: (() => void)[] = []

/**
 * Waits until this number of pixels may be decoded, and returns a function that gives them back. A larger picture is decoded
 * alone. Rejects with the reason of the signal when it aborts.
 */
export async function acquirePixels(pixels: number, signal: AbortSignal): Promise<() => void> {
  const hasRoom = () => pixelsInUse === 0 || pixelsInUse + pixels <= maxPixelsAtOnce
  while (!hasRoom()) {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    signal.throwIfAborted()
  }
  pixelsInUse += pixels
  return () => {
    pixelsInUse -= pixels
    // Each checks again whether its picture fits.
    for (const retry of waiting.splice(0)) retry()
  }
}
