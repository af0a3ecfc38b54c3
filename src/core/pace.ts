const remembered = 20
/** The limit of one presign call. */
const most = 50

/** Estimates how many files to presign ahead from how fast they start. */
export function createPace() {
  const turns: number[] = []
  return {
    /** Records that a file got a connection. `now` is in epoch milliseconds. */
    mark(now: number) {
      turns.push(now)
      if (turns.length > remembered) turns.shift()
    },
    /** Returns the files of about two seconds, and at least twice the number of connections. */
    lookAhead(connections: number): number {
      const [first = 0] = turns
      const seconds = ((turns.at(-1) ?? 0) - first) / 1000
      return Math.min(most, Math.max(2 * connections, seconds > 0 ? (2 * turns.length) / seconds : 0))
    },
  }
}
