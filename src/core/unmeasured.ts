import type { Entry } from './entry.ts'
import type { Host } from './ports.ts'

/** The longest time that sizes are read without a pause. */
const slice = 8

/**
 * Reads `file.size` in 8 ms slices: on disk files each read blocks the main thread for about 0.1 ms. Calls `examine` for
 * each file of a large drop, in one `batch` per slice.
 */
export function createUnmeasured<Result>(
  host: Host,
  together: (change: () => void) => void,
  examine: (entry: Entry<Result>) => void,
) {
  const waiting = new Set<Entry<Result>>()
  let running = false

  async function run() {
    running = true
    while (waiting.size > 0) {
      const end = host.now() + slice
      together(() => {
        for (const entry of waiting) {
          if (host.now() > end) break
          take(entry)
        }
      })
      await host.sleep(0, new AbortController().signal)
    }
    running = false
  }
  function take(entry: Entry<Result>) {
    if (waiting.delete(entry)) examine(entry)
  }

  return {
    add(entry: Entry<Result>) {
      waiting.add(entry)
      if (!running) void run()
    },
    /** Examines one file now, because it is about to start. */
    take,
  }
}
