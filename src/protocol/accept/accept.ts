import { browserFormats } from './formats.ts'
import type { Formats } from './formats.ts'

/** Accepted file types, as in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list of these. */
export type Accept = string | readonly string[]

/** Name of a file, and the MIME type that the browser reports for it. That type is often `''` or a synonym. */
export interface NamedType {
  readonly name: string
  readonly type: string
}

/** Splits an accept into its patterns, in lower case: MIME types, `type/*` and `.extension`. */
export function splitAccept(accept: Accept): string[] {
  // String() joins a list with commas.
  return String(accept)
    .split(',')
    .map((pattern) => pattern.trim().toLowerCase())
    .filter(Boolean)
}

/**
 * Whether an accept allows a file, by its extension, its type or a synonym of its type. An empty or generic type is
 * guessed from the extension, because browsers report other types on systems without a MIME database. An empty accept
 * allows every file.
 */
export function accepts(accept: Accept, file: NamedType, formats: Formats = browserFormats()): boolean {
  const patterns = splitAccept(accept)
  const { name, type } = file
  if (!patterns[0] || patterns.some((pattern) => nameEndsWith(name, pattern))) return true
  // Caches the result per accept, extension and type, because thousands of dropped files often differ only in their
  // names. Only the browser does this. A server (whose table of formats is complete) does not cache, because clients
  // could fill the cache with invented types.
  const cacheKey = formats.isIncomplete ? [accept, extensionOf(name), type, !name].join() : ''
  const cachedResult = acceptCache.get(cacheKey)
  if (cachedResult !== undefined) return cachedResult
  const types = typesOf(file, formats)
  const isAccepted = patterns.some((pattern) => matches(pattern, types, file, formats))
  if (cacheKey) acceptCache.set(cacheKey, isAccepted)
  return isAccepted
}

const acceptCache = new Map<string, boolean>()

function nameEndsWith(name: string, pattern: string): boolean {
  return pattern.startsWith('.') && name.trim().toLowerCase().endsWith(pattern)
}

/** Whether a pattern allows a file that has one of the types. */
export function matches(
  pattern: string,
  types: readonly string[],
  { name, type }: NamedType,
  formats: Formats,
): boolean {
  if (pattern === '*' || pattern === '*/*') return true
  if (pattern.startsWith('.')) {
    const extension = extensionOf(name)
    return (
      nameEndsWith(name, pattern) ||
      formats
        .byExtension(pattern.slice(1))
        .some((format) =>
          extension
            ? format.extensions.includes(extension)
            : format.types.some((knownType) => types.includes(knownType)),
        )
    )
  }
  return (
    types.some((fileType) =>
      pattern.endsWith('/*') ? fileType.startsWith(pattern.slice(0, -1)) : fileType === pattern,
    ) ||
    formats.byType(pattern).some((format) => format.types.some((knownType) => types.includes(knownType))) ||
    (pattern === octetStream && isGeneric(baseType(type))) ||
    // Accepts a format that is not in the browser's incomplete table, so that the backend decides. For images, audio
    // and video the table is complete enough to refuse.
    (formats.isIncomplete &&
      !formats.byType(types[0] ?? '')[0] &&
      (types[0] === octetStream || !pattern.endsWith('*')) &&
      !/^(image|audio|video)/.test(pattern) &&
      !formats.byType(pattern)[0])
  )
}

/**
 * Returns all MIME types that a file may have, the most likely type first, with its canonical name. If the reported
 * type is empty, generic or fits the extension, these are the types of the extension. If it is `text/plain`, they are
 * the types of the extension and `text/plain`. Otherwise they are the reported type and its synonyms.
 */
export function typesOf({ name, type }: NamedType, formats: Formats = browserFormats()): string[] {
  const reportedType = baseType(type)
  // While files are dragged over the page, their names are unknown. Then loose types match too.
  const candidateFormats = name ? formats.byExtension(extensionOf(name)) : formats.byType(reportedType, true)
  const guessedTypes = candidateFormats.flatMap(({ types }) => types)
  const isConsistent = candidateFormats.some(
    ({ types, looseTypes }) => types.includes(reportedType) || looseTypes.includes(reportedType),
  )
  const types =
    isGeneric(reportedType) || isConsistent
      ? [...guessedTypes, ...(/^(audio|video)/.test(reportedType) ? [reportedType] : [])]
      : reportedType === 'text/plain'
        ? [...guessedTypes, reportedType]
        : [...formats.byType(reportedType).flatMap((format) => format.types), reportedType]
  return types[0] ? [...new Set(types)] : [octetStream]
}

/** Returns a sentence for developers about an invalid accept, or undefined. */
export function acceptProblem(accept: Accept): string | undefined {
  const invalidPattern = splitAccept(accept).find((pattern) => !acceptPatternSyntax.test(pattern))
  return invalidPattern === undefined
    ? undefined
    : `accept has ${JSON.stringify(invalidPattern)}, which matches no file. Write an extension with its dot (".png"), a MIME type ("image/png") or a wildcard ("image/*").`
}

const acceptPatternSyntax =
  /^(\*|\*\/\*|\.[^\s.*/;][^\s*/;]*|(application|audio|chemical|font|image|message|model|multipart|text|video|x-[\w-]+)\/(\*|[\w!#$&^.+-]+))$/

/** The MIME type of bytes of an unknown format. */
export const octetStream = 'application/octet-stream'

function isGeneric(type: string): boolean {
  return /^$|^\*|(octet-stream|download)$|\/(x-)?(unknown|binary)$/.test(type)
}

/** Returns the extension of a name in lower case, without the dot, or `''`. */
export function extensionOf(name: string): string {
  return /[^./\\]\.([^\s./\\]{1,20})[\s.]*$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** Removes the parameters of a MIME type: `text/plain;charset=utf-8` becomes `text/plain`. */
export function baseType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
