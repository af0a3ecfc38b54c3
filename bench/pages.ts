import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = createRequire(new URL('../package.json', import.meta.url))

/** Contestants in the order of the tables. */
export const contestants = [
  'naive',
  'uppy',
  'better-upload',
  'uploady',
  'through',
  'putaway',
  'yardstick',
  'yardstick-6',
  'yardstick-ahead',
] as const
export type Contestant = (typeof contestants)[number]

export const titles: Record<Contestant, string> = {
  naive: "the blog posts' code",
  uppy: 'Uppy 6 (core + aws-s3)',
  'better-upload': 'better-upload 3',
  uploady: 'react-uploady, 6 at a time',
  through: 'through the app server',
  putaway: 'putaway',
  yardstick: 'yardstick: no library, only necessary requests, 12 connections',
  'yardstick-6': 'yardstick with 6 connections',
  'yardstick-ahead': 'yardstick that sends its confirms with the bytes',
}

/**
 * Contestants of the scenario `image`, which make photos smaller before they are uploaded. `-together`: prepares all photos at
 * the same time, as `Promise.all` does; else one after the other.
 */
export const preparers = [
  'image-putaway',
  'image-bic',
  'image-bic-together',
  'image-compressor',
  'image-compressor-together',
] as const
export type Preparer = (typeof preparers)[number]

export const preparerTitles: Record<Preparer, string> = {
  'image-putaway': "putaway, `image('photo')`",
  'image-bic': 'browser-image-compression 2, one by one',
  'image-bic-together': 'browser-image-compression 2, `Promise.all`',
  'image-compressor': 'compressorjs 1, one by one',
  'image-compressor-together': 'compressorjs 1, `Promise.all`',
}

/** Contestants that share a page: the end of the name, and the options in the URL. */
const variants: Record<string, Record<string, string>> = {
  '-together': { together: '' },
  '-6': { connections: '6' },
  '-ahead': { ahead: '' },
}
const endOf = (name: string) => Object.keys(variants).find((end) => name.endsWith(end)) ?? ''

/** Name of the page of a contestant. */
export const pageOf = (name: Contestant | Preparer) => name.slice(0, name.length - endOf(name).length)

/** Options in the URL of a contestant's page. */
export const urlOptionsOf = (name: Contestant | Preparer) => variants[endOf(name)] ?? {}

/** Resolves the same React for all contestants, and the built putaway. */
function aliases(dist: string) {
  const folder = (name: string) => dirname(root.resolve(`${name}/package.json`))
  return {
    react: folder('react'),
    'react-dom': folder('react-dom'),
    'putaway/image': join(dist, 'image/index.js'),
    putaway: join(dist, 'index.js'),
    'putaway/styles.css': join(dist, 'styles.css'),
  }
}

/** Bundles as most apps do: lazy chunks are preloaded with their dependencies. */
function bundle(
  dist: string,
  input: Record<string, string>,
  more: { minify?: boolean; external?: string[]; outDir?: string },
) {
  const { minify = true, external = [], outDir } = more
  return build({
    configFile: false,
    root: here,
    logLevel: 'error',
    resolve: {
      alias: Object.entries(aliases(dist)).map(([find, replacement]) => ({
        // External packages keep their names.
        find: external.includes(find) ? /^$/ : new RegExp(`^${find}(?=$|/(?!styles))`),
        replacement,
      })),
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: outDir !== undefined,
      ...(outDir !== undefined && { outDir, emptyOutDir: true }),
      target: 'es2022',
      minify,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input,
        external,
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name][extname]',
        },
      },
    },
  })
}

/** Bundles every contestant's page. @returns the folder */
export async function bundlePages(dist: string, minify: boolean): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'putaway-bench-'))
  const names = new Set([...contestants, ...preparers].map(pageOf))
  const input = Object.fromEntries([...names].map((name) => [name, join(here, 'pages', `${name}.jsx`)]))
  await bundle(dist, input, { minify, outDir })
  // The worker of browser-image-compression loads this file, by default from a CDN.
  const library = 'browser-image-compression.js'
  await copyFile(join(here, 'node_modules/browser-image-compression/dist', library), join(outDir, library))
  return outDir
}

/** Imports of the smallest use of each library; React is external. */
const smallest: { name: string; what: string; names: string[]; from: string; external?: string[] }[] = [
  {
    name: 'better-upload 3',
    what: '`useUploadFiles`',
    names: ['useUploadFiles'],
    from: '@better-upload/client',
  },
  {
    name: 'putaway',
    what: '`UploadProvider`, `useUpload`; TanStack Query is external',
    names: ['UploadProvider', 'useUpload'],
    from: 'putaway',
    external: ['@tanstack/react-query'],
  },
  {
    name: 'putaway with TanStack Query',
    what: 'the same, for an app that has none',
    names: ['UploadProvider', 'useUpload'],
    from: 'putaway',
  },
  {
    name: 'react-uploady',
    what: '`Uploady`, `useUploady`, `useRequestPreSend`',
    names: ['Uploady', 'useUploady', 'useRequestPreSend'],
    from: '@rpldy/uploady',
  },
  { name: 'Uppy 6', what: 'core and aws-s3', names: ['Uppy', 'AwsS3'], from: './pages/uppy-smallest.js' },
]

export interface Size {
  name: string
  what: string
  /** Bytes, minified and gzipped: the initial code of the page, and code that is loaded lazily. */
  initial: number
  lazy: number
}

export async function measureBundles(dist: string): Promise<Size[]> {
  const sizes: Size[] = []
  for (const { name, what, names, from, external = [] } of smallest) {
    const entry = join(await mkdtemp(join(here, 'node_modules/.smallest-')), 'smallest.js')
    const path = from.startsWith('.') ? join(here, from) : from
    const list = names.join()
    await writeFile(entry, `import { ${list} } from '${path}'; globalThis.smallest = [${list}]`)
    const outside = ['react', 'react-dom', 'react/jsx-runtime', ...external]
    const built = await bundle(dist, { smallest: entry }, { external: outside })
    await rm(dirname(entry), { recursive: true })
    const chunks = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
    const found = new Set<string>()
    const visit = (fileName: string) => {
      const chunk = chunks.find((each) => each.fileName === fileName)
      if (chunk?.type !== 'chunk' || found.has(fileName)) return
      found.add(fileName)
      chunk.imports.forEach(visit)
    }
    visit('smallest.js')
    let [initial, lazy] = [0, 0]
    for (const chunk of chunks) {
      const bytes = gzipSync(chunk.type === 'chunk' ? chunk.code : chunk.source, { level: 9 }).length
      if (found.has(chunk.fileName)) initial += bytes
      else lazy += bytes
    }
    sizes.push({ name, what, initial, lazy })
  }
  return sizes
}
