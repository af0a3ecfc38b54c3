import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buildPackages, packPackages, quietFlags } from '../harness/npm.ts'
import { appIn } from './app.ts'
import { bundleServers } from './bundles.ts'
import { installWithoutReact } from './without-react.ts'
import { compileProjects } from './typescript.ts'

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: 'ESNext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    lib: ['ES2023', 'DOM'],
    types: ['vite/client'],
  },
  include: ['page.tsx'],
})

/**
 * Installs the packed packages into new apps and uses every entry there as a user does. It detects files that are
 * missing from a tarball, imports that resolve only inside this repository, and React in an app that needs none. Run by
 * `.ci/full`.
 */
const app = appIn(mkdtempSync(join(tmpdir(), 'putaway-app-')))

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>
}
const same = (...names: string[]) => names.map((name) => `${name}@${devDependencies[name]}`)
/** The packages that docs/server.md names, without image-size, which `bundleServers` installs later. */
const serverPackages = same('file-type')

try {
  app.step('build and pack')
  buildPackages()
  const { putaway, 'local-s3': localS3 } = packPackages(app.folder)
  for (const tarball of [putaway, localS3])
    app.step(`${basename(tarball)}: ${(statSync(tarball).size / 1000).toFixed(0)} kB`)
  installWithoutReact(putaway, localS3, serverPackages)

  app.step(`install into ${app.folder}`)
  cpSync(join(import.meta.dirname, 'app'), app.folder, { recursive: true })
  writeFileSync(join(app.folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const packages = same(
    // As README names them.
    'react',
    'react-dom',
    '@tanstack/react-query',
    'vite',
    'typescript',
    '@types/react',
    '@types/react-dom',
    '@types/node',
  )
  const tools = [
    'esbuild',
    'webpack',
    'webpack-cli',
    'rollup',
    '@rollup/plugin-commonjs',
    '@rollup/plugin-json',
    '@rollup/plugin-node-resolve',
    'typescript-5.4@npm:typescript@5.4',
    'typescript-5@npm:typescript@5',
  ]
  app.run('npm', 'install', ...quietFlags, putaway, localS3, ...serverPackages, ...packages, ...tools)

  app.step('every entry from Node')
  process.stdout.write(app.run('node', 'entries.mjs'))
  bundleServers(app, same('image-size'))
  compileProjects(app)

  app.step('types and a production build of a page')
  writeFileSync(
    join(app.folder, 'index.html'),
    '<div id="root"></div><script type="module" src="/page.tsx"></script>',
  )
  writeFileSync(join(app.folder, 'tsconfig.json'), tsconfig)
  app.run('npx', 'tsc')
  app.run('npx', 'vite', 'build', '--logLevel', 'error')
  app.step('passed')
} finally {
  rmSync(app.folder, { recursive: true, force: true })
}
