import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from './app.ts'

/** The project kinds that compile against the package, by the TypeScript version that still supports them. */
const projects = [
  ['typescript-5.4', 'commonjs', 'node10', 'commonjs'],
  ['typescript-5.4', 'node16', 'node16', 'commonjs'],
  ['typescript-5.4', 'node16', 'node16', 'module'],
  ['typescript-5.4', 'esnext', 'bundler', 'module'],
  ['typescript-5', 'commonjs', 'node10', 'commonjs'],
  ['typescript-5', 'node16', 'node16', 'commonjs'],
  ['typescript-5', 'nodenext', 'nodenext', 'commonjs'],
  ['typescript-5', 'nodenext', 'nodenext', 'module'],
  ['typescript-5', 'esnext', 'bundler', 'module'],
  ['typescript', 'node16', 'node16', 'commonjs'],
  ['typescript', 'nodenext', 'nodenext', 'commonjs'],
  ['typescript', 'nodenext', 'nodenext', 'module'],
  ['typescript', 'esnext', 'bundler', 'module'],
] as const

/** Compiles a project of each kind, and runs the output of the Node kinds. */
export function compileProjects(app: App): void {
  for (const [compiler, module, moduleResolution, type] of projects) {
    const name = `${compiler}-${moduleResolution}-${type}`
    app.step(`types for ${name}`)
    const folder = join(app.folder, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
    const compilerOptions = {
      strict: true,
      skipLibCheck: true,
      target: 'ES2022',
      lib: ['ES2023', 'DOM'],
      types: [],
      module,
      moduleResolution,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
    copyFileSync(join(import.meta.dirname, 'app/consumer.ts'), join(folder, 'consumer.ts'))
    app.run('node', `node_modules/${compiler}/bin/tsc`, '-p', name)
    if (moduleResolution !== 'bundler') app.run('node', `${name}/consumer.js`)
  }
}
