import { images } from './images.ts'
import type { Line } from './link.ts'
import { keep, keepTrace, machine, megabits, percent, spent, writes } from './measure.ts'
import { measureBundles, titles } from './pages.ts'
import type { Contestant, Preparer } from './pages.ts'
import type { Counts, Outcome, Requests, Stage, Watched } from './stage.ts'
import type { Place } from './place.ts'
import { factor, median, seconds, spread } from './tables.ts'
import type { Measured } from './tables.ts'
import { drawTimeline } from './timeline.ts'

export interface Setting {
  stage: Stage
  who: Contestant[]
  /** Contestants of the scenario `image`. */
  preparers: Preparer[]
  dist: string
  /** Default: set by each scenario, so that it ends within two minutes. */
  runs: number | undefined
  /** Size of the large file in bytes. */
  size: number
  timeline: boolean
  /** Whether CPU profiles are written next to the results. */
  profile: boolean
  tell: (line: string) => void
}

interface Transfer {
  title: string
  count: number
  size: number
  line: Line
  runs: number
  place?: Place
  faulty?: boolean
  /** Whether calls to the backend fail, too. */
  faultyApi?: boolean
  heap?: boolean
}

interface Run extends Outcome {
  contestant: Contestant
  counts: Counts
  /** Peak JS heap in bytes above the value before the upload. */
  heap: number
  cpu: ReturnType<typeof spent>
}

/** Scenarios by name: each one measures and returns its table. */
export const scenarios: Record<string, (setting: Setting) => Promise<Measured>> = {
  one: (setting) =>
    transfer('one', setting, {
      title: '1 x 200 kB, 80 ms, 20 Mbit/s',
      count: 1,
      size: 200_000,
      line: { rtt: 80, rate: megabits(20) },
      runs: 5,
    }),
  fifty: (setting) =>
    transfer('fifty', setting, {
      title: '50 x 300 kB, 80 ms, 50 Mbit/s',
      count: 50,
      size: 300_000,
      line: { rtt: 80, rate: megabits(50) },
      runs: 3,
    }),
  many: (setting) =>
    transfer('many', setting, {
      title: '500 x 50 kB, 40 ms, 100 Mbit/s, storage on HTTP/1.1',
      count: 500,
      size: 50_000,
      line: { rtt: 40, rate: megabits(100) },
      runs: 1,
    }),
  'many-h2': (setting) =>
    transfer('many-h2', setting, {
      title: '500 x 50 kB, 40 ms, 100 Mbit/s, storage on HTTP/2',
      count: 500,
      size: 50_000,
      line: { rtt: 40, rate: megabits(100) },
      runs: 2,
      place: 'light-h2',
    }),
  large: (setting) =>
    transfer('large', setting, {
      title: `1 x ${setting.size / 1e6} MB, 40 ms, 400 Mbit/s`,
      count: 1,
      size: setting.size,
      line: { rtt: 40, rate: megabits(400) },
      runs: 1,
      heap: true,
    }),
  list,
  faults: (setting) =>
    transfer('faults', setting, {
      title: '100 x 300 kB, 80 ms, 50 Mbit/s; one request in ten to storage fails',
      count: 100,
      size: 300_000,
      line: { rtt: 80, rate: megabits(50) },
      runs: 2,
      faulty: true,
    }),
  'faults-api': (setting) =>
    transfer('faults-api', setting, {
      title: '100 x 300 kB, 80 ms, 50 Mbit/s; one request in ten to storage and to the backend fails',
      count: 100,
      size: 300_000,
      line: { rtt: 80, rate: megabits(50) },
      runs: 2,
      faulty: true,
      faultyApi: true,
    }),
  image: images,
  bundle,
}

/**
 * Every contestant uploads three files to an S3 that checks the requests. This also warms up every process, because the
 * first upload is the slowest.
 */
