import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tsc } from '../harness/tsc.ts'
import { newerFeatures } from './newer-css.ts'
import { writeLibraries } from './type-libraries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules/.minimum-browsers-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Type errors of files, for the APIs of the minimum browsers. */
async function typeErrors(files: readonly string[]): Promise<string[]> {
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')) as {
    compilerOptions: { lib: string[] }
  }
  const { lib, ...options } = compilerOptions
  const libraries = writeLibraries(
    lib.map((name) => name.toLowerCase()),
    folder,
  )
  await writeFile(
    join(folder, 'bundler.d.ts'),
    'declare const process: { readonly env: { readonly NODE_ENV?: string } }\n',
  )
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { ...options, noLib: true, types: [], paths: undefined },
      files: [...libraries, 'bundler.d.ts', ...files],
    }),
  )
  return tsc(folder).then(
    () => [],
    (error: { stdout: string }) => error.stdout.trim().split('\n'),
  )
}

test(
  'code for browsers uses newer APIs only after a check that they exist',
  { timeout: 60_000 },
  async () => {
    const entries = ['index', 'core/index', 'image/index', 'locales/index', 'image/worker/picture-worker']
    expect(await typeErrors(entries.map((entry) => join(root, 'src', `${entry}.ts`)))).toEqual([])
  },
)

test('a use without a check is reported', async () => {
  const uses = [
    'AbortSignal.any([])',
    'document.body.showPopover()',
    "new Intl.Segmenter('en')",
    'requestIdleCallback(() => {})',
    'new CloseWatcher()',
    'document.fragmentDirective.toString()',
  ]
  const file = join(folder, 'uses.ts')
  await writeFile(file, `${uses.join('\n')}\nexport {}\n`)
  const lines = (await typeErrors([file])).map((error) => Number(/uses\.ts\((\d+),/.exec(error)?.[1]))
  expect(lines).toEqual(uses.map((_, index) => index + 1))
})

/** Newer CSS of our stylesheets that browsers may ignore, and the reason. */
const ignorableCss = {
  '@property': 'theme.css: needed where light-dark() is missing, and those browsers have @property',
  'light-dark()': 'theme.css: the initial value of @property, a light color, is the fallback',
  '@starting-style': 'without it nothing moves when it appears',
  'backdrop-filter': 'a blur behind a color that is readable without it',
  'forced-color-adjust': 'Safari has no forced colors',
  hyphens: 'without it a long word breaks without a hyphen',
  'text-wrap': 'without it lines have different lengths',
  '-webkit-tap-highlight-color': 'a color of taps on touch screens',
  'cursor: pointer': 'iOS has no pointer',
  'cursor: not-allowed': 'iOS has no pointer',
  'cursor: zoom-in': 'iOS has no pointer',
  'cursor: grab': 'iOS has no pointer',
  'cursor: grabbing': 'iOS has no pointer',
}

test('newer CSS has a fallback, stands in @supports, or can be ignored', async () => {
  const used = new Set<string>()
  const styled = join(root, 'src/styled')
  for (const file of await readdir(styled, { recursive: true })) {
    if (!file.endsWith('.css')) continue
    for (const feature of newerFeatures(await readFile(join(styled, file), 'utf8'))) used.add(feature)
  }
  expect([...used].toSorted()).toEqual(Object.keys(ignorableCss).toSorted())
})

test('no rule uses :dir(), which Vite rewrites to a list of languages', async () => {
  const styled = join(root, 'src/styled')
  const files = (await readdir(styled, { recursive: true })).filter((file) => file.endsWith('.css'))
  const rules = await Promise.all(files.map((file) => readFile(join(styled, file), 'utf8')))
  expect(rules.join('').replaceAll(/\/\*.*?\*\//gs, '')).not.toContain(':dir(')
})

test.each([
  ['a { color: light-dark(#000, #fff) }', ['light-dark()']],
  ['a { color: #000; color: light-dark(#000, #fff) }', []],
  ['@supports (color: light-dark(#000, #fff)) { a { color: light-dark(#000, #fff) } }', []],
  ['@starting-style { a { opacity: 0 } }', ['@starting-style']],
  ['a:popover-open { top: 0 }', [':popover-open']],
  ['a { field-sizing: content }', ['field-sizing']],
  ['a { width: stretch }', ['width: stretch']],
])('%s has the newer features %j', (stylesheet, features) => {
  expect(newerFeatures(stylesheet)).toEqual(features)
})
