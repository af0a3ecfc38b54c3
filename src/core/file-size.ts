import type { ItemRecord } from './item-record.ts'
import type { Host } from './ports.ts'

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
 * Whether a file of size 0 was deleted after the user chose it. For a deleted file Chromium reports the size 0, and
 * the current time as `lastModified` at every read.
 */
export function isDeleted(file: File): boolean {
  const firstModified = file.lastModified
  const isNow = () => Math.abs(Date.now() - firstModified) < 3
  // Reads until the clock ticks. The limit ends the loop if the clock stands still.
  for (let reads = 0; isNow() && reads < 1e6; reads += 1) if (file.lastModified !== firstModified) return true
  return file.lastModified !== firstModified
}

/** Number of sizes that are read without a pause. So many reads fit between two frames. */
export const maxReadsAtOnce = 50

/**
 * Returns a function that returns the size of a file, for one pass over a list. It reads at most 50 sizes that are
 * not known yet. For further files it returns the average of the sizes so far.
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

/** Maximum time to read sizes without a pause, in milliseconds. */
const sliceMs = 8

/**
 * Reads the sizes of a large drop in slices of 8 ms, because each read of a file on disk blocks the main thread for
 * about 0.1 ms. Calls `examine` for each file, in one `batch` per slice.
 */
export function createSizeReader<Result>(
  host: Host,
  batch: (change: () => void) => void,
  examine: (record: ItemRecord<Result>) => void,
) {
  const pendingRecords = new Set<ItemRecord<Result>>()
  let isRunning = false

  async function run() {
    isRunning = true
    while (pendingRecords.size > 0) {
      const sliceEnd = host.now() + sliceMs
      batch(() => {
        for (const record of pendingRecords) {
          if (host.now() > sliceEnd) break
          examineNow(record)
        }
      })
      await host.sleep(0, new AbortController().signal)
    }
    isRunning = false
  }
  function examineNow(record: ItemRecord<Result>) {
    if (pendingRecords.delete(record)) examine(record)
  }

  return {
    add(record: ItemRecord<Result>) {
      pendingRecords.add(record)
      if (!isRunning) void run()
    },
    /** Call it for a file that is about to start. */
    examineNow,
  }
}
