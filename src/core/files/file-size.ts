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

/** Files that a folder names and that cannot be read. The rules refuse them. Here, because a page has this module first. */
export const unreadableFiles = new WeakSet<File>()

/**
 * Whether a file of size 0 was deleted after the user chose it. Chromium reports size 0 then, and the current time as
 * `lastModified` at every read.
 */
export function isDeleted(file: File): boolean {
  const firstModified = file.lastModified
  const isNow = () => Math.abs(Date.now() - firstModified) < 3
  // Reads until the clock ticks. The limit ends the loop if the clock stands still.
  for (let reads = 0; isNow() && reads < 1e6; reads += 1) if (file.lastModified !== firstModified) return true
  return file.lastModified !== firstModified
}

/** Number of sizes that are read without a pause: as many as fit between two frames. */
export const maxReadsAtOnce = 50

/**
 * Returns a size lookup for one pass over a list: it reads at most 50 sizes that are not known yet, and estimates the rest
 * as the average so far.
 */
export function createSizeEstimator(): (file: Blob) => number {
  let readCount = 0
  let knownBytes = 0
  let knownCount = 0
  return (file) => {
    if (!knownSizes.has(file) && (readCount += 1) > maxReadsAtOnce) return knownBytes / knownCount
    knownBytes += sizeOf(file)
    knownCount += 1
    return sizeOf(file)
  }
}
