const knownSizes = new WeakMap<Blob, number>()

/**
 * Returns the size of a file in bytes, and reads `file.size` once. For a file on disk every read blocks Chromium's main
 * thread for 0.1 to 0.3 ms (measured by `npm run bench -- --scenario list --profile`), and lists need thousands of sizes
 * per frame.
 */
export function sizeOf(file: Blob): number {
  let size = knownSizes.get(file)
  if (size === undefined) knownSizes.set(file, (size = file.size))
  return size
}

/** Sizes that are read at once: as many as fit between two frames. */
export const maxReadsAtOnce = 50

/**
 * Returns a size lookup for one pass over a list: it reads at most 50 sizes that are not known yet, and estimates the rest
 * as the average so far.
 */
export function createSizeEstimator(): (file: Blob) => number {
  let readCount = 0
  let sum = 0
  let count = 0
  return (file) => {
    if (!knownSizes.has(file) && (readCount += 1) > maxReadsAtOnce) return sum / count
    sum += sizeOf(file)
    count += 1
    return sizeOf(file)
  }
}
