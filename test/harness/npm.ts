import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export const quietFlags = ['--no-audit', '--no-fund', '--loglevel=error']

interface Tarballs {
  readonly putaway: string
  readonly 'local-s3': string
}

/** Packs the built packages into a folder. Returns the path of each tarball. */
export function packPackages(folder: string): Tarballs {
  const args = ['pack', '.', './packages/local-s3', '--json', '--pack-destination', folder]
  const output = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  // Scripts of the packages may print before the list.
  const packed = JSON.parse(output.slice(output.indexOf('[\n'))) as { name: string; filename: string }[]
  const pathOf = (name: keyof Tarballs) => {
    const found = packed.find((each) => each.name === name)
    if (!found) throw new Error(`npm packed no ${name}.`)
    return join(folder, found.filename)
  }
  return { putaway: pathOf('putaway'), 'local-s3': pathOf('local-s3') }
}

export function buildPackages(): void {
  execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
