import { acceptPatterns } from './accept.ts'
import type { Accept } from './accept.ts'
import { mainExtension } from './formats.ts'

/**
 * What an accept takes, for people: `JPEG, PNG or PDF`; `''` where it takes everything. `nameOfKind` says what the files of
 * a wildcard are called: `image`, `audio`, `video`, `text`.
 */
export function acceptedKinds(accept: Accept, nameOfKind: (kind: string) => string, locale: string): string {
  const kinds = acceptPatterns(accept).map((pattern) => {
    const [kind = '', sub = '*'] = pattern.split('/')
    return pattern.startsWith('.') || sub !== '*' ? nameOfType(pattern) : kind === '*' ? '' : nameOfKind(kind)
  })
  return kinds.includes('') ? '' : new Intl.ListFormat(locale, { type: 'disjunction' }).format(new Set(kinds))
}

/** What people call a type, or an extension with its dot: by how such files end. */
export function nameOfType(type: string): string {
  const extension = mainExtension(type) ?? type.replace(/^\.|^.*\/(x-|vnd\.)?/, '')
  return extension.toUpperCase().replace('JPG', 'JPEG')
}

/** The sentence after the one that refuses a file. */
export function acceptHint(accept: Accept): string {
  // In British English there is no comma before the last.
  const kinds = acceptedKinds(accept, (kind) => `${kind} files`, 'en-GB')
  return kinds && ` Use ${kinds}.`
}
