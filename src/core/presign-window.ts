const maxRemembered = 20
/** The limit of one presign call. */
const maxPresigned = 50

/** Estimates how many files to presign ahead from how fast they start. */
export function createPresignWindow() {
  const startTimes: number[] = []
  return {
    /** Records that a file got a connection. `now` is in epoch milliseconds. */
    recordStart(now: number) {
      startTimes.push(now)
      if (startTimes.length > maxRemembered) startTimes.shift()
    },
    /** Returns how many files to presign: as many as start in two seconds, at least twice the number of connections. */
    countToPresign(connections: number): number {
      const [first = 0] = startTimes
      const seconds = ((startTimes.at(-1) ?? 0) - first) / 1000
      return Math.min(
        maxPresigned,
        Math.max(2 * connections, seconds > 0 ? (2 * startTimes.length) / seconds : 0),
      )
    },
  }
}
