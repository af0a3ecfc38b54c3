import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import data from '@mdn/browser-compat-data/forLegacyNode'
import type { Identifier } from '@mdn/browser-compat-data/types'
import { isTooNew } from './too-new.ts'

const require = createRequire(import.meta.url)
const compiler = createRequire(require.resolve('typescript/package.json'))
const libraryFolder = join(
  dirname(compiler.resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)),
  'lib',
)

const { api, javascript } = data
const builtins = javascript.builtins as Identifier
const globals: Identifier = { ...api.WorkerGlobalScope, ...api.Window, ...api }

function globalFeature(name: string): Identifier | undefined {
  return (/^[A-Z]/.test(name) ? api[name] : globals[name]) ?? builtins[name]
}

function memberFeature(owner: string, isStatic: boolean, member: string): Identifier | undefined {
  const browserApi = api[owner]
  if (!browserApi) return builtins[owner.replace(/Constructor$/, '')]?.[member]
  if (isStatic) return browserApi[`${member}_static`]
  return browserApi[member] ?? browserApi[member.replace(/^on(.+)/, '$1_event')]
}

/**
 * Makes each API that a minimum browser lacks optional in a library of TypeScript. So a use without a check is a type
 * error. The libraries are generated, so their lines have few forms: declarations begin at column 0 and members at 4.
 */
function makeOptional(library: string): string {
  let owner = ''
  let isStatic = false
  let namespace = ''
  /** The end of the block of a variable that may be missing. */
  let optionalBlockEnd: string | undefined
  const convert = (line: string): string => {
    if (optionalBlockEnd === line) {
      optionalBlockEnd = undefined
      return line.replace('};', '} | undefined;')
    }
    const variable = /^(declare |    )(?:var|const) (\w+): (.*)$/.exec(line)
    if (variable && (variable[1] === 'declare ' || namespace !== '')) {
      const [, start = '', name = '', type = ''] = variable
      if (start === 'declare ') {
        owner = name
        isStatic = true
      }
      const feature = start === 'declare ' ? globalFeature(name) : builtins[namespace]?.[name]
      if (!isTooNew(feature)) return line
      if (type !== '{') return line.replace(/;$/, ' | undefined;')
      optionalBlockEnd = start === 'declare ' ? '};' : '    };'
      return line
    }
    const globalFunction = /^declare function (\w+)(\(.*\)): (.*);$/.exec(line)
    if (globalFunction) {
      const [, name = '', parameters = '', result = ''] = globalFunction
      return isTooNew(globalFeature(name))
        ? `declare var ${name}: (${parameters} => ${result}) | undefined;`
        : line
    }
    const block = /^(?:declare )?(interface|namespace) (\w+)/.exec(line)
    if (block?.[1] === 'namespace') namespace = block[2] ?? ''
    if (block?.[1] === 'interface') {
      owner = block[2] ?? ''
      isStatic = false
    }
    if (line.startsWith('}')) {
      owner = ''
      namespace = ''
    }
    const member = owner === '' ? null : /^    (readonly |get |set )?(\w+)(?=[(<:])/.exec(line)
    if (!member || !isTooNew(memberFeature(owner, isStatic, member[2] ?? ''))) return line
    // No accessor can be optional.
    if (member[1] === 'set ') return ''
    return line.replace(/^    get (\w+)\(\)/, '    $1').replace(/^(    (?:readonly )?\w+)/, '$1?')
  }
  return library.split('\n').map(convert).join('\n')
}

/**
 * Writes TypeScript's libraries of these names, and those that they refer to, into a folder, with APIs optional that a
 * minimum browser lacks. @returns the names of the files
 */
export function writeLibraries(names: readonly string[], folder: string): string[] {
  const found = new Set(names)
  for (const name of found) {
    const text = readFileSync(join(libraryFolder, `lib.${name}.d.ts`), 'utf8')
    const reference = /^\/\/\/ <reference (?:lib="([^"]+)"|no-default-lib).*$/gm
    for (const [, referred] of text.matchAll(reference)) if (referred) found.add(referred)
    writeFileSync(join(folder, `${name}.d.ts`), makeOptional(text.replaceAll(reference, '')))
  }
  return [...found].map((name) => `${name}.d.ts`)
}
