import { knownTypes } from './known-types.ts'

/** One kind of file: the names of its type, and how names of such files end. */
export interface Format {
  /** The canonical one first. */
  readonly types: readonly string[]
  /** Types that such files are announced with too, beside one of the extensions: they are also types of other files. */
  readonly loose: readonly string[]
  /** The main one first, without the dot. */
  readonly extensions: readonly string[]
}

/** What is known of types and extensions, in lower case. */
export interface Formats {
  byExtension(extension: string): readonly Format[]
  /** With `loose` also those that the type counts for only beside an extension. */
  byType(type: string, loose?: boolean): readonly Format[]
}

/** Reads a generated table: `known-types.ts` says how it is written. */
export function parseFormats(lines: string): readonly Format[] {
  return lines.split('\n').map((line) => {
    const [names = '', extensions = ''] = line.split(':')
    let top = ''
    const types = names.split(' ').map((name) => {
      const slash = name.indexOf('/')
      if (slash > 0) top = name.slice(0, slash + 1).replace('?', '')
      return (name.startsWith('?') ? '?' : '') + top + name.slice(slash + 1).replace('?', '')
    })
    return {
      types: types.filter((type) => !type.startsWith('?')),
      loose: types.filter((type) => type.startsWith('?')).map((type) => type.slice(1)),
      extensions: extensions.split(' '),
    }
  })
}

/** Looks formats up; of two for the same extension or type the one that is first in the list is first. */
export function formatsIn(list: readonly Format[]): Formats {
  const extensions = new Map<string, Format[]>()
  const types = new Map<string, Format[]>()
  const looseTypes = new Map<string, Format[]>()
  const put = (map: Map<string, Format[]>, names: readonly string[], format: Format) => {
    for (const name of names) map.set(name, [...(map.get(name) ?? []), format])
  }
  for (const format of list) {
    put(extensions, format.extensions, format)
    put(types, format.types, format)
    put(looseTypes, format.loose, format)
  }
  return {
    byExtension: (extension) => extensions.get(extension) ?? [],
    byType: (type, loose) => [...(types.get(type) ?? []), ...((loose && looseTypes.get(type)) || [])],
  }
}

let known: Formats | undefined

/** Those that a browser bundle knows. They are read with the first file. */
export function browserFormats(): Formats {
  return (known ??= formatsIn(parseFormats(knownTypes)))
}

/** How files of a type usually end, without the dot, where a browser knows it. */
export function mainExtension(type: string): string | undefined {
  return browserFormats().byType(type)[0]?.extensions[0]
}
