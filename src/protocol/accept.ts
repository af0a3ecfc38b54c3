import { browserFormats } from './formats.ts'
import type { Formats } from './formats.ts'

/** What may come in, as in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list of such. */
export type Accept = string | readonly string[]

/** A file's name, and the type that a browser announces for it: often `''`, or another name of the same type. */
export interface NamedType {
  readonly name: string
  readonly type: string
}

/** The single patterns of an accept, lower case: MIME types, `type/*` and `.extension`. */
export function acceptPatterns(accept: Accept): string[] {
  // A list as a text is joined by commas too.
  return String(accept)
    .split(',')
    .map((pattern) => pattern.trim().toLowerCase())
    .filter(Boolean)
}

/**
 * Whether a file may come in, by its extension or its type and all names of that. An empty or generic type is guessed from
 * the extension: the same browser announces other types where the system has no MIME database. No pattern at all accepts
 * everything.
 */
export function accepts(accept: Accept, file: NamedType, formats: Formats = browserFormats()): boolean {
  const patterns = acceptPatterns(accept)
  const { name, type } = file
  if (!patterns[0] || patterns.some((pattern) => endsWith(name, pattern))) return true
  // Thousands of files of one drop differ in their names alone. A server, which hears of any type, remembers none.
  const key = formats.partial ? [accept, extensionOf(name), type, !name].join() : ''
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const types = typesOf(file, formats)
  const isTaken = patterns.some((pattern) => matches(pattern, types, file, formats))
  if (key) verdicts.set(key, isTaken)
  return isTaken
}

const verdicts = new Map<string, boolean>()

function endsWith(name: string, pattern: string): boolean {
  return pattern.startsWith('.') && name.trim().toLowerCase().endsWith(pattern)
}

/** Whether one pattern takes a file that has one of the types. */
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
      endsWith(name, pattern) ||
      formats
        .byExtension(pattern.slice(1))
        .some((format) =>
          extension
            ? format.extensions.includes(extension)
            : format.types.some((each) => types.includes(each)),
        )
    )
  }
  return (
    types.some((each) =>
      pattern.endsWith('/*') ? each.startsWith(pattern.slice(0, -1)) : each === pattern,
    ) ||
    formats.byType(pattern).some((format) => format.types.some((each) => types.includes(each))) ||
    (pattern === octets && isGeneric(baseType(type))) ||
    // A browser knows some formats. Of pictures, sound and films it knows enough to say no.
    (formats.partial &&
      !formats.byType(types[0] ?? '')[0] &&
      (types[0] === octets || !pattern.endsWith('*')) &&
      !/^(image|audio|video)/.test(pattern) &&
      !formats.byType(pattern)[0])
  )
}

/**
 * Every type that a file has by what is announced and, where that is empty, generic or fits it, by its extension. The first
 * is the most likely one, in its canonical name.
 */
export function typesOf({ name, type }: NamedType, formats: Formats = browserFormats()): string[] {
  const announced = baseType(type)
  // Without a name, while files are dragged over the page, in doubt it fits.
  const named = name ? formats.byExtension(extensionOf(name)) : formats.byType(announced, true)
  const guessed = named.flatMap(({ types }) => types)
  const fits = named.some(({ types, loose }) => types.includes(announced) || loose.includes(announced))
  const types =
    isGeneric(announced) || fits
      ? [...guessed, ...(/^(audio|video)/.test(announced) ? [announced] : [])]
      : announced === 'text/plain'
        ? [...guessed, announced]
        : [...formats.byType(announced).flatMap((format) => format.types), announced]
  return types[0] ? [...new Set(types)] : [octets]
}

/** The type to tell a backend: the announced one in its canonical name, else a guess, else `application/octet-stream`. */
export function typeToSend(file: NamedType): string {
  // It may have a charset, and the name may say more than a route wants to know.
  return baseType(file.type) === 'text/plain' ? file.type : (typesOf(file)[0] ?? octets)
}

/** Returns the fault of an accept in a sentence for developers, or undefined. */
export function acceptProblem(accept: Accept): string | undefined {
  const wrong = acceptPatterns(accept).find((pattern) => !validPattern.test(pattern))
  return wrong === undefined
    ? undefined
    : `accept has ${JSON.stringify(wrong)}, which matches no file. Write an extension with its dot (".png"), a MIME type ("image/png") or a wildcard ("image/*").`
}

const validPattern =
  /^(\*|\*\/\*|\.[^\s.*/;][^\s*/;]*|(application|audio|chemical|font|image|message|model|multipart|text|video|x-[\w-]+)\/(\*|[\w!#$&^.+-]+))$/

/** For `<input accept>`: systems that do not know that HEIC is an image would grey it out. */
export function pickerAccept(accept: Accept): string {
  const patterns = acceptPatterns(accept)
  return [...patterns, ...(patterns.includes('image/*') ? ['.heic', '.heif'] : [])].join(',')
}

const octets = 'application/octet-stream'

function isGeneric(type: string): boolean {
  return /^$|^\*|(octet-stream|download)$|\/(x-)?(unknown|binary)$/.test(type)
}

/** In lower case, without the dot; `''` where there is none. */
export function extensionOf(name: string): string {
  return /[^./\\]\.([^\s./\\]{1,20})[\s.]*$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** A MIME type without its parameters: `text/plain;charset=utf-8` is `text/plain`. */
export function baseType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
