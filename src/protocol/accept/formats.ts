import { knownTypes } from './known-types.ts'

/** A file format: the names of its MIME type, and its extensions. */
export interface Format {
  /** The canonical name first. */
  readonly types: readonly string[]
  /** Types that count only together with one of the extensions, because files of other formats have these types too. */
  readonly looseTypes: readonly string[]
  /** The main extension first, without the dot. */
  readonly extensions: readonly string[]
}

/** A table of types and extensions, in lower case. */
export interface Formats {
  /** Whether the table lacks formats. The backend then decides about formats that the table does not contain. */
  readonly isIncomplete: boolean
  byExtension(extension: string): readonly Format[]
  /** Returns the formats with a type. With `includeLoose`, also returns formats that have the type in `looseTypes`. */
  byType(type: string, includeLoose?: boolean): readonly Format[]
}

/** Parses a generated table. `known-types.ts` describes the format. */
export function parseFormats(lines: string): readonly Format[] {
  let topLevel = ''
  return lines.split('\n').map((line) => {
    const [names = '', extensions = names.replace('x-', '')] = line.split(':')
    const types: string[] = []
    const looseTypes: string[] = []
    for (const name of names.split(' ')) {
      const [, isLoose, ownTopLevel = topLevel, subtype = ''] = /^(\?)?(?:(.*)\/)?(.*)/.exec(name) ?? []
      topLevel = ownTopLevel
      if (isLoose) looseTypes.push(`${topLevel}/${subtype}`)
      else types.push(`${topLevel}/${subtype}`)
    }
    const variants = types.map((type) => type.replace(/\/(x-)?/, (slash) => (slash === '/' ? '/x-' : '/')))
    return {
      types: [...types, ...variants],
      looseTypes,
      extensions: extensions.replace(/.*\//, '').split(' '),
    }
  })
}

/** Creates a lookup table. Formats with the same extension or type keep the order of the list. */
export function createFormats(list: readonly Format[], isIncomplete: boolean): Formats {
  return {
    isIncomplete,
    byExtension: (extension) => list.filter(({ extensions }) => extensions.includes(extension)),
    byType: (type, includeLoose) =>
      list.filter(
        ({ types, looseTypes }) => types.includes(type) || (includeLoose && looseTypes.includes(type)),
      ),
  }
}

let cachedFormats: Formats | undefined

/** Returns the formats in the browser bundle. They are parsed when the first file is checked. */
export function browserFormats(): Formats {
  return (cachedFormats ??= createFormats(parseFormats(knownTypes), true))
}

/** Returns the main extension of a type, without the dot, if the browser bundle knows the type. */
export function mainExtension(type: string): string | undefined {
  return browserFormats().byType(type)[0]?.extensions[0]
}
