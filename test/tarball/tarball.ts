import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appIn } from './app.ts'
import { bundleServers } from './bundles.ts'
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
 * Installs the packed package into a new app and uses every entry there as a user does. It detects files that are
 * missing from the tarball and imports that resolve only inside this repository. Run by `.ci/full`.
 */
const app = appIn(mkdtempSync(join(tmpdir(), 'putaway-app-')))

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>
}
const same = (...names: string[]) => names.map((name) => `${name}@${devDependencies[name]}`)

try {
  app.step('build and pack')
  execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('npm', ['pack', '--pack-destination', app.folder], { stdio: ['ignore', 'ignore', 'ignore'] })

  app.step(`install into ${app.folder}`)
  cpSync(join(import.meta.dirname, 'app'), app.folder, { recursive: true })
  writeFileSync(join(app.folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  // The packages that README and docs/server.md name, without image-size: no route here uses `image`.
  const packages = same(
    'react',
    'react-dom',
    '@tanstack/react-query',
    '@aws-sdk/client-s3',
    '@aws-sdk/s3-presigned-post',
    '@aws-sdk/s3-request-presigner',
    'file-type',
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
  const quietFlags = ['--no-audit', '--no-fund', '--loglevel=error']
  app.run('npm', 'install', ...quietFlags, './putaway-0.2.0.tgz', ...packages, ...tools)

  app.step('every entry from Node')
  process.stdout.write(app.run('node', 'entries.mjs'))
  bundleServers(app)
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
