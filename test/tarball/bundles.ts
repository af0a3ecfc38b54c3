import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
 * node_modules, as in a container or a Lambda.
 */
export function bundleServers(app: App): void {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-bundles-'))
  const out = (name: string) => join(folder, name)
  try {
    writeFileSync(join(app.folder, 'webpack.config.mjs'), webpackConfig(out('webpack')))
    writeFileSync(join(app.folder, 'rollup.config.mjs'), rollupConfig(out('rollup')))
    writeFileSync(join(app.folder, 'vite.server.mjs'), viteConfig(out('vite')))

    app.step('bundle by esbuild, webpack, Rollup and Vite')
    const esbuild = ['esbuild', 'upload.mjs', '--bundle', '--platform=node', '--log-level=error'] as const
    // esbuild's CommonJS format has no top-level await, so the banner adds `require` to its ESM format.
    const banner =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
    app.run(
      'npx',
      ...esbuild,
      '--format=esm',
      `--banner:js=${banner}`,
      `--outfile=${out('esbuild/esbuild.mjs')}`,
    )
    app.run('npx', 'webpack', '--config', 'webpack.config.mjs')
    app.run('npx', 'rollup', '--silent', '--config', 'rollup.config.mjs')
    app.run('npx', 'vite', 'build', '--logLevel', 'error', '--config', 'vite.server.mjs')

    const scripts = ['esbuild', 'webpack', 'rollup', 'vite'].map((name) => out(`${name}/${name}.mjs`))
    process.stdout.write(app.run('node', 'local-s3.mjs', 'upload.mjs', ...scripts))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
