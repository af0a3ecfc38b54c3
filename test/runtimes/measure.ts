import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { buildWorker } from './worker.ts'

/** Prints what putaway/server costs: size of the Worker, time of its import, size of the install. */
export function measure(folder: string, workerFolder: string, wrangler: string): void {
  for (const cwd of [workerFolder, folder])
    for (const flags of [[], ['--minify']])
      for (const keepNames of [false, true]) {
        const printed = buildWorker(cwd, wrangler, { flags, keepNames })
        const packages = cwd === folder ? 'with file-type and image-size' : 'without optional packages'
        const title = ['Worker', packages, ...flags, `keep_names: ${keepNames}`].join(' ')
        console.log(`${title}: ${/Total Upload: (.*)/.exec(printed)?.[1]}`)
      }
  const program =
    "const at = performance.now(); await import('putaway/server'); console.log(performance.now() - at)"
  const times = Array.from({ length: 9 }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ),
  ).toSorted((one, other) => one - other)
  console.log(
    `import of putaway/server: median ${times[4]?.toFixed(0)} ms, best ${times[0]?.toFixed(0)} ms of 9`,
  )
  for (const [cwd, packages] of [
    [workerFolder, 'putaway and its dependencies'],
    [folder, 'with file-type and image-size'],
  ] as const) {
    const [kilobytes] = execFileSync('du', ['-sk', join(cwd, 'node_modules')], { encoding: 'utf8' }).split(
      '\t',
    )
    console.log(`install of ${packages}: ${(Number(kilobytes) / 1024).toFixed(1)} MiB by du`)
  }
}
