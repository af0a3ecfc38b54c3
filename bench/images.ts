import { keepTrace, machine, megabits, percent, spent, writes } from './measure.ts'
import { watchMemory } from './memory.ts'
import { makePhotos, turnedPhoto } from './photos.ts'
import { preparerTitles } from './pages.ts'
import type { Preparer } from './pages.ts'
import { comparePhoto } from './picture-quality.ts'
import type { PreparedPhoto, Quality } from './picture-quality.ts'
import type { Setting } from './scenarios.ts'
import type { Tab } from './browser.ts'
import type { Outcome } from './stage.ts'
import { factor, median, seconds, spread } from './tables.ts'
import type { Measured } from './tables.ts'

const count = 20
const maxSide = 2560
/** Photos whose results are compared with the originals. */
const compared = [0, turnedPhoto, 11]

interface Run {
  contestant: Preparer
  /** Until all photos are stored and confirmed. */
  ms: number
  /** Until the first photo's request arrives at storage. */
  first: number
  /** Preparation without uploads, in a page of its own. */
  alone: number
  bytes: number
  /** Main-thread tasks over 50 ms, with uploads and without. */
  tasks: number[]
  tasksAlone: number[]
  /** CPU milliseconds of the longest main-thread task, with uploads and without. */
  longestCpu: number
  /** Peak of the page's process in bytes above the value before. */
  memory: number
  memoryAlone: number
  cpu: number
  others: number
  quality: Quality[]
}

interface BenchPage {
  all(): Promise<Outcome>
  tasks(): Promise<number[]>
  prepare(): Promise<{ ms: number; bytes: number }>
  prepared(index: number): Promise<PreparedPhoto>
}

// These run in the page.
const upload = () => (window as unknown as { bench: BenchPage }).bench.all()
const readTasks = () => (window as unknown as { bench: BenchPage }).bench.tasks()
const prepare = () => (window as unknown as { bench: BenchPage }).bench.prepare()
const readPrepared = (index: number) => (window as unknown as { bench: BenchPage }).bench.prepared(index)

/** Twenty photos of 12 megapixels are made smaller in the browser and uploaded. */
export async function images(setting: Setting): Promise<Measured> {
  const { stage, preparers: who, tell } = setting
  const line = { rtt: 40, rate: megabits(100) }
  const rounds = setting.runs ?? 2
  const files = await makePhotos(count)
  const runs: Run[] = []

  for (let round = 0; round < rounds; round++) {
    for (const contestant of who) {
      const visit = { contestant, line, files, place: 'light' as const }
      const isTraced = setting.profile && round === rounds - 1
      const sent = await stage.visit(visit, async (tab) => {
        const measured = await measureTab(
          setting,
          tab,
          () => tab.evaluate(upload),
          isTraced ? contestant : '',
        )
        const { atStorage } = await stage.asked()
        const starts = atStorage.flatMap(({ operation, at, milliseconds }) =>
          writes.includes(operation) ? [at - milliseconds - measured.result.t0] : [],
        )
        return { ...measured, first: Math.min(...starts) }
      })
      const stored = await stage.stored('light')
      const alone = await stage.visit(visit, async (tab) => {
        const measured = await measureTab(setting, tab, () => tab.evaluate(prepare), '')
        const quality: Quality[] = []
        // The same in every round.
        for (const index of round === 0 ? compared : [])
          quality.push(
            await comparePhoto(files[index] ?? '', await tab.evaluate(readPrepared, index), maxSide),
          )
        return { ...measured, quality }
      })
      const run: Run = {
        contestant,
        ms: sent.result.ms,
        first: sent.first,
        alone: alone.result.ms,
        bytes: stored.bytes,
        tasks: sent.tasks,
        tasksAlone: alone.tasks,
        longestCpu: Math.max(sent.longestCpu, alone.longestCpu),
        memory: sent.memory,
        memoryAlone: alone.memory,
        cpu: sent.cpu.page,
        others: sent.cpu.others,
        quality: alone.quality,
      }
      tell(
        `${round + 1}/${rounds} ${contestant.padEnd(25)} ${seconds(run.ms).padStart(8)}, alone ${seconds(run.alone)}, first ${seconds(run.first)},` +
          ` ${mega(run.bytes)}, longest task ${seconds(longest(run))} (CPU ${seconds(run.longestCpu)}), memory ${mega(run.memory)}; ${percent(run.others)} to others`,
      )
      const wrong = run.quality.flatMap((each) => each.problems)
      const isWhole = stored.count === count && sent.result.confirmed === count
      if (!isWhole) wrong.push(`${sent.result.confirmed} confirmed, ${stored.count} stored`)
      if (wrong.length > 0) tell(`invalid: ${contestant}: ${wrong.join('; ')}`)
      if (isWhole) runs.push(run)
    }
  }
  return tableOf(runs, who, rounds)
}

