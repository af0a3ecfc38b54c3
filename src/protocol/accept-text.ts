import { acceptPatterns } from './accept.ts'
import type { Accept } from './accept.ts'
import { mainExtension } from './formats.ts'

/** What wildcards are called in a language. */
export interface KindNames {
  readonly image: string
  readonly audio: string
  readonly video: string
  readonly text: string
}

/** What an accept takes, for people: `JPEG, PNG or PDF`. `''` where it takes everything. */
export function acceptedKinds(accept: Accept, names: KindNames, locale: string): string {
  const kinds = acceptPatterns(accept).map((pattern) => kindOf(pattern, names))
  return kinds.includes('') ? '' : new Intl.ListFormat(locale, { type: 'disjunction' }).format(new Set(kinds))
}

function kindOf(pattern: string, names: KindNames): string {
  const [top = '', sub = ''] = pattern.split('/')
  if (sub === '*') return top in names ? names[top as keyof KindNames] : top.replace('*', '') // `in` narrows no text
  return top === '*' ? '' : nameOfType(pattern)
}

/** What people call a type, or an extension with its dot: by how such files end. */
export function nameOfType(type: string): string {
  const [, extension = type.replace(/^.*\/(x-|vnd\.)?/, '')] = type.startsWith('.')
    ? type.split(/\.(?=[^.]*$)/)
    : ['', mainExtension(type)]
  return extension.toUpperCase().replace(/^(JP|TI)(G|F)$/, (name) => (name === 'JPG' ? 'JPEG' : 'TIFF'))
}

/** The sentence after the one that refuses a file. */
export function useInstead(accept: Accept): string {
  // In British English there is no comma before the last.
  const kinds = acceptedKinds(accept, english, 'en-GB')
  return kinds && ` Use ${kinds}.`
}

const english: KindNames = { image: 'an image', audio: 'audio', video: 'a video', text: 'text' }
