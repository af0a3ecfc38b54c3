const remembered = 20
/** As many as may be presigned in one call. */
const most = 50

/** How fast files come to their turn, and so how many should have a ticket when they do. */
export function createPace() {
  const turns: number[] = []
  return {
    /** A file came to its turn. `now` in epoch milliseconds. */
    mark(now: number) {
      turns.push(now)
      if (turns.length > remembered) turns.shift()
    },
    /** About two seconds' worth of files; at least two pools' worth. */
    lookAhead(connections: number): number {
      const [first = 0] = turns
      const seconds = ((turns.at(-1) ?? 0) - first) / 1000
      return Math.min(most, Math.max(2 * connections, seconds > 0 ? (2 * turns.length) / seconds : 0))
    },
  }
}
