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

/** Tests of features that React 18 lacks: Activity and form actions. Any other test that needs React 19 is a bug. */
const since19 = [
  'a tree that Activity hides continues to upload',
  'a React action that returns an error keeps every file',
  'a React action that stores the photos replaces them by the new default value',
  'a draft that a React action stores keeps the files that were not in it',
]

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
for (const part of ['src', 'test', 'stories', '.storybook', 'registry', 'tsconfig.json']) {
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
    testNamePattern: new RegExp(`^(?!.*(${since19.join('|')}))`),
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
// A name that no test has any more must not stay, and no other test may be skipped.
const isAsExpected = skipped.toSorted().join('; ') === since19.toSorted().join('; ')
if (!isAsExpected) console.error(`react18: only these may be skipped: ${since19.join('; ')}`)
const passed = count('failed') === 0 && count('passed') > 100 && isAsExpected
if (passed) rmSync(copy, { recursive: true, force: true })
process.exit(passed ? 0 : 1)
