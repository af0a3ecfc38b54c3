import { sendToParent } from './send-to-parent.ts'

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
  const timeOf = (scale: number, runs: number) => minimumTime(make(scale), runs)
  const growthFrom = async (large: number, scale: number) => {
    // Takes as long as the large input if the reader is linear, so that a busy machine disturbs both in the same way.
    // Two runs, because a slow one would hide growth.
    const small = await minimumTime(fourTimes(make(scale)), 2)
    return (4 * large) / Math.max(small, noise / 2)
  }
  // Noise can only make the large input look too slow, so one run is enough.
  const large = await timeOf(4, 1)
  let growth = large < noise ? 1 : await growthFrom(large, 1)
  // A cold function, and memory that the process gets from the system at one length, distort some measurements. A
  // reader that is not linear is slow in all of them, and for longer inputs too.
  for (let again = 0; growth > suspicious && again < 5; again += 1) {
    growth = await growthFrom(await timeOf(16, 1), 4)
    if (growth > suspicious) growth = await growthFrom(await timeOf(4, 4), 1)
  }
  await sendToParent({ name, growth: Math.round(growth * 10) / 10 })
}

const fourTimes = (work: () => unknown) => async () => {
  for (let time = 0; time < 4; time += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a long input is read
      await work()
    } catch {
      // A rejection counts as an answer.
    }
  }
}
