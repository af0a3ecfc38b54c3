import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quietFlags } from '../harness/npm.ts'
import type { App } from './app.ts'

const webpackConfig = (folder: string) => `
export default {
  mode: 'production', target: 'node', entry: './upload.mjs', devtool: false, performance: { hints: false },
  experiments: { outputModule: true },
  output: { path: ${JSON.stringify(folder)}, filename: 'webpack.mjs', chunkFormat: 'module', library: { type: 'module' } },
}`

const rollupConfig = (folder: string) => `
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import resolve from '@rollup/plugin-node-resolve'
export default {
  input: 'upload.mjs',
  plugins: [resolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()],
  output: { dir: ${JSON.stringify(folder)}, entryFileNames: 'rollup.mjs', chunkFileNames: '[name].mjs' },
}`

const viteConfig = (folder: string) => `
export default {
  ssr: { noExternal: true },
  build: { ssr: 'upload.mjs', outDir: ${JSON.stringify(folder)}, rolldownOptions: { output: { entryFileNames: 'vite.mjs' } } },
}`

/**
 * Bundles a server with each bundler and only the packages that the README names, and runs the bundle without
 * node_modules, as in a container or a Lambda. First without image-size, which a route needs, then with it.
 */
export function bundleServers(app: App, imagePackages: readonly string[]): void {
  bundleAndRun(app, 'without image-size')
  app.run('npm', 'install', ...quietFlags, ...imagePackages)
  process.env.HAS_IMAGE_SIZE = 'yes'
  bundleAndRun(app, 'with image-size')
}

function bundleAndRun(app: App, label: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-bundles-'))
  const out = (name: string) => join(folder, name)
  try {
    writeFileSync(join(app.folder, 'webpack.config.mjs'), webpackConfig(out('webpack')))
    writeFileSync(join(app.folder, 'rollup.config.mjs'), rollupConfig(out('rollup')))
    writeFileSync(join(app.folder, 'vite.server.mjs'), viteConfig(out('vite')))

    app.step(`bundle by esbuild, webpack, Rollup and Vite ${label}`)
    const esbuild = ['esbuild', 'upload.mjs', '--bundle', '--platform=node', '--log-level=error'] as const
    // The banner adds `require`, which CommonJS packages in the bundle call, to esbuild's ESM format.
    const banner =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
    app.run(
      'npx',
      ...esbuild,
      '--format=esm',
      `--banner:js=${banner}`,
      `--outfile=${out('esbuild/esbuild.mjs')}`,
    )
    // The usual output on Lambda and in NestJS.
    app.run('npx', ...esbuild, '--format=cjs', `--outfile=${out('esbuild-cjs/esbuild-cjs.cjs')}`)
    app.run('npx', 'webpack', '--config', 'webpack.config.mjs')
    app.run('npx', 'rollup', '--silent', '--config', 'rollup.config.mjs')
    app.run('npx', 'vite', 'build', '--logLevel', 'error', '--config', 'vite.server.mjs')

    const scripts = [
      out('esbuild-cjs/esbuild-cjs.cjs'),
      ...['esbuild', 'webpack', 'rollup', 'vite'].map((name) => out(`${name}/${name}.mjs`)),
    ]
    process.stdout.write(app.run('node', 'local-s3.mjs', 'upload.mjs', ...scripts))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
