import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import type { IAsyncProperty, IProperty } from 'fast-check'

/**
 * Runs the `property` of every other file of this folder for so many seconds each, in a process of its own: one that
 * does not come to an end is killed, and its seed is printed. Exits with 1 after a failure.
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
if (!(seconds > 0)) throw new Error('fuzz --seconds 60 [--only markup] [--seed 1]: seconds above 0.')

const self = fileURLToPath(import.meta.url)
/** Milliseconds that one input may take beyond the end. */
const patience = 30_000

/** A target's file exports this. */
interface Target {
  readonly property: IProperty<unknown> | IAsyncProperty<unknown>
  /** Ends what the property runs against. */
  readonly close?: () => unknown
}

async function runTarget(name: string, firstSeed: number): Promise<void> {
  const target = (await import(pathToFileURL(name).href)) as Target // the contract of this folder
  const began = Date.now()
  let runs = 0
  // Short rounds, each with a seed that is told before it begins.
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
      console.error(await fc.asyncDefaultReportMessage(result as never)) // of whatever type the property's input is
      process.send?.({ seed, runs })
      process.exitCode = 1
      break
    }
  }
  await target.close?.()
  process.send?.({ seed: firstSeed, runs })
  process.disconnect?.()
}

async function runAll(): Promise<void> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const names = readdirSync(here)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .filter((file) => values.only === undefined || file === `${values.only}.ts`)
  if (names.length === 0) throw new Error('fuzz: there is no such target.')
  for (const file of names) {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
    const args = ['--seconds', String(seconds), '--target', here + file, '--seed', String(seed)]
    const began = Date.now()
    console.log(`fuzz ${file}: ${seconds} s from seed ${seed}`)
    const child = fork(self, args)
    let last = { seed, runs: 0 }
    child.on('message', (said: typeof last) => {
      last = said
    })
    let stuck = false
    const timer = setTimeout(
      () => {
        stuck = true
        child.kill('SIGKILL')
      },
      seconds * 1000 + patience,
    )
    const [code] = await once(child, 'exit')
    clearTimeout(timer)
    const took = `${last.runs} runs in ${Math.round((Date.now() - began) / 1000)} s`
    if (code === 0) {
      console.log(`fuzz ${file}: ${took}, nothing found`)
    } else {
      const how = stuck ? 'does not come to an end' : 'failed'
      console.error(
        `fuzz ${file}: ${how} after ${took}. Again: --only ${file.replace('.ts', '')} --seed ${last.seed}`,
      )
      process.exitCode = 1
    }
  }
}

if (values.target === undefined) await runAll()
else await runTarget(values.target, Number(values.seed))
