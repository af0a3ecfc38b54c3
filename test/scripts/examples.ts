import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { findClamd } from '../../examples/10-clamav/start-clamd.ts'
import { quietFlags } from '../harness/npm.ts'

const minutes = 15

/**
 * Installs every example with the currently packed package, checks its types and runs it in Chromium. Run by
 * `npm run test:examples` and `.ci/full`.
 */
const started = performance.now()
const ends = setTimeout(() => {
  console.error(`examples: stopped after the limit of ${minutes} minutes`)
  process.exit(1)
}, minutes * 60_000)

async function step(label: string, command: string, args: readonly string[], cwd = '.') {
  console.log(`examples: ${label} (${Math.round((performance.now() - started) / 1000)}s)`)
  const env = { ...process.env, NODE_NO_WARNINGS: '1' }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const stop = () => child.kill()
  process.once('exit', stop)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  process.off('exit', stop)
  if (code === 0) return
  console.error(`examples: ${label} failed`)
  process.exit(1)
}

// Throws at once, with the line that installs ClamAV, and not after minutes.
findClamd()

await step('build', 'npm', ['run', 'build', '--silent'])
// npm does not replace a package of the same version, and Vite caches its optimized form.
for (const stale of ['putaway', 'local-s3', '.vite'])
  rmSync(`examples/node_modules/${stale}`, { recursive: true, force: true })
await step('install', 'npm', ['install', ...quietFlags], 'examples')

for (const project of ['.', '3-nestjs', '3-nestjs/tsconfig.page.json', '5-next']) {
  const tsc = ['node_modules/typescript/bin/tsc', '--noEmit', '-p', project]
  await step(`types of ${project}`, process.execPath, tsc, 'examples')
}
const config = ['--config', 'examples/vitest.config.ts']
await step('run them in Chromium', process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...config])
clearTimeout(ends)
console.log(`examples: passed (${Math.round((performance.now() - started) / 1000)}s)`)
