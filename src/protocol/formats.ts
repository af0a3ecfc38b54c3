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

/** A table of types and extensions, in lower case. */
export interface Formats {
  /** Whether there are more formats than these: then what is not known is for a backend to decide. */
  readonly partial: boolean
  byExtension(extension: string): readonly Format[]
  /** With `loose` also those that the type counts for only beside an extension. */
  byType(type: string, loose?: boolean): readonly Format[]
}

/** Reads a generated table: `known-types.ts` says how it is written. */
export function parseFormats(lines: string): readonly Format[] {
  let top = ''
  return lines.split('\n').map((line) => {
    const [names = '', extensions = names.replace('x-', '')] = line.split(':')
    const types: string[] = []
    const loose: string[] = []
    for (const name of names.split(' ')) {
      const [, isLoose, ownTop = top, sub = ''] = /^(\?)?(?:(.*)\/)?(.*)/.exec(name) ?? []
      top = ownTop
      if (isLoose) loose.push(`${top}/${sub}`)
      else types.push(`${top}/${sub}`)
    }
    const others = types.map((type) => type.replace(/\/(x-)?/, (slash) => (slash === '/' ? '/x-' : '/')))
    return { types: [...types, ...others], loose, extensions: extensions.replace(/.*\//, '').split(' ') }
  })
}

/** Looks formats up; of two for the same extension or type the one that is first in the list is first. */
export function formatsIn(list: readonly Format[], partial: boolean): Formats {
  return {
    partial,
    byExtension: (extension) => list.filter(({ extensions }) => extensions.includes(extension)),
    byType: (type, withLoose) =>
      list.filter(({ types, loose }) => types.includes(type) || (withLoose && loose.includes(type))),
  }
}

let known: Formats | undefined

/** Those that a browser bundle knows. They are read with the first file. */
export function browserFormats(): Formats {
  return (known ??= formatsIn(parseFormats(knownTypes), true))
}

/** How files of a type usually end, without the dot, where a browser knows it. */
export function mainExtension(type: string): string | undefined {
  return browserFormats().byType(type)[0]?.extensions[0]
}
