/**
 * Maximum number of pixels that are decoded at the same time: two photos of 12 megapixels. The browser decodes one while the
 * worker draws the other. More at once would only take more memory, and the first photo would be ready later. Each pixel takes
 * four bytes, and more while the picture is scaled.
 */
const maxPixelsAtOnce = 25_000_000

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
