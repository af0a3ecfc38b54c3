/** The minimum of several runs, because other processes only add time. */
async function minimumTime(work: () => unknown, runs: number): Promise<number> {
  let best = Infinity
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage()
    try {
      await work()
    } catch {
      // A rejection counts as an answer.
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return best
}

/** Ratios above this are measured again. */
const suspicious = 8

/**
 * Measures the CPU time ratio of one reader for an input four times as long, and sends it to the parent: about 4 if
 * linear, 16 if quadratic. `make` returns the work for an input of a scale. `noise`: µs below which a measurement is
 * ignored.
 */
export async function measure(
  name: string,
  make: (scale: number) => () => unknown,
  noise = 2000,
): Promise<void> {
  await sendToParent({ name })
  const work = make(4)
  const smallWork = make(1)
  /** Takes as long as `work` if the reader is linear, so that a busy machine disturbs both in the same way. */
  const fourSmall = async () => {
    for (let time = 0; time < 4; time += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as a long input is read
        await smallWork()
      } catch {
        // A rejection counts as an answer.
      }
    }
  }
  const once = await minimumTime(work, 1)
  const growthOf = async (runs: number) =>
    (4 * (await minimumTime(work, runs))) / Math.max(await minimumTime(fourSmall, 4), noise / 2)
  // Noise can only make the large input look too slow, so one run is enough. The small input has four runs, because a
  // slow one would hide growth.
  let growth = once < noise ? 1 : await growthOf(1)
  // A cold function, or another process that evicts the CPU caches, distorts some measurements. A reader that is not
  // linear is slow in all of them.
  for (let again = 0; growth > suspicious && again < 5; again += 1) growth = await growthOf(4)
  await sendToParent({ name, growth: Math.round(growth * 10) / 10 })
}

/** Waits until the message is written. Messages that are in memory when the process ends may be lost. */
const sendToParent = (message: object) =>
  new Promise<void>((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
