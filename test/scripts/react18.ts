import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { startVitest } from 'vitest/node'
import { quietFlags } from '../harness/npm.ts'

/**
 * Runs the tests of hooks and components with React 18.3. A copy of the sources has React and every package with React
 * as a peer in its own `node_modules`; other packages resolve to the repository's. Run by `npm run test:react18` and
 * `.ci/full`.
 */
const minutes = 5
setTimeout(() => {
  console.error(`react18: stopped after the limit of ${minutes} minutes`)
  process.exit(1)
}, minutes * 60_000).unref()

/** Titles of tests for features that React 18 lacks. Any other test that needs React 19 is a bug. */
const since19 = /a React form action|a tree that Activity hides/

const copy = fileURLToPath(new URL('../../test-results/react18', import.meta.url))
const manifestOf = (name: string) => `node_modules/${name}/package.json`
interface Manifest {
  readonly version: string
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest

rmSync(copy, { recursive: true, force: true })
mkdirSync(copy, { recursive: true })
for (const part of ['src', 'test', 'registry', 'tsconfig.json']) {
  cpSync(part, `${copy}/${part}`, { recursive: true, filter: (path) => !path.endsWith('.png') })
}
const { dependencies, devDependencies } = read('package.json')
const reactDependents = Object.keys({ ...dependencies, ...devDependencies }).filter(
  (name) =>
    !/storybook|^react(-dom)?$/.test(name) &&
    existsSync(manifestOf(name)) &&
    // Mantine accepts only React 19. Only browser tests use it, and they do not run here.
    /\b1[678]\b/.test(read(manifestOf(name)).peerDependencies?.react ?? ''),
)
const packages = [
  'react@18.3',
  'react-dom@18.3',
  ...reactDependents.map((name) => `${name}@${read(manifestOf(name)).version}`),
]
console.log(`react18: install ${packages.join(' ')}`)
writeFileSync(`${copy}/package.json`, JSON.stringify({ private: true, type: 'module' }))
execFileSync('npm', ['install', ...quietFlags, '--no-package-lock', ...packages], {
  cwd: copy,
  stdio: ['ignore', 'ignore', 'inherit'],
})

const { version } = createRequire(`${copy}/src/index.ts`)('react') as { version: string }
if (!version.startsWith('18.3.')) throw new Error(`React 18.3 is required, but ${version} is installed.`)
console.log(`react18: run with ${version}`)

const vitest = await startVitest(
  'test',
  [],
  {
    root: copy,
    config: false,
    watch: false,
    environment: 'happy-dom',
    include: ['test/**/*.dom.test.{ts,tsx}'],
    setupFiles: ['test/harness/dom.ts'],
    reporters: ['default'],
    testNamePattern: new RegExp(`^(?!.*(${since19.source}))`),
  },
  {
    root: copy,
    plugins: [react()],
    resolve: {
      alias: [
        { find: /^putaway\/styles\.css$/, replacement: `${copy}/src/styled/styles.css` },
        { find: /^putaway\/(core|image|server|testing|locales)$/, replacement: `${copy}/src/$1/index.ts` },
        { find: /^putaway$/, replacement: `${copy}/src/index.ts` },
      ],
    },
  },
)
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
const count = (state: string) => tests.filter((each) => each.result().state === state).length
await vitest.close()
const skipped = tests.filter((each) => each.result().state === 'skipped').map(({ name }) => name)
console.log(
  `react18: ${count('passed')} passed, ${count('failed')} failed; skipped: ${skipped.join('; ') || 'none'}`,
)
// A pattern that skips too many tests must not pass.
const passed = count('failed') === 0 && count('passed') > 100 && skipped.length <= 2
if (passed) rmSync(copy, { recursive: true, force: true })
process.exit(passed ? 0 : 1)
