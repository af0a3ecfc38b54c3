interface LockQueue {
  /** Resolves when the last exclusive work has ended. */
  exclusive: Promise<unknown>
  /** Shared work that started after it. */
  shared: Set<Promise<unknown>>
  pending: number
}

/** Creates readers-writer locks by name, in FIFO order, within this process. */
export function createLocks() {
  const queues = new Map<string, LockQueue>()

  async function runLocked<Result>(
    name: string,
    isExclusive: boolean,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const queue = queues.get(name) ?? { exclusive: Promise.resolve(), shared: new Set(), pending: 0 }
    queues.set(name, queue)
    const { shared } = queue
    const blocker = isExclusive ? Promise.all([queue.exclusive, ...shared]) : queue.exclusive
    const result = blocker.then(work)
    const settled = result.then(
      () => undefined,
      () => undefined, // the caller receives the error from `run`
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
      return await result
    } finally {
      queue.pending -= 1
      if (queue.pending === 0) queues.delete(name)
    }
  }

  return {
    /** Runs work after all earlier work of this name. */
    exclusive: <Result>(name: string, work: () => Promise<Result>) => runLocked(name, true, work),
    /** Runs work after all earlier exclusive work of this name. */
    shared: <Result>(name: string, work: () => Promise<Result>) => runLocked(name, false, work),
  }
}
