import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build as buildWithEsbuild } from 'esbuild'
import { build as buildWithVite } from 'vite'
import webpack from 'webpack'

/** Builds one-line apps with the built package, and fails if an app loads more than its budget. */

/**
 * The least that an app imports, and what it may load at once and in all: gzip, in kB. Peers are not counted. In all the
 * goal is 24 and 50 by Vite, 29 and 58 by webpack; the figures are what the features measure today: error sentences with
 * causes and fixes, and the readers of foreign errors are 8 kB of it, 12 kB load with the prop `image` only, 12 kB with
 * its option `crop` only, 6 kB with placeholders and with crops that change later, and 1 kB with the prop `pageDrop`
 * only.
 */
const apps = [
  {
    name: 'useUpload',
    source: "import { UploadProvider, useUpload } from 'putaway'\nconsole.log(UploadProvider, useUpload)\n",
    budgets: { vite: [11, 35.1], webpack: [11.1, 36.9], esbuild: [12.4, Infinity] },
  },
  {
    name: 'ImageUploader',
    source:
      "import { UploadProvider, ImageUploader } from 'putaway'\nconsole.log(UploadProvider, ImageUploader)\n",
    budgets: { vite: [23.7, 110.9], webpack: [24, 125.2], esbuild: [26.9, Infinity] },
  },
] as const

/** An app has them already. */
const peers = /^(react|react-dom|@tanstack\/react-query)(\/|$)/

interface Chunk {
  readonly name: string
  readonly code: string | Uint8Array
  /** Whether it loads with the page. */
  readonly isInitial: boolean
  /** Minified bytes by module, where the bundler tells. */
  readonly modules?: Readonly<Record<string, number>>
}

type Bundler = (entry: string, folder: string) => Promise<readonly Chunk[]>

/** Names of chunks that are reached from the entry without an `import()`. */
function initialChunks(entry: string, importsOf: (name: string) => readonly string[]): Set<string> {
  const found = new Set([entry])
  for (const name of found) for (const imported of importsOf(name)) found.add(imported)
  return found
}

const bundlers: Record<keyof (typeof apps)[number]['budgets'], Bundler> = {
  async vite(entry, folder) {
    const result = await buildWithVite({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { write: false, rolldownOptions: { input: entry, external: peers } },
    })
    if (!('output' in result)) throw new Error('Vite built nothing.')
    const chunks = result.output.filter((output) => output.type === 'chunk')
    const main = chunks.find((chunk) => chunk.isEntry)
    const initial = initialChunks(
      main?.fileName ?? '',
      (name) =>
        chunks
          .find((chunk) => chunk.fileName === name)
          ?.imports.filter((path) => chunks.some((chunk) => chunk.fileName === path)) ?? [],
    )
    return chunks.map(({ fileName, code }) => ({
      name: basename(fileName),
      code,
      isInitial: initial.has(fileName),
    }))
  },

  async webpack(entry, folder) {
    const path = join(folder, 'webpack')
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      webpack(
        {
          mode: 'production',
          context: folder,
          entry,
          devtool: false,
          performance: { hints: false },
          experiments: { outputModule: true },
          externals: peers,
          externalsType: 'module',
          output: { path, module: true, chunkFormat: 'module', filename: 'main.js' },
        },
        (error, built) => (error ? reject(error) : resolve(built)),
      )
    })
    if (!stats || stats.hasErrors()) throw new Error(stats?.toString('errors-only'))
    const { assets = [], entrypoints = {} } = stats.toJson({ assets: true, entrypoints: true })
    const initial = new Set(entrypoints['main']?.assets?.map(({ name }) => name))
    return assets.map(({ name }) => ({
      name,
      code: readFileSync(join(path, name)),
      isInitial: initial.has(name),
    }))
  },

  async esbuild(entry, folder) {
    const { metafile, outputFiles } = await buildWithEsbuild({
      entryPoints: [entry],
      absWorkingDir: folder,
      outdir: 'esbuild',
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      metafile: true,
      write: false,
      external: ['react', 'react-dom', '@tanstack/react-query'],
    })
    const initial = initialChunks(
      'esbuild/main.js',
      (name) =>
        metafile.outputs[name]?.imports
          .filter(({ kind, external }) => kind === 'import-statement' && !external)
          .map(({ path }) => path) ?? [],
    )
    return Object.entries(metafile.outputs).map(([name, output]) => ({
      name: basename(name),
      code: outputFiles.find(({ path }) => path.endsWith(name))?.contents ?? '',
      isInitial: initial.has(name),
      modules: Object.fromEntries(
        Object.entries(output.inputs).map(([path, { bytesInOutput }]) => [
          path.replace(/^.*?\/(dist|node_modules)\//, ''),
          bytesInOutput,
        ]),
      ),
    }))
  },
}

const kB = (chunks: readonly Chunk[]) =>
  Math.round(chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 10) / 100

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'putaway-size-'))
const isDetailed = process.argv.includes('--modules')
try {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/putaway'))
  for (const { name, source, budgets } of apps) {
    const entry = join(folder, 'main.js')
    writeFileSync(entry, source)
    for (const [bundler, build] of Object.entries(bundlers) as [keyof typeof bundlers, Bundler][]) {
      const chunks = await build(entry, folder)
      const initial = kB(chunks.filter(({ isInitial }) => isInitial))
      const total = kB(chunks)
      const [maxInitial, maxTotal] = budgets[bundler]
      const isOver = initial > maxInitial || total > maxTotal
      if (isOver) process.exitCode = 1
      console.log(
        `${isOver ? 'over' : 'ok  '} ${name} by ${bundler}: ${initial.toFixed(2)} kB at once (budget ${maxInitial}), ` +
          `${total.toFixed(2)} kB in all (${maxTotal}), ${chunks.filter(({ isInitial }) => !isInitial).length} lazy chunks`,
      )
      if (isDetailed)
        for (const chunk of chunks) {
          console.log(`  ${chunk.isInitial ? 'initial' : 'lazy   '} ${kB([chunk]).toFixed(2)} ${chunk.name}`)
          for (const [path, bytes] of Object.entries(chunk.modules ?? {}).toSorted((a, b) => b[1] - a[1]))
            console.log(`      ${bytes} ${path}`)
        }
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
