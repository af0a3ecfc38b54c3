import type { Entry } from './entry.ts'
import type { Host } from './ports.ts'

/** For how long they are looked at without a pause, in milliseconds. */
const slice = 8

/**
 * Files of a large drop whose size has not been asked yet: of a file on the disk that takes the browser a tenth of a
 * millisecond, and the page stands still. `examine` is called for each of them, many times for some milliseconds.
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
    /** Its turn has come: now it is asked. */
    take,
  }
}
