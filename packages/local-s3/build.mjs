import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Compiles the sources to ES modules, and adds what `require('local-s3')` needs: declarations in a CommonJS scope. */
process.chdir(fileURLToPath(new URL('.', import.meta.url)))
rmSync('dist', { recursive: true, force: true })

const compiler = fileURLToPath(new URL('../bin/tsc', import.meta.resolve('typescript')))
const tsc = (...args) =>
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', ...args], { stdio: 'inherit' })
tsc()
tsc('--outDir', 'dist/cjs', '--emitDeclarationOnly')

// Node >= 20.19 requires ES modules.
mkdirSync('dist/cjs', { recursive: true })
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n')
for (const entry of ['index', 'cli'])
  writeFileSync(`dist/cjs/${entry}.js`, `module.exports = require('../${entry}.js')\n`)
