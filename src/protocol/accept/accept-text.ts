import { splitAccept } from './accept.ts'
import type { Accept } from './accept.ts'
import { mainExtension } from './formats.ts'

/**
 * Describes the accepted file types for users: `JPEG, PNG or PDF`. Returns `''` if every type is accepted.
 * `labelOfKind` gets the kind of a wildcard (`image` for `image/*`, or `audio`, `video`, `text`) and returns its text.
 */
export function describeAccept(
  accept: Accept,
  labelOfKind: (kind: string) => string,
  locale: string,
): string {
  const labels = splitAccept(accept).map((pattern) => {
    const [kind = '', subtype = '*'] = pattern.split('/')
    return pattern.startsWith('.') || subtype !== '*'
      ? typeLabel(pattern)
      : kind === '*'
        ? ''
        : labelOfKind(kind)
  })
  return labels.includes('')
    ? ''
    : new Intl.ListFormat(locale, { type: 'disjunction' }).format(new Set(labels))
}

/** Returns the name of a type or of an extension (with its dot) for users. It is the main extension in upper case. */
export function typeLabel(type: string): string {
  const extension = mainExtension(type) ?? type.replace(/^\.|^.*\/(x-|vnd\.)?/, '')
  return extension.toUpperCase().replace('JPG', 'JPEG')
}

/** Returns a sentence that names the accepted types, to follow a sentence about a refused file. */
export function acceptHint(accept: Accept): string {
  // British English has no comma before the last item.
  const kinds = describeAccept(accept, (kind) => `${kind} files`, 'en-GB')
  return kinds && ` Use ${kinds}.`
}
