import { createGate } from './gate.ts'

/** Bytes that one task of the page reads. A browser hands over a whole file in one task, which blocked the page for 40 ms. */
const sliceBytes = 500_000
/** Files that are read at the same time, in bytes. Each file is in memory until its facts are known. */
const acquireBytes = /* @__PURE__ */ createGate(16_000_000)

/** Reads a file in slices. Rejects with the reason of the signal when it aborts, and with the error of the browser. */
export async function readInSlices(file: Blob, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const release = await acquireBytes(file.size, signal)
  try {
    const bytes = new Uint8Array(file.size)
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      const slice = new Uint8Array(await file.slice(start, start + sliceBytes).arrayBuffer())
      signal.throwIfAborted()
      // Firefox reads a file that was cut to its new end, without an error.
      if (slice.length !== Math.min(sliceBytes, bytes.length - start))
        throw new DOMException('The file was cut.', 'NotReadableError')
      bytes.set(slice, start)
    }
    return bytes
  } finally {
    release()
  }
}
