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
import type { Table } from './tables.ts'

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
export async function images(setting: Setting): Promise<Table> {
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
        const measured = await measureTab(setting, tab, () => tab.evaluate(upload), isTraced ? contestant : '')
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
          quality.push(await comparePhoto(files[index] ?? '', await tab.evaluate(readPrepared, index), maxSide))
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
        memory: sent.memory,
        memoryAlone: alone.memory,
        cpu: sent.cpu.page,
        others: sent.cpu.others,
        quality: alone.quality,
      }
      tell(
        `${round + 1}/${rounds} ${contestant.padEnd(25)} ${seconds(run.ms).padStart(8)}, alone ${seconds(run.alone)}, first ${seconds(run.first)},` +
          ` ${mega(run.bytes)}, longest task ${seconds(longest(run))}, memory ${mega(run.memory)}; ${percent(run.others)} to others`,
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

/** Runs a function of the page, and measures its tasks over 50 ms, its memory and its CPU time. */
async function measureTab<T>({ stage }: Setting, tab: Tab, run: () => Promise<T>, traced: string) {
  const peakMemory = await watchMemory(await stage.pageProcesses())
  const before = await stage.cpu()
  const trace = traced ? await stage.trace() : undefined
  const result = await run()
  const memory = await peakMemory()
  const cpu = spent(before, await stage.cpu())
  if (trace) await keepTrace(`image-${traced}`, await trace.stop())
  return { result, memory, cpu, tasks: await tab.evaluate(readTasks) }
}

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const longest = ({ tasks, tasksAlone }: Run) => Math.max(0, ...tasks, ...tasksAlone)
const sum = (tasks: number[]) => tasks.reduce((total, each) => total + each, 0)

function tableOf(runs: Run[], who: Preparer[], rounds: number): Table {
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
      spread(own.map(longest), (ms) => (ms === 0 ? 'none' : seconds(ms))),
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
  const tooLong = ofPutaway.filter((run) => longest(run) > 0)
  // A task over 50 ms is a regression: the page of the user stands still that long.
  if (tooLong.length > 0) process.exitCode = 1
  return {
    name: 'image',
    title: `${count} photos of 12 megapixels, made smaller to ${maxSide} px and uploaded, 40 ms, 100 Mbit/s`,
    notes: [
      `${rounds} ${rounds === 1 ? 'run' : 'runs'} each, interleaved; median (minimum–maximum); x: over putaway. ${machine(runs.map(({ others }) => others))}`,
      `putaway: ${tooLong.length === 0 ? 'no main-thread task over 50 ms' : '**a main-thread task over 50 ms**'}.`,
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
