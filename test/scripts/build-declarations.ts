import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/**
 * Writes the declarations of the package into `dist`, and the same into `dist/cjs`, whose package.json makes them
 * CommonJS. Copies only files that an entry reaches: two thirds of the declarations belong to internal modules, and an app
 * installs each of them twice.
 */
const folder = mkdtempSync(join(tmpdir(), 'putaway-declarations-'))
try {
  const options = ['-p', 'tsconfig.build.json', '--checkers', '1', '--outDir', folder]
  execFileSync(join('node_modules', '.bin', 'tsc'), options, { stdio: 'inherit' })
  for (const file of reachableFiles(entryDeclarations()))
    for (const target of ['dist', 'dist/cjs']) {
      const copy = join(target, relative(folder, file))
      mkdirSync(dirname(copy), { recursive: true })
      copyFileSync(file, copy)
    }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Declarations that `exports` of package.json names. */
function entryDeclarations(): string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { readonly default: { readonly types: string } }>
  }
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [join(folder, relative('dist', entry.default.types))],
  )
}

function reachableFiles(entries: readonly string[]): Set<string> {
  const files = new Set(entries)
  // A Set visits what is added while it is read.
  for (const file of files)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /["'](\.{1,2}\/[^"'\n]+\.(?:ts|tsx|js))["']/g,
    )) {
      const imported = join(dirname(file), path.replace(/\.(ts|tsx|js)$/, '.d.ts'))
      if (existsSync(imported)) files.add(imported)
    }
  return files
}
