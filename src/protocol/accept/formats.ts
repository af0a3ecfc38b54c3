import { knownTypes } from './known-types.ts'

/** A file format: the names of its MIME type, and its extensions. */
export interface Format {
  /** The canonical name first. */
  readonly types: readonly string[]
  /** Types that count only with one of the extensions, because files of other formats have them too. */
  readonly loose: readonly string[]
  /** The main extension first, without the dot. */
  readonly extensions: readonly string[]
}

/** A table of types and extensions, in lower case. */
export interface Formats {
  /** Whether the table is incomplete: then the backend decides about unknown formats. */
  readonly isIncomplete: boolean
  byExtension(extension: string): readonly Format[]
  /** `loose`: also formats for which the type counts only with an extension. */
  byType(type: string, loose?: boolean): readonly Format[]
}

/** Parses a generated table. `known-types.ts` describes the format. */
export function parseFormats(lines: string): readonly Format[] {
  let topLevel = ''
  return lines.split('\n').map((line) => {
    const [names = '', extensions = names.replace('x-', '')] = line.split(':')
    const types: string[] = []
    const loose: string[] = []
    for (const name of names.split(' ')) {
      const [, isLoose, ownTopLevel = topLevel, sub = ''] = /^(\?)?(?:(.*)\/)?(.*)/.exec(name) ?? []
      topLevel = ownTopLevel
      if (isLoose) loose.push(`${topLevel}/${sub}`)
      else types.push(`${topLevel}/${sub}`)
    }
    const variants = types.map((type) => type.replace(/\/(x-)?/, (slash) => (slash === '/' ? '/x-' : '/')))
    return { types: [...types, ...variants], loose, extensions: extensions.replace(/.*\//, '').split(' ') }
  })
}

/** Creates a lookup table. Formats with the same extension or type keep the order of the list. */
export function createFormats(list: readonly Format[], isIncomplete: boolean): Formats {
  return {
    isIncomplete,
    byExtension: (extension) => list.filter(({ extensions }) => extensions.includes(extension)),
    byType: (type, withLoose) =>
      list.filter(({ types, loose }) => types.includes(type) || (withLoose && loose.includes(type))),
  }
}

let cachedFormats: Formats | undefined

/** Returns the formats in the browser bundle. They are parsed with the first file. */
export function browserFormats(): Formats {
  return (cachedFormats ??= createFormats(parseFormats(knownTypes), true))
}

/** Returns the main extension of a type, without the dot, if the browser bundle knows the type. */
export function mainExtension(type: string): string | undefined {
  return browserFormats().byType(type)[0]?.extensions[0]
}
