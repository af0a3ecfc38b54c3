import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import type { IAsyncProperty, IProperty } from 'fast-check'

/**
 * Runs the `property` of every other file of this folder for the given seconds, each in a separate process. A process
 * that hangs is killed, and its seed is printed. Exits with 1 after a failure.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
if (!(seconds > 0)) throw new Error('fuzz --seconds 60 [--only markup] [--seed 1]: seconds must be above 0.')

const self = fileURLToPath(import.meta.url)
/** Time in ms that one input may take after the end. */
const graceMs = 30_000

/** The exports of a target file. */
interface Target {
  readonly property: IProperty<unknown> | IAsyncProperty<unknown>
}

async function runTarget(name: string, firstSeed: number): Promise<void> {
  const target = (await import(pathToFileURL(name).href)) as Target // every file of this folder exports a Target
  const began = Date.now()
  let runs = 0
  // Short rounds, each of which reports its seed before it starts.
  for (let seed = firstSeed; Date.now() - began < seconds * 1000; seed += 1) {
    process.send?.({ seed, runs })
    const left = seconds * 1000 - (Date.now() - began)
    const result = await fc.check(target.property, {
      seed,
      numRuns: 1000,
      interruptAfterTimeLimit: Math.max(1, left),
      markInterruptAsFailure: false,
    })
    runs += result.numRuns
    if (result.failed) {
      console.error(await fc.asyncDefaultReportMessage(result as never)) // the input type of the property is unknown here
      process.send?.({ seed, runs })
      process.exitCode = 1
      break
    }
  }
  // The time limit stops waiting for the last run, which continues. A server that closed now would make that run fail, so
  // the servers of a target stay open until the process ends.
  process.send?.({ seed: firstSeed, runs }, () => process.exit())
}

async function runAll(): Promise<void> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const names = readdirSync(here)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .filter((file) => values.only === undefined || file === `${values.only}.ts`)
  if (names.length === 0) throw new Error('fuzz: no target has this name.')
  for (const file of names) {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
    const args = ['--seconds', String(seconds), '--target', here + file, '--seed', String(seed)]
    const began = Date.now()
    console.log(`fuzz ${file}: ${seconds} s from seed ${seed}`)
    const child = fork(self, args)
    let last = { seed, runs: 0 }
    child.on('message', (progress: typeof last) => {
      last = progress
    })
    let isStuck = false
    const timer = setTimeout(
      () => {
        isStuck = true
        child.kill('SIGKILL')
      },
      seconds * 1000 + graceMs,
    )
    const [code] = await once(child, 'exit')
    clearTimeout(timer)
    const took = `${last.runs} runs in ${Math.round((Date.now() - began) / 1000)} s`
    if (code === 0) {
      console.log(`fuzz ${file}: ${took}, nothing found`)
    } else {
      const how = isStuck ? 'does not terminate' : 'failed'
      console.error(
        `fuzz ${file}: ${how} after ${took}. Rerun: --only ${file.replace('.ts', '')} --seed ${last.seed}`,
      )
      process.exitCode = 1
    }
  }
}

if (values.target === undefined) await runAll()
else await runTarget(values.target, Number(values.seed))
