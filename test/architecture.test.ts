import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { expect, test } from 'vitest'

interface FolderRule {
  /** Folders of src that this folder may import. All others are forbidden. */
  readonly imports: readonly string[]
  /** Packages that this folder may use. */
  readonly packages: readonly (string | RegExp)[]
  readonly reason: string
}

const engine = ['internal', 'protocol', 'core']
const browser = [...engine, 'transport', 'react']

/** Each folder may import only what is named here, so imports have one direction. */
const rules: Record<string, FolderRule> = {
  internal: { imports: [], packages: [], reason: 'Helpers without a domain, for every folder.' },
  protocol: {
    imports: ['internal'],
    packages: [],
    reason: 'Browser and server share it, so it knows neither.',
  },
  core: {
    imports: ['internal', 'protocol'],
    packages: ['zustand/vanilla', 'is-network-error'],
    reason: 'The engine runs without React, without fetch and in Node.',
  },
  transport: {
    imports: engine,
    packages: [],
    reason: 'It implements ports of the core, and the core knows only the ports.',
  },
  react: {
    imports: [...engine, 'transport'],
    packages: ['react', 'zustand', '@tanstack/react-query'],
    reason: 'Hooks without any element: apps that render everything themselves load no components.',
  },
  i18n: {
    imports: engine,
    packages: ['react'],
    reason: 'Texts do not depend on where they are shown.',
  },
  a11y: {
    imports: [...engine, 'react', 'i18n'],
    packages: [],
    reason: 'Fields and parts announce through one live region.',
  },
  field: {
    imports: [...engine, 'react', 'i18n', 'a11y'],
    packages: ['react', 'zustand'],
    reason: 'A form field works with parts, with components and with neither.',
  },
  headless: {
    imports: [...browser, 'i18n', 'a11y', 'field'],
    packages: ['react', 'react-dropzone', 'zustand'],
    reason: 'Parts carry no look: they never import styled components, class names or CSS.',
  },
  styled: {
    imports: [...browser, 'i18n', 'a11y', 'field', 'headless'],
    packages: ['react', 'zustand'],
    reason: 'Styled components are composed of parts.',
  },
  locales: { imports: ['i18n'], packages: [], reason: 'The entry for languages exports texts only.' },
  testing: {
    imports: [...engine, 'react'],
    packages: [],
    reason: 'Fakes implement the ports; tests of an app render its own components.',
  },
  server: {
    imports: ['internal', 'protocol'],
    packages: [/^@aws-sdk\//, /^@smithy\//, 'file-type', 'image-size', 'mime-db', 'whatwg-mimetype'],
    reason: 'A server installs no browser code.',
  },
  'local-s3': {
    imports: [],
    packages: [/^node:/, /^@smithy\//, /^@aws-crypto\//, 'fast-xml-parser'],
    reason: 'A strict S3 must not share mistakes with the code that it tests.',
  },
  cli: {
    imports: ['local-s3', 'server'],
    packages: [/^node:/, /^@aws-sdk\//],
    reason: 'Commands are a shell around what servers can call.',
  },
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => /\.tsx?$/.test(path))
const folderOf = (path: string) => path.split('/')[1] ?? ''

/** Matches `import … from`, `export … from`, `import '…'` and `import('…')`, but not in comments or strings. */
const statement =
  /^(?:import|export)\s[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|^[^*]*\bimport\('([^']+)'\)/gm

const importsOf = new Map(
  files.map((path) => {
    const names = [...readFileSync(path, 'utf8').matchAll(statement)].map(
      ([, from, bare, lazy]) => from ?? bare ?? lazy ?? '',
    )
    return [path, names.map((name) => (name.startsWith('.') ? join(dirname(path), name) : name))]
  }),
)

test('every folder of src has import rules', () => {
  const folders = new Set(files.filter((path) => path !== 'src/index.ts').map(folderOf))
  expect([...folders].toSorted()).toEqual(Object.keys(rules).toSorted())
})

// src/index.ts is the browser entry: it may import everything that it exports.
test.each(files.filter((path) => path !== 'src/index.ts'))(
  '%s imports only allowed folders and packages',
  (path) => {
    const own = folderOf(path)
    const { imports, packages, reason } = rules[own] ?? { imports: [], packages: [], reason: '' }
    const forbidden = importsOf.get(path)?.filter((name) => {
      if (name.startsWith('src/')) return folderOf(name) !== own && !imports.includes(folderOf(name))
      return !packages.some((allowed) =>
        typeof allowed === 'string' ? allowed === name : allowed.test(name),
      )
    })
    expect(forbidden, reason).toEqual([])
  },
)

test('no files import each other in a cycle, type imports and lazy imports included', () => {
  const cycles: string[] = []
  const finished = new Set<string>()
  const visit = (path: string, above: readonly string[]) => {
    if (above.includes(path)) cycles.push([...above.slice(above.indexOf(path)), path].join(' -> '))
    if (finished.has(path) || above.includes(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...above, path])
    finished.add(path)
  }
  for (const path of files) visit(path, [])
  expect(cycles).toEqual([])
})

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
