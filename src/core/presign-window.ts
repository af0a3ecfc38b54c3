const maxRecordedStarts = 20
/** Maximum number of files in one presign call. */
const maxPresignFiles = 50

/** Estimates how many files to presign before they get a connection. The estimate follows how fast files start. */
export function createPresignWindow() {
  const startTimes: number[] = []
  return {
    /** Records that a file got a connection. `now` is in epoch milliseconds. */
    recordStart(now: number) {
      startTimes.push(now)
      if (startTimes.length > maxRecordedStarts) startTimes.shift()
    },
    /** Returns how many files to presign: as many as start in two seconds, at least twice the number of connections. */
    countToPresign(connections: number): number {
      const [firstStart = 0] = startTimes
      const measuredSeconds = ((startTimes.at(-1) ?? 0) - firstStart) / 1000
      return Math.min(
        maxPresignFiles,
        Math.max(2 * connections, measuredSeconds > 0 ? (2 * startTimes.length) / measuredSeconds : 0),
      )
    },
  }
}
