import { mkdtemp, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

/** esbuild is the bench's own dependency, so the root's compiler does not know it. */
interface Esbuild {
  build(options: object): Promise<{ outputFiles: { path: string; contents: Uint8Array }[] }>
}
const here = fileURLToPath(new URL('.', import.meta.url))
const root = createRequire(new URL('../package.json', import.meta.url))
const esbuild = createRequire(new URL('package.json', import.meta.url))('esbuild') as Esbuild

/** The order in which tables list them. */
export const contestants = ['naive', 'uppy', 'better-upload', 'uploady', 'through', 'putaway'] as const
export type Contestant = (typeof contestants)[number]

export const titles: Record<Contestant, string> = {
  naive: "the blog posts' code",
  uppy: 'Uppy 6 (core + aws-s3)',
  'better-upload': 'better-upload 3',
  uploady: 'react-uploady, 6 at a time',
  through: 'the old way, through the app server',
  putaway: 'putaway',
}

/** One React for all, and putaway as it is built. */
function aliases(dist: string) {
  const folder = (name: string) => dirname(root.resolve(`${name}/package.json`))
  return {
    react: folder('react'),
    'react-dom': folder('react-dom'),
    putaway: join(dist, 'index.js'),
    'putaway/styles.css': join(dist, 'styles.css'),
  }
}

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
}

/** Bundles every contestant's page, as most apps are bundled: what comes late is preloaded with all that it needs. */
export async function bundlePages(dist: string, minify: boolean): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'putaway-bench-'))
  await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    resolve: {
      alias: Object.entries(aliases(dist)).map(([find, replacement]) => ({
        find: new RegExp(`^${find}(?=$|/(?!styles))`),
        replacement,
      })),
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      minify,
      rolldownOptions: {
        input: Object.fromEntries(contestants.map((name) => [name, join(here, 'pages', `${name}.jsx`)])),
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name][extname]',
        },
      },
    },
  })
  return outDir
}

/** What the smallest use of each imports; React is the app's own. */
const smallest: { name: string; what: string; code: string }[] = [
  {
    name: 'better-upload 3',
    what: '`useUploadFiles`',
    code: "export { useUploadFiles } from '@better-upload/client'",
  },
  {
    name: 'putaway',
    what: '`UploadProvider`, `useUpload`; TanStack Query is the app’s',
    code: "export { UploadProvider, useUpload } from 'putaway'",
  },
  {
    name: 'putaway with TanStack Query',
    what: 'the same, for an app that has none',
    code: "export { UploadProvider, useUpload } from 'putaway'",
  },
  {
    name: 'react-uploady',
    what: '`Uploady`, `useUploady`, `useRequestPreSend`',
    code: "export { Uploady, useUploady, useRequestPreSend } from '@rpldy/uploady'",
  },
  {
    name: 'Uppy 6',
    what: 'core and aws-s3',
    code: "export { default as Uppy } from '@uppy/core'; export { default as AwsS3 } from '@uppy/aws-s3'",
  },
]

export interface Size {
  name: string
  what: string
  /** Bytes, minified and gzipped: what the page waits for, and what comes later when it is needed. */
  initial: number
  lazy: number
}

export async function measureBundles(dist: string): Promise<Size[]> {
  return Promise.all(
    smallest.map(async ({ name, what, code }) => {
      const external = ['react', 'react-dom', 'react/jsx-runtime']
      if (name === 'putaway') external.push('@tanstack/react-query')
      const { putaway, 'putaway/styles.css': styles } = aliases(dist)
      const { outputFiles } = await esbuild.build({
        ...common,
        stdin: { contents: code, resolveDir: here, sourcefile: 'smallest.js' },
        splitting: true,
        outdir: here,
        write: false,
        external,
        alias: { putaway, 'putaway/styles.css': styles },
        nodePaths: [join(here, '../node_modules')],
        metafile: true,
      })
      const zipped = (contents: Uint8Array) => gzipSync(contents, { level: 9 }).length
      const [entry] = outputFiles.filter(({ path }) => path.endsWith('stdin.js'))
      const initial = reachable(entry, outputFiles)
      const sum = (files: typeof outputFiles) =>
        files.reduce((total, { contents }) => total + zipped(contents), 0)
      return {
        name,
        what,
        initial: sum(initial),
        lazy: sum(outputFiles.filter((file) => !initial.includes(file))),
      }
    }),
  )
}

/** Files that are loaded before anything runs: the entry and what it imports statically. */
function reachable<File extends { path: string; contents: Uint8Array }>(
  entry: File | undefined,
  all: File[],
) {
  const found = new Set<File>()
  const visit = (file: File | undefined) => {
    if (!file || found.has(file)) return
    found.add(file)
    const text = Buffer.from(file.contents).toString()
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
      visit(all.find(({ path }) => path.endsWith(`/${name}`)))
    }
  }
  visit(entry)
  return [...found]
}

export async function versionOf(name: string) {
  const text = await readFile(join(here, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