/** Runs a function of the page, and measures its main-thread tasks, its memory and its CPU time. */
async function measureTab<T>({ stage }: Setting, tab: Tab, run: () => Promise<T>, profiled: string) {
  const peakMemory = await watchMemory(await stage.pageProcesses())
  const before = await stage.cpu()
  const trace = await stage.trace(profiled ? undefined : ['toplevel'])
  const result = await run()
  const memory = await peakMemory()
  const cpu = spent(before, await stage.cpu())
  const { traceEvents } = await trace.stop()
  if (profiled) await keepTrace(`image-${profiled}`, { traceEvents })
  const longestCpu = longestTask(traceEvents as TraceEvent[])
  return { result, memory, cpu, longestCpu, tasks: await tab.evaluate(readTasks) }
}

interface TraceEvent {
  ph: string
  name: string
  pid: number
  tid: number
  /** Microseconds of CPU time. */
  tdur?: number
  args?: { name?: string }
}

/**
 * CPU milliseconds of the longest task on the main thread of a page. Other programs on the machine make a task longer, but not
 * its CPU time.
 */
function longestTask(events: TraceEvent[]) {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const isMain = ({ ph, name, args }: TraceEvent) =>
    ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain'
  const mains = new Set(events.filter(isMain).map(thread))
  const tasks = events.filter((event) => event.name.endsWith('RunTask') && mains.has(thread(event)))
  return tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur / 1000), 0)
}

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const longest = ({ tasks, tasksAlone }: Run) => Math.max(0, ...tasks, ...tasksAlone)
const sum = (tasks: number[]) => tasks.reduce((total, each) => total + each, 0)

function tableOf(runs: Run[], who: Preparer[], rounds: number): Measured {
  const ofPutaway = runs.filter(({ contestant }) => contestant === 'image-putaway')
  const rows = who.map((contestant) => {
    const own = runs.filter((run) => run.contestant === contestant)
    /** The values, and their median over that of putaway. */
    const cell = (of: (run: Run) => number, show: (value: number) => string) => {
      const ratio = median(own.map(of)) / median(ofPutaway.map(of))
      return spread(own.map(of), show) + (Number.isFinite(ratio) ? `, x ${factor(ratio)}` : '')
    }
    const qualities = own.flatMap(({ quality }) => quality)
    return [
      preparerTitles[contestant],
      cell(({ ms }) => ms, seconds),
      cell(({ alone }) => alone, seconds),
      cell(({ first }) => first, seconds),
      cell(({ bytes }) => bytes, mega),
      spread(own.map(longest), (ms) => (ms === 0 ? 'under 50 ms' : seconds(ms))),
      spread(
        own.map(({ longestCpu }) => longestCpu),
        seconds,
      ),
      spread(
        own.map(({ tasks }) => sum(tasks)),
        seconds,
      ),
      cell(({ memory }) => memory, mega),
      cell(({ cpu }) => cpu / count, seconds),
      qualities.map(({ psnr }) => psnr.toFixed(1)).join(', '),
      qualities.every(({ problems }) => problems.length === 0) ? 'yes' : 'no',
    ]
  })
  // A regression: the page of the user stands still that long.
  const isTooLong = ofPutaway.some(({ longestCpu }) => longestCpu > 50)
  if (isTooLong) process.exitCode = 1
  return {
    name: 'image',
    title: `${count} photos of 12 megapixels, made smaller to ${maxSide} px and uploaded, 40 ms, 100 Mbit/s`,
    notes: [
      `${rounds} ${rounds === 1 ? 'run' : 'runs'} each, interleaved; median (minimum–maximum); x: over putaway. ${machine(runs.map(({ others }) => others))}`,
      `putaway: ${isTooLong ? '**a main-thread task**' : 'no main-thread task'} over 50 ms of CPU time.`,
      'JPEG quality 0.85 for all. The others send in the way of the yardstick, each photo as soon as it is ready. Alone: without uploads, in a fresh page.' +
        ` Memory: peak (VmHWM) of the page's process with its workers above the value before. PSNR of photos ${compared.join(', ')} to sharp's Lanczos-3 from the original, in dB; photo ${turnedPhoto} has the orientation 6. Right: at most ${maxSide} px, upright, a JPEG.`,
    ],
    columns: [
      '',
      'all stored',
      'preparation alone',
      'first request to storage',
      'result sizes',
      'longest main-thread task',
      'longest by CPU time',
      'tasks over 50 ms, sum',
      'memory',
      'CPU of the page per photo',
      'PSNR',
      'right',
    ],
    rows,
    runs,
  }
}
