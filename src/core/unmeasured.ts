import type { ItemRecord } from './item-record.ts'
import type { Host } from './ports.ts'

/** Maximum time to read sizes without a pause, in milliseconds. */
const sliceMs = 8

/**
 * Reads `file.size` in 8 ms slices: on disk files each read blocks the main thread for about 0.1 ms. Calls `examine` for
 * each file of a large drop, in one `batch` per slice.
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
      const end = host.now() + sliceMs
      batch(() => {
        for (const record of pendingRecords) {
          if (host.now() > end) break
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
    /** Examines one file now, because it is about to start. */
    take: examineNow,
  }
}
