// Runs before `npm start` of an example: builds putaway, and installs the example's dependencies if they are missing.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const examples = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const npm = (folder, ...args) => {
  console.log(`  npm ${args.join(' ')}`)
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const { name, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const installed = (dependency) =>
  ['.', '..'].some((folder) => existsSync(`${folder}/node_modules/${dependency}/package.json`))

if (!Object.keys({ ...dependencies, ...devDependencies }).every(installed)) {
  if (!existsSync(`${root}node_modules/.bin/vite`)) npm(root, 'ci')
  if (!existsSync(`${root}dist/index.d.ts`)) npm(root, 'run', 'build')
  npm(examples, 'install', '--workspace', name)
}
