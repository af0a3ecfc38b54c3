import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatted } from '../../harness/formatted.ts'
import { tsc } from '../../harness/tsc.ts'
import { readDeclarations } from './declarations.ts'
import type { Declaration, DeclarationFile } from './declarations.ts'

/** Page of the reference. */
export const referencePath = 'docs/api.md'

const entries = {
  putaway: 'index',
  'putaway/core': 'core/index',
  'putaway/image': 'image/index',
  'putaway/server': 'server/index',
  'putaway/testing': 'testing/index',
  'putaway/locales': 'locales/index',
}

const intro = `# API reference

Every export of every entry. \`npm run docs:api\` generates this page from the types of the source.
[Hooks](hooks.md), [headless parts](parts.md) and [the server](server.md) explain how to use them.`

/** Generates the page from declarations that tsc writes into a temporary folder. */
export async function generateApiReference(): Promise<string> {
  mkdirSync('node_modules/.cache', { recursive: true })
  const folder = mkdtempSync('node_modules/.cache/putaway-api-')
  try {
    await emitDeclarations(folder)
    const files = createFileReader(join(folder, 'out'))
    const documented = new Map<string, string>()
    const sections = Object.entries(entries).map(([entry, file]) => sectionOf(entry, file, files, documented))
    return await formatted(referencePath, [intro, ...sections].join('\n\n'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function emitDeclarations(folder: string) {
  const config = {
    extends: '../../../tsconfig.build.json',
    compilerOptions: { rootDir: '../../../src', outDir: 'out' },
    include: [],
    files: Object.values(entries).map((file) =>
      [`../../../src/${file}.ts`, `../../../src/${file}.tsx`].find((path) => existsSync(join(folder, path))),
    ),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await tsc(folder)
}

type FileReader = (path: string) => DeclarationFile

function createFileReader(root: string): FileReader {
  const cache = new Map<string, DeclarationFile>()
  return (path) => {
    const known = cache.get(path)
    if (known) return known
    const file = readDeclarations(readFileSync(join(root, `${path}.d.ts`), 'utf8'))
    cache.set(path, file)
    return file
  }
}

/** Path of an imported module of this package, without its extension. */
function resolveModule(importer: string, module: string): string {
  return join(dirname(importer), module).replace(/\.tsx?$/, '')
}

interface Located {
  readonly path: string
  readonly declaration: Declaration
}

/** Finds a declaration, through re-exports and imports. Undefined for names of other packages and of the language. */
function locate(path: string, name: string, files: FileReader): Located | undefined {
  const { declarations, imports, reexports } = files(path)
  const declaration = declarations.find((each) => each.name === name)
  if (declaration) return { path, declaration }
  const reference = reexports.get(name) ?? imports.get(name)
  if (!reference?.module.startsWith('.') || reference.name === '*') return undefined
  return locate(resolveModule(path, reference.module), reference.name, files)
}

function sectionOf(entry: string, path: string, files: FileReader, documented: Map<string, string>): string {
  const blocks: { isType: boolean; text: string }[] = []
  const links: string[] = []
  const namesHere = new Set(files(path).reexports.keys())
  for (const [name, { name: original, module }] of files(path).reexports) {
    const source = resolveModule(path, module)
    if (original === '*') {
      blocks.push({ isType: false, text: namespaceOf(name, source, files) })
      continue
    }
    const found = locate(source, original, files)
    if (!found) throw new Error(`${entry} exports ${name}, and ${source}.d.ts does not declare it.`)
    const id = `${found.path} ${original}`
    const owner = documented.get(id)
    if (owner !== undefined) {
      links.push(`[\`${name}\`](#${name.toLowerCase()})`)
      continue
    }
    documented.set(id, entry)
    const { doc, kind, code } = found.declaration
    const supporting = supportingTypes(found, namesHere, files)
    const text = [`### \`${name}\``, doc, '```ts', code, ...supporting, '```'].join('\n\n')
    blocks.push({ isType: kind === 'interface' || kind === 'type', text })
  }
  const values = blocks.filter(({ isType }) => !isType)
  const types = blocks.filter(({ isType }) => isType)
  return [
    `## ${entry}`,
    links.length > 0 ? `Also exported here: ${links.join(', ')}.` : '',
    ...values.map(({ text }) => text),
    ...types.map(({ text }) => text),
  ].join('\n\n')
}

/** Types that a declaration names and that no entry exports, if they are declared in the same file. */
function supportingTypes({ path, declaration }: Located, exported: Set<string>, files: FileReader): string[] {
  const { declarations } = files(path)
  const included = new Set([declaration.name])
  const pending = [declaration.code]
  const texts: string[] = []
  for (let code = pending.pop(); code !== undefined; code = pending.pop()) {
    for (const each of declarations) {
      const isType = each.kind === 'interface' || each.kind === 'type'
      if (!isType || included.has(each.name) || exported.has(each.name)) continue
      if (!new RegExp(String.raw`\b${each.name}\b`).test(code)) continue
      included.add(each.name)
      texts.push(each.code)
      pending.push(each.code)
    }
  }
  return texts
}

/** A namespace as a table of its members. */
function namespaceOf(name: string, path: string, files: FileReader): string {
  const rows = Array.from(files(path).reexports, ([member, { name: original, module }]) => {
    const found = locate(resolveModule(path, module), original, files)
    return `| \`${name}.${member}\` | ${found?.declaration.doc.replaceAll('\n', ' ') ?? ''} |`
  })
  return [`### \`${name}\``, ['| part | description |', '| --- | --- |', ...rows].join('\n')].join('\n\n')
}
