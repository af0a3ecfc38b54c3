interface Queue {
  /** Settles when the last exclusive work is done. */
  exclusive: Promise<unknown>
  /** Work that runs beside other shared work since then. */
  shared: Set<Promise<unknown>>
  pending: number
}

/** Readers-writer locks by name, first come first served, within this process. */
export function createTurns() {
  const queues = new Map<string, Queue>()

  async function enter<Result>(
    name: string,
    isExclusive: boolean,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const queue = queues.get(name) ?? { exclusive: Promise.resolve(), shared: new Set(), pending: 0 }
    queues.set(name, queue)
    const { shared } = queue
    const before = isExclusive ? Promise.all([queue.exclusive, ...shared]) : queue.exclusive
    const run = before.then(work)
    const settled = run.then(
      () => undefined,
      () => undefined, // The caller hears of it.
    )
    if (isExclusive) {
      queue.exclusive = settled
      queue.shared = new Set()
    } else {
      shared.add(settled)
      void settled.then(() => shared.delete(settled))
    }
    queue.pending += 1
    try {
      return await run
    } finally {
      queue.pending -= 1
      if (queue.pending === 0) queues.delete(name)
    }
  }

  return {
    /** Waits for all work of this name that came before. */
    alone: <Result>(name: string, work: () => Promise<Result>) => enter(name, true, work),
    /** Waits for exclusive work of this name that came before. */
    shared: <Result>(name: string, work: () => Promise<Result>) => enter(name, false, work),
  }
}
