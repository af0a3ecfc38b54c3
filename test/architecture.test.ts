import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Folders of src that each folder may import. All others are forbidden. */
const mayImport: Record<string, readonly string[]> = {
  protocol: [],
  core: ['protocol'],
  transport: ['core', 'protocol'],
  react: ['transport', 'core', 'protocol'],
  image: ['protocol'],
  components: ['react', 'image', 'transport', 'core', 'protocol'],
  locales: ['components'],
  testing: ['react', 'core', 'protocol'],
  server: ['protocol'],
  'local-s3': [],
  cli: ['local-s3', 'server'],
}

/** Packages that each folder may use. */
const mayUse: Record<string, readonly (string | RegExp)[]> = {
  protocol: [],
  core: ['zustand/vanilla', 'is-network-error'],
  transport: [],
  react: ['react', 'zustand', '@tanstack/react-query'],
  image: [],
  components: ['react', 'react-dropzone', 'zustand'],
  locales: [],
  testing: [],
  server: [/^@aws-sdk\//, /^@smithy\//, 'file-type', 'image-size', 'mime-db', 'whatwg-mimetype'],
  'local-s3': [/^node:/, /^@smithy\//, /^@aws-crypto\//, 'fast-xml-parser'],
  cli: [/^node:/, /^@aws-sdk\//],
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => /\.tsx?$/.test(path))
const folderOf = (path: string) => path.split('/')[1] ?? ''

test('every folder of src has import rules', () => {
  const folders = new Set(files.filter((path) => path !== 'src/index.ts').map(folderOf))
  expect([...folders].filter((folder) => !(folder in mayImport) || !(folder in mayUse))).toEqual([])
})

/** Matches `import … from`, `export … from`, `import '…'` and `import('…')`, but not in comments or strings. */
const statement =
  /^(?:import|export)\s[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|^[^*]*\bimport\('([^']+)'\)/gm

// src/index.ts is the browser entry: it may import everything that it exports.
test.each(files.filter((path) => path !== 'src/index.ts'))(
  '%s imports only allowed folders and packages',
  (path) => {
    const source = readFileSync(path, 'utf8')
    const imports = [...source.matchAll(statement)].map(([, from, bare, lazy]) => from ?? bare ?? lazy ?? '')
    const forbidden = imports.filter((name) => {
      const own = folderOf(path)
      if (!name.startsWith('.')) {
        return !mayUse[own]?.some((allowed) =>
          typeof allowed === 'string' ? allowed === name : allowed.test(name),
        )
      }
      const target = folderOf(normalize(join(dirname(path), name)).replaceAll('\\', '/'))
      return target !== own && !mayImport[own]?.includes(target)
    })
    expect(forbidden).toEqual([])
  },
)

test('every relative import names its file with extension, so that Node, Vite and tsc resolve it alike', () => {
  const unresolved = files.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => !/\.(ts|tsx|css)$/.test(name))
      .map((name) => `${path}: ${name}`),
  )
  expect(unresolved).toEqual([])
})

test('no file is longer than 300 lines', () => {
  const long = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 301)
  expect(long).toEqual([])
})
