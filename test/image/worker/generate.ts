import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { formatted } from '../../harness/formatted.ts'

export const workerSourcePath = 'src/image/worker/worker-source.ts'

/**
 * Returns the file with the text of the worker. A text and not a worker file: esbuild does not bundle worker files, and
 * Vite loses them in packages that it optimizes. Not a function that is turned into a text: a bundler may make it depend
 * on helpers that the worker lacks.
 */
export async function generateWorkerSource(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/image/worker/picture-worker.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  })
  const text = JSON.stringify(outputFiles[0]?.text.trim())
  const source = `/** Generated from picture-worker.ts by test/image/worker/generate.ts: run \`npm run generate\`. */
export const workerSource = ${text}
`
  return formatted(workerSourcePath, source)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const source = await generateWorkerSource()
  if (source !== readFileSync(workerSourcePath, { encoding: 'utf8', flag: 'a+' }))
    writeFileSync(workerSourcePath, source)
}
