import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { missingForTcp, networkNames } from './networks.ts'
import type { NetworkName } from './networks.ts'
import { bundlePages, contestants, preparers } from './pages.ts'
import type { Contestant, Preparer } from './pages.ts'
import { rehearse, scenarios } from './scenarios.ts'
import { openStage } from './stage.ts'
import { markdownOf } from './tables.ts'
import type { Table } from './tables.ts'

/**
 * Compares putaway with other libraries, in Chromium over a slow line. Documented in docs/performance.md.
 *   npm run bench                                    everything, over both lines, within 30 minutes on 2 cores
 *   npm run bench -- --scenario one                  one scenario, within 2 minutes; --timeline writes its requests (bench/results.*.txt),
 *                                                    --profile writes CPU profiles (bench/results.*.cpuprofile)
 *   npm run bench -- --line tcp                      real TCP between two network namespaces; needs Linux, root, gcc and iproute2
 *   npm run bench -- --contestants putaway,uppy --runs 5 --size 500
 */
const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    contestants: { type: 'string', default: [...contestants, ...preparers].join() },
    /** `proxy` or `tcp`. Default: both, one after the other. */
    line: { type: 'string' },
    runs: { type: 'string' },
    /** Size of the large file in MB. */
    size: { type: 'string', default: '500' },
    timeline: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    /** Folder of another build than dist/. */
    dist: { type: 'string' },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url))

function pick<Name extends string>(given: string | undefined, names: readonly Name[]): Name[] {
  if (given === undefined) return [...names]
  const wrong = given.split(',').find((name) => !(names as readonly string[]).includes(name))
  if (wrong === undefined) return names.filter((name) => given.split(',').includes(name))
  throw new Error(`There is no "${wrong}". There are: ${names.join(', ')}.`)
}

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(folder, name)).mtimeMs,
  )
  return Math.max(...times)
}

function builtPackage() {
  if (values.dist !== undefined) return values.dist
  const dist = join(root, 'dist')
  const built = statSync(join(dist, 'index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (built < newest(join(root, 'src'))) {
    console.error('Building the package, because src/ is newer than dist/.')
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' })
  }
  return dist
}

const chosen = pick(values.scenario, Object.keys(scenarios))
const lines = pick(values.line, networkNames)
const named = pick<Contestant | Preparer>(values.contestants, [...contestants, ...preparers])
const who = contestants.filter((name) => named.includes(name))
const those = preparers.filter((name) => named.includes(name))
const dist = builtPackage()
const pages = await bundlePages(dist, !values.profile)
process.on('SIGINT', () => process.exit(130))
const tables: Table[] = []
const began = performance.now()

async function measure(line: NetworkName, names: string[]) {
  const stage = await openStage(dist, pages, line)
  try {
    await rehearse(stage, who, those, names)
    for (const name of names) {
      const started = performance.now()
      const measured = await scenarios[name]?.({
        stage,
        who,
        preparers: those,
        dist,
        runs: values.runs === undefined ? undefined : Number(values.runs),
        size: Number(values.size) * 1e6,
        timeline: values.timeline,
        profile: values.profile,
        tell: (text) => console.error(`${line} ${name.padEnd(8)} ${text}`),
      })
      if (!measured) continue
      const table = { ...measured, line, seconds: (performance.now() - started) / 1000 }
      tables.push(table)
      console.log(`\n${markdownOf(table)}\n`)
    }
  } finally {
    await stage.close()
  }
}

try {
  for (const line of lines) {
    const missing = line === 'tcp' ? missingForTcp() : undefined
    // The line does not matter to what these measure.
    const names = chosen.filter((name) => line === lines[0] || !['image', 'bundle'].includes(name))
    if (missing !== undefined) console.error(`Without the line over real TCP, because it needs ${missing}.`)
    else if (names.length > 0) await measure(line, names)
  }
} finally {
  await rm(pages, { recursive: true, force: true })
}
console.error(`${((performance.now() - began) / 60_000).toFixed(1)} minutes`)

// A partial run replaces only its own tables.
const at = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const kept = (): Table[] => {
  try {
    return JSON.parse(readFileSync(at('results.json'), 'utf8')) as Table[]
  } catch {
    return []
  }
}
const keyOf = (line: NetworkName, name: string) => `${line} ${name}`
const all = new Map([...kept(), ...tables].map((table) => [keyOf(table.line, table.name), table]))
const ordered = networkNames.flatMap((line) =>
  Object.keys(scenarios).flatMap((name) => all.get(keyOf(line, name)) ?? []),
)
await writeFile(at('results.json'), `${JSON.stringify(ordered, null, 2)}\n`)
await writeFile(at('results.md'), `${ordered.map(markdownOf).join('\n\n')}\n`)
