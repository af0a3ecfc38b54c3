import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages, packPackages, quietFlags } from '../../harness/npm.ts'

/**
 * Installs the packed package in a project of Vitest and in one of Jest, and runs there the tests of README and docs as
 * they stand, and every component in `screens.tsx`. Fails on any console output. Run by `npm run test:runners`;
 * `-- --built` skips the build.
 */
const { values: options } = parseArgs({ options: { built: { type: 'boolean', default: false } } })
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>
}
const same = (...names: string[]) => names.map((name) => `${name}@${devDependencies[name]}`)
const appPackages = same(
  'react',
  'react-dom',
  '@tanstack/react-query',
  '@testing-library/dom',
  '@testing-library/react',
  '@testing-library/user-event',
)
const vitestImport = /^import \{.*\} from 'vitest'\n/m

/** The complete tests in README and docs: blocks that import `putaway/testing` and Testing Library. */
function documentedTests(): string[] {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'))
  return ['README.md', ...pages.map((name) => join('docs', name))]
    .flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/^```tsx\n(.*?)^```$/gms)])
    .map(([, code = '']) => code)
    .filter((code) => code.includes("from 'putaway/testing'") && /^test\(/m.test(code))
}

/** Fails a file if it logged an error or a warning. */
const setup = `
const problems = []
for (const level of ['error', 'warn']) console[level] = (...all) => problems.push(level + ': ' + all.join(' '))
afterAll(() => {
  if (problems.length > 0) throw new Error(problems.length + ' lines in the console: ' + problems.join(' | '))
})
`
const babelConfig = `module.exports = { presets: [
  ['@babel/preset-env', { targets: { node: 'current' } }],
  ['@babel/preset-react', { runtime: 'automatic' }],
  '@babel/preset-typescript',
] }
`

const folder = mkdtempSync(join(tmpdir(), 'putaway-runners-'))
const step = (text: string) => console.log(`test-runners: ${text}`)

function createProject(name: string, putaway: string, tools: readonly string[]) {
  const project = join(folder, name)
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] })
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }))
  step(`install ${name}`)
  run('npm', 'install', ...quietFlags, putaway, ...appPackages, ...tools)
  const tests = [...documentedTests(), readFileSync(join(import.meta.dirname, 'screens.tsx'), 'utf8')]
  tests.forEach((code, at) => {
    const text = name === 'jest' ? code.replace(vitestImport, '') : code
    writeFileSync(join(project, `${at}.test.tsx`), text)
  })
  return { project, run }
}

try {
  if (documentedTests().length === 0) throw new Error('README and docs have no test of a screen.')
  step('build and pack')
  if (!options.built) buildPackages()
  const { putaway } = packPackages(folder)

  // jsdom 27 and later need a newer Node than 20.19.
  const vitest = createProject('vitest', putaway, [...same('vitest', 'happy-dom'), 'jsdom@26'])
  writeFileSync(join(vitest.project, 'setup.mjs'), `import { afterAll } from 'vitest'\n${setup}`)
  for (const environment of ['jsdom', 'happy-dom']) {
    for (const globals of [true, false]) {
      step(`Vitest, ${environment}, globals ${globals ? 'on' : 'off'}`)
      const test = { environment, globals, setupFiles: ['./setup.mjs'], testTimeout: 60_000 }
      writeFileSync(join(vitest.project, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })}`)
      vitest.run('npx', 'vitest', 'run')
    }
  }

  const jest = createProject('jest', putaway, [
    'jest@30',
    'jest-environment-jsdom@30',
    'jest-fixed-jsdom@0.0.11',
    '@babel/core@7',
    '@babel/preset-env@7',
    '@babel/preset-react@7',
    '@babel/preset-typescript@7',
  ])
  writeFileSync(join(jest.project, 'setup.cjs'), setup)
  writeFileSync(join(jest.project, 'babel.config.cjs'), babelConfig)
  for (const testEnvironment of ['jsdom', 'jest-fixed-jsdom']) {
    step(`Jest, ${testEnvironment}`)
    const config = { testEnvironment, setupFilesAfterEnv: ['./setup.cjs'], testTimeout: 60_000 }
    writeFileSync(join(jest.project, 'jest.config.cjs'), `module.exports = ${JSON.stringify(config)}`)
    jest.run('npx', 'jest')
  }
  step('passed')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