export async function rehearse(stage: Stage, given: Contestant[], preparers: Preparer[], names: string[]) {
  const who = [
    ...(names.some((name) => name !== 'image') ? given : []),
    ...(names.includes('image') ? preparers : []),
  ]
  const files = await stage.makeFiles(3, 100_000)
  const places = ['strict', 'light', ...(names.includes('many-h2') ? ['light-h2' as const] : [])] as const
  for (const place of places) {
    for (const contestant of who) {
      const visit = { contestant, line: { rtt: 4, rate: megabits(1000) }, files, place, rest: 0 }
      const { confirmed } = await stage.visit(visit, (tab) => tab.evaluate(upload))
      const { count } = await stage.stored(place)
      if (confirmed === 3 && count === 3) continue
      throw new Error(`${contestant} uploaded ${confirmed} of 3 files, and ${place} storage has ${count}.`)
    }
  }
}

/** They have no list, and do not support parts. */
const yardsticks: Contestant[] = ['yardstick', 'yardstick-6', 'yardstick-ahead']

/** Runs in the page. */
const upload = () => (window as unknown as { bench: { all(): Promise<Outcome> } }).bench.all()

async function transfer(name: string, setting: Setting, scenario: Transfer): Promise<Measured> {
  const { stage, tell } = setting
  const {
    title,
    count,
    size,
    line,
    place = 'light',
    faulty = false,
    faultyApi = false,
    heap = false,
  } = scenario
  // Through the server the browser does not call storage, and the yardstick does not support parts.
  const left: Contestant[] = [...(faulty ? ['through' as const] : []), ...(heap ? yardsticks : [])]
  const who = setting.who.filter((each) => !left.includes(each))
  const rounds = setting.runs ?? scenario.runs
  const bytes = count * size
  const floor = (bytes * 8000) / line.rate + 3 * line.rtt
  const raw = await stage.raw(line, bytes, count === 1 ? 1 : 6)
  const files = await stage.makeFiles(count, size)
  const runs: Run[] = []

  for (let round = 0; round < rounds; round++) {
    for (const contestant of who) {
      // The same failures for all contestants in one round, and others in the next.
      const faults = faulty ? { share: 0.1, apiShare: faultyApi ? 0.1 : 0, seed: round + 1 } : undefined
      const run = await stage.visit({ contestant, line, files, place, faults }, async (tab) => {
        const used = async () => {
          const { metrics } = await tab.send('Performance.getMetrics')
          return metrics.find((metric) => metric.name === 'JSHeapUsedSize')?.value ?? 0
        }
        const before = await used()
        let peak = before
        const sampling = setInterval(
          () => void used().then((now) => (peak = Math.max(peak, now))),
          heap ? 100 : 60_000,
        )
        const cpuBefore = await stage.cpu()
        const profiles = setting.profile && round === rounds - 1
        const trace = profiles ? await stage.trace() : undefined
        const outcome = await tab.evaluate(upload)
        clearInterval(sampling)
        const cpuAfter = await stage.cpu()
        if (trace) await keepTrace(`${name}-${contestant}`, await trace.stop())
        const counts = await stage.counts()
        if (setting.timeline && round === rounds - 1) {
          const requests = await tab.evaluate(() =>
            (window as unknown as { bench: { requests(): Requests[] } }).bench.requests(),
          )
          await keep(`${name}-${contestant}.txt`, drawTimeline(outcome.t0, requests, await stage.asked()))
        }
        return { ...outcome, contestant, counts, cpu: spent(cpuBefore, cpuAfter), heap: peak - before }
      })
      const stored = await stage.stored(place)
      const isWhole = stored.count === count && stored.bytes === bytes && run.confirmed === count
      const lost = faulty && stored.count >= run.confirmed
      tell(
        `${round + 1}/${rounds} ${contestant.padEnd(14)} ${seconds(run.ms).padStart(8)}  ${factor(run.ms / floor)} x floor` +
          `  CPU: page ${seconds(run.cpu.page)}, browser ${seconds(run.cpu.browser)}, servers ${seconds(run.cpu.servers)}; ${percent(run.cpu.others)} to others` +
          (isWhole ? '' : `  ${run.confirmed} of ${count} confirmed, ${stored.count} stored`),
      )
      if (isWhole || lost) runs.push(run)
      else
        tell(
          `invalid: ${contestant} reports ${run.confirmed}, storage has ${stored.count} with ${stored.bytes} bytes`,
        )
    }
  }

  const rows = who.map((contestant) => {
    const own = runs.filter((run) => run.contestant === contestant)
    const times = own.map(({ ms }) => ms)
    return [
      titles[contestant],
      ...(faulty ? [own.map(({ confirmed }) => confirmed).join(', ')] : []),
      spread(times, seconds),
      spread(
        times.map((ms) => ms / floor),
        factor,
      ),
      ...(heap
        ? [
            spread(
              own.map((run) => run.heap / 1e6),
              (value) => `${value.toFixed(1)} MB`,
            ),
          ]
        : []),
      ...(count > 1 ? [cpuCell(own, count)] : []),
      ...requestCells(
        contestant,
        own.map(({ counts }) => counts),
      ),
    ]
  })
  return {
    name,
    title,
    notes: [
      `Floor: ${seconds(floor)} (bytes over the line and 3 round trips). The line without HTTP: ` +
        (raw.plain ? `${seconds(raw.plain.ms)} (${factor(raw.plain.ms / floor)}); ` : '') +
        `with slow start on open, unused connections ${seconds(raw.cold.ms)} (${factor(raw.cold.ms / floor)}),` +
        ` round trip ${raw.cold.rtt.toFixed(1)} ms.`,
      `${rounds} ${rounds === 1 ? 'run' : 'runs'} each, interleaved; median (minimum–maximum). ${machine(runs.map(({ cpu }) => cpu.others))}`,
    ],
    columns: [
      '',
      ...(faulty ? [`confirmed of ${count}`] : []),
      'time',
      'x floor',
      ...(heap ? ['JS heap, peak over before'] : []),
      ...(count > 1 ? ['CPU per file: page + browser'] : []),
      'browser to storage: preflights',
      'writes',
      'to the backend',
    ],
    rows,
    runs,
  }
}

