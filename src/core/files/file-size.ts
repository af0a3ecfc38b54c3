const knownSizes = new WeakMap<Blob, number>()

/**
 * Returns the size of a file in bytes. Reads `file.size` only once per file, because lists need thousands of sizes
 * per frame. For a file on disk every read blocks Chromium's main thread for 0.1 to 0.3 ms (measured by `npm run
 * bench -- --scenario list --profile`).
 */
export function sizeOf(file: Blob): number {
  let size = knownSizes.get(file)
  if (size === undefined) knownSizes.set(file, (size = file.size))
  return size
}

/**
 * Files of chosen folders that cannot be read. The rules refuse them. This set is in this module, because the first
 * code that a page loads contains this module.
 */
export const unreadableFiles = new WeakSet<File>()

/**
 * Whether a file of size 0 was deleted after the user chose it. For a deleted file Chromium reports the size 0, and
 * the current time as `lastModified` at every read.
 */
export function isDeleted(file: File): boolean {
  const modifiedAtFirstRead = file.lastModified
  const isCurrentTime = () => Math.abs(Date.now() - modifiedAtFirstRead) < 3
  // Reads until the clock has advanced by 3 ms. The limit on reads ends the loop if the clock stands still.
  for (let readCount = 0; isCurrentTime() && readCount < 1e6; readCount += 1)
    if (file.lastModified !== modifiedAtFirstRead) return true
  return file.lastModified !== modifiedAtFirstRead
}

/**
 * Maximum number of file sizes that are read without a pause. At 0.3 ms each, 50 reads fit into one frame of 16.7 ms.
 */
export const maxReadsAtOnce = 50

/**
 * Creates a function that returns the size of a file in bytes. Use it for one pass over a list. It reads at most 50
 * sizes that are not known yet. For further files it returns the average of the sizes so far.
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
