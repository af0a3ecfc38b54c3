/**
 * Maximum number of pixels that are decoded at the same time. Each pixel takes four bytes, and eight bytes while the
 * picture is scaled.
 */
const maxPixelsAtOnce = 50_000_000

let pixelsInUse = 0
const waitingPictures: (() => void)[] = []

/**
 * Waits until this number of pixels may be decoded, and returns a function that releases them. A picture above the
 * maximum is decoded alone. Rejects with the reason of the signal when it aborts.
 */
export async function acquirePixels(pixels: number, signal: AbortSignal): Promise<() => void> {
  const hasRoom = () => pixelsInUse === 0 || pixelsInUse + pixels <= maxPixelsAtOnce
  while (!hasRoom()) {
    await new Promise<void>((resolve) => {
      waitingPictures.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    signal.throwIfAborted()
  }
  pixelsInUse += pixels
  return () => {
    pixelsInUse -= pixels
    // Every waiting picture checks again whether it fits.
    for (const checkAgain of waitingPictures.splice(0)) checkAgain()
  }
}