/** CPU of the page's process and of the browser process, which does the networking. */
function cpuCell(own: Run[], count: number) {
  const each = (of: (run: Run) => number) => (median(own.map(of)) / count).toFixed(1)
  return own.length === 0 ? '' : `${each(({ cpu }) => cpu.page)} + ${each(({ cpu }) => cpu.browser)} ms`
}

/** Medians of the requests that the servers counted, without those of the backend to storage. */
function requestCells(contestant: Contestant, all: Counts[]) {
  const number = (of: (counts: Counts) => number) => (all.length === 0 ? '' : String(median(all.map(of))))
  const sum = (counts: Record<string, number>) =>
    Object.values(counts).reduce((total, each) => total + each, 0)
  const names = [...new Set(all.flatMap(({ backend }) => Object.keys(backend)))]
  const calls = names.map((each) => `${number(({ backend }) => backend[each] ?? 0)} ${each}`)
  const written = ({ storage }: Counts) => writes.reduce((total, each) => total + (storage[each] ?? 0), 0)
  const opened = number(({ storage }) => storage.Warm ?? 0)
  return [
    number(({ storage }) => storage.Preflight ?? 0),
    (contestant === 'through' ? '0' : number(written)) +
      (opened > '0' ? ` + ${opened} that open connections` : ''),
    `${number(({ backend }) => sum(backend))}${calls.length > 1 ? ` (${calls.join(', ')})` : ''}`,
  ]
}

