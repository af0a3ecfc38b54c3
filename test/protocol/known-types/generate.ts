import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import database from 'mime-db'
import { formatted } from '../../harness/formatted.ts'
import { extensionOfName } from '../../../src/server/inspection/mime-database.ts'
import { rankedTypes, registeredTypesOf } from './mime-db.ts'
import { browserFormats, serverFormats } from './additions.ts'

/** The generated files, and the formats that each contains. */
const formatFiles = [
  { path: 'src/protocol/accept/known-types.ts', name: 'knownTypes', formats: browserFormats },
  { path: 'src/server/inspection/server-known-types.ts', name: 'serverKnownTypes', formats: serverFormats },
] as const

/** The generated files, each with a function that returns its source. */
export const generatedFiles: readonly { readonly path: string; readonly generate: () => Promise<string> }[] =
  [
    ...formatFiles.map((file) => ({ path: file.path, generate: () => generateFormats(file) })),
    { path: 'src/server/inspection/mime-table.ts', generate: generateMimeTable },
  ]

/** Returns the source of a table of formats, from mime-db and `additions.ts`. */
async function generateFormats({ path, name, formats }: (typeof formatFiles)[number]): Promise<string> {
  const source = `/**
 * One file format per line: its MIME types, a colon and its extensions. The canonical type and the main extension are
 * first. Without a colon, the extension is the name of the type. A type without a slash has the top level (\`image\`,
 * \`audio\` and so on) of the type before it. Each type is also known with or without \`x-\`. A type with \`?\` counts only
 * for a file with an extension of its line.
 * Generated from mime-db by test/protocol/known-types/generate.ts. To change it, edit additions.ts in that folder and run
 * \`npm run generate\`.
 */
export const ${name} = \`${shorten(formats.trim().split('\n').map(format))}\`
`
  return formatted(path, source)
}

/** Returns the source of the table of all types of mime-db that have an extension. */
async function generateMimeTable(): Promise<string> {
  let line = ''
  const lines: string[] = []
  let lastPrefix = ''
  for (const [type, extensions] of rankedTypes()) {
    const [, prefix = '', name = ''] = /^([^/]+\/(?:x-|vnd\.)?)(.*)$/.exec(type) ?? []
    const list = extensions.map((extension) => (extension === extensionOfName(name) ? '' : extension)).join()
    const words = `${prefix === lastPrefix ? '' : `${prefix} `}${name}${list && `:${list}`}`
    lastPrefix = prefix
    if (line.length + words.length > 115) lines.push(line.trimEnd())
    line = line.length + words.length > 115 ? `${words} ` : `${line}${words} `
  }
  return `/**
 * The types of mime-db that have a file extension, each with its extensions, the usual extension first. Registered types
 * and types without \`x-\` or \`vnd.\` come first. A word with a slash, such as \`image/x-\`, is the beginning of all types
 * after it. An empty extension, and the extension of a type without a colon, is the end of the type's name:
 * \`extensionOfName\`. Generated from mime-db by test/protocol/known-types/generate.ts. mime-db itself is not used, because
 * it has 200 kB and most of its types have no extension.
 */
export const mimeTable = \`${[...lines, line.trimEnd()].join('\n')}\`
`
}

function format(line: string): string {
  const [names = '', more = ''] = line.split(', ')
  const extensions = names.split(' ')
  const added = more.split(' ').filter(Boolean)
  const canonical = added.find((type) => type.startsWith('='))
  const registered = registeredTypesOf(extensions[0] ?? '').filter(
    (type) => !added.includes(`?${type}`) && (canonical === undefined || belongsTo(type, extensions)),
  )
  const types = new Set([
    ...(canonical === undefined ? [] : [canonical.slice(1)]),
    ...registered,
    ...added.filter((type) => type !== canonical),
  ])
  if (types.size === 0) throw new Error(`mime-db has no type for .${names}: give one in additions.ts.`)
  const written = [...types].filter((type, index, all) => !all.slice(0, index).includes(otherName(type)))
  const own = written.length === 1 && written[0]?.replace(/.*\/(x-)?/, '') === names
  return written.join(' ') + (own ? '' : `:${names}`)
}

/** The type with and without `x-`: readers of the table treat both alike. */
function otherName(type: string): string {
  return type.includes('/x-') ? type.replace('/x-', '/') : type.replace('/', '/x-')
}

/** Whether mime-db gives the type to no other extension: `text/plain` of `.log` is also the type of `.txt`. */
function belongsTo(type: string, extensions: readonly string[]): boolean {
  return database[type]?.extensions?.every((each) => extensions.includes(each)) ?? false
}

/** Omits each top-level type that equals the one before. */
function shorten(lines: readonly string[]): string {
  let last = ''
  return lines.join('\n').replace(/([a-z]+)\/(?=[\w.])/g, (written, top: string) => {
    const isSame = top === last
    last = top
    return isSame ? '' : written
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { path, generate } of generatedFiles) {
    const generated = await generate()
    if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== generated) writeFileSync(path, generated)
  }
}
