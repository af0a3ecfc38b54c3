import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { findFirefox, findWebKit, installLines } from '../harness/browsers/test-browser.ts'

/**
 * Runs all tests of `npm test`, two scripts at a time: on two cores, three took longer, because each then took more than
 * twice as long. The longest scripts start first. Prints the output of a script when it ends. The first failure stops
 * everything.
 */
const scripts = [
  'test:e2e',
  'test:unit',
  'test:components',
  'test:stories',
  'test:package',
  'test:lint',
  'test:types',
]
const scriptsAtOnce = 2

const startedAt = performance.now()
const secondsSince = (time: number) => Math.round((performance.now() - time) / 1000)
const running = new Map<string, { readonly child: ChildProcess; readonly startedAt: number }>()
let hasFailed = false

async function run(script: string): Promise<void> {
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: npm does not pass signals to all processes below it.
    detached: true,
    shell: process.platform === 'win32',
  })
  const scriptStartedAt = performance.now()
  running.set(script, { child, startedAt: scriptStartedAt })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  running.delete(script)
  if (hasFailed) return
  console.log(`\n== ${script} (${secondsSince(scriptStartedAt)}s)\n${Buffer.concat(output).toString()}`)
  if (code === 0) return
  hasFailed = true
  stopAll()
  console.error(`== ${script} failed`)
}

function stopAll() {
  for (const { child } of running.values()) {
    if (child.pid === undefined) continue
    try {
      process.kill(-child.pid)
    } catch {
      child.kill()
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    hasFailed = true
    stopAll()
    process.exitCode = 1
  })
}

const progress = setInterval(() => {
  const runningScripts = [...running].map(
    ([script, { startedAt: since }]) => `${script} ${secondsSince(since)}s`,
  )
  console.log(`-- ${secondsSince(startedAt)}s: ${runningScripts.join(', ')}`)
}, 30_000)

async function runNext(): Promise<void> {
  const script = hasFailed ? undefined : scripts.shift()
  if (script === undefined) return
  await run(script)
  await runNext()
}

await Promise.all(Array.from({ length: scriptsAtOnce }, runNext))
clearInterval(progress)
// They would take minutes here.
for (const [browser, path] of [
  ['firefox', findFirefox()],
  ['webkit', findWebKit()],
] as const)
  console.log(
    path === undefined
      ? `-- skipped: ${browser} is not installed (${installLines[browser]}), so npm run test:${browser} cannot run`
      : `-- not run: npm run test:${browser}`,
  )
console.log(`== ${hasFailed ? 'failed' : 'all tests passed'} after ${secondsSince(startedAt)}s`)
if (hasFailed) process.exitCode = 1