/** Five thousand files in a rendered list, measured for ten seconds. */
async function list({ stage, who, runs: given, profile, tell }: Setting): Promise<Measured> {
  const line = { rtt: 40, rate: megabits(100) }
  const [count, watch] = [5000, 10_000]
  const rounds = given ?? 1
  const files = await stage.makeFiles(count, 50_000)
  const all: (Watched & { contestant: Contestant; stored: number; cpu: number; others: number })[] = []
  // The other contestants have no list.
  const those = who.filter((each) => !['naive', 'through', ...yardsticks].includes(each))
  for (let round = 0; round < rounds; round++) {
    for (const contestant of those) {
      const run = await stage.visit({ contestant, line, files, place: 'light', list: true }, async (tab) => {
        const cpu = async () => {
          const { metrics } = await tab.send('Performance.getMetrics')
          return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0
        }
        const before = await cpu()
        const allBefore = await stage.cpu()
        const trace = profile ? await stage.trace() : undefined
        const watched = await tab.evaluate(
          (milliseconds) =>
            (window as unknown as { bench: { watch(ms: number): Promise<Watched> } }).bench.watch(
              milliseconds,
            ),
          watch,
        )
        const { others } = spent(allBefore, await stage.cpu())
        if (trace) await keepTrace(`list-${contestant}`, await trace.stop())
        const { storage } = await stage.counts()
        const stored = (storage.PutObject ?? 0) + (storage.PostObject ?? 0)
        return { ...watched, contestant, stored, others, cpu: ((await cpu()) - before) * 1000 }
      })
      tell(
        `${round + 1}/${rounds} ${contestant.padEnd(14)} ${run.stored} files, ${run.fps.toFixed(0)} frames a second`,
      )
      all.push(run)
    }
  }
  return {
    name: 'list',
    title: '5,000 x 50 kB queued in a rendered list with progress per file, 40 ms, 100 Mbit/s',
    notes: [
      `${rounds} ${rounds === 1 ? 'run' : 'runs'} each of 10 s. ${machine(all.map(({ others }) => others))} Blocked: the longest main-thread task until rows are shown. CPU: main thread of the page, over the files stored in that time.`,
    ],
    columns: [
      '',
      'adding blocks the page for',
      'rows shown after',
      'rows in the DOM',
      'frames a second',
      'React commits a second',
      'later tasks over 50 ms (longest)',
      'files stored in 10 s',
      'CPU per file',
    ],
    rows: those.map((contestant) => {
      const own = all.filter((run) => run.contestant === contestant)
      const cell = (of: (run: (typeof all)[number]) => number, show: (value: number) => string) =>
        spread(own.map(of), show)
      const whole = (value: number) => value.toFixed(0)
      return [
        titles[contestant],
        cell(({ blocked }) => blocked, seconds),
        cell(
          ({ shown }) => shown || Infinity,
          (ms) => (ms < Infinity ? seconds(ms) : 'over 10 s'),
        ),
        cell(({ rows }) => rows, whole),
        cell(({ fps }) => fps, whole),
        cell(({ commits }) => (commits * 1000) / watch, whole),
        `${cell(({ laterTasks }) => laterTasks, whole)} (${cell(({ longestLater }) => longestLater, seconds)})`,
        cell(({ stored }) => stored, whole),
        cell(
          ({ cpu, stored }) => cpu / stored,
          (value) => (value < Infinity ? `${value.toFixed(1)} ms` : 'none stored'),
        ),
      ]
    }),
    runs: all,
  }
}

async function bundle({ dist }: Setting): Promise<Measured> {
  const sizes = await measureBundles(dist)
  const kilo = (value: number) => (value === 0 ? '' : `${(value / 1000).toFixed(1)} kB`)
  return {
    name: 'bundle',
    title: 'Smallest import, minified and gzipped, React excluded',
    notes: [
      'Bundled by Vite, with its preload helper (0.7 kB) if there are lazy chunks. Lazy: code that loads after the page, with the first file, or when it is needed.',
    ],
    columns: ['', 'import', 'initial', 'lazy'],
    rows: sizes
      .toSorted((a, b) => a.initial - b.initial)
      .map(({ name, what, initial, lazy }) => [name, what, kilo(initial), kilo(lazy)]),
    runs: sizes,
  }
}
