import { acceptPatterns, accepts, baseType, extensionOf, matches, typesOf } from '../protocol/accept.ts'
import type { Accept, NamedType } from '../protocol/accept.ts'
import { isText, markupOf } from './markup.ts'
import {
  canonicalName,
  formatsOf,
  isTextual,
  mediaTypes,
  namesOf,
  octets,
  runsAsPage,
  sameType,
} from './media-types.ts'
import { canonicalMimeType } from './mime-type.ts'
import { isWrapped, mayBeWrapped, wraps } from './wrappings.ts'

/** A type that file-type detected. */
export interface SniffedType {
  readonly mime: string
  readonly ext: string
}

export interface Content {
  /** The first bytes of the object, at least one. */
  readonly head: Uint8Array
  readonly sniffed: SniffedType | undefined
  /** Whether the sniffer can detect a type, given by its canonical name. */
  readonly knows: (type: string) => boolean
  /** The file's name, and the type that `admittedType` returned. */
  readonly name: string
  readonly type: string
  readonly accept: Accept
}

/** The type to sign or store a file as, or the reason for its rejection with the type detected from its bytes. */
export type Decision = { readonly type: string } | { readonly refused: string; readonly found?: string }

/**
 * Chooses the one type that is signed for a file, before its bytes are known: the canonical name of the first type that
 * its announced type and its name allow and `accept` matches.
 */
export function admittedType(accept: Accept, { name, type: announced }: NamedType): Decision {
  const type = canonicalMimeType(announced) ?? octets
  const file = { name, type }
  if (!accepts(accept, file, mediaTypes))
    return { refused: `the route's accept matches neither ${type} nor its name` }
  const [first] = coveredTypes(accept, file)
  if (first === undefined) return { refused: `its name says that it is not ${type}` }
  const unasked = refuseUnasked(accept, first)
  return unasked === undefined ? { type: withCharset(first, type) } : { refused: unasked }
}

/**
 * Decides the type to store and serve an object as. The claimed type counts only where bytes cannot tell: between kinds
 * of text, and inside a known container format.
 */
export function typeOfContent({ head, sniffed, knows, name, type, accept }: Content): Decision {
  const claimed = coveredTypes(accept, { name, type }).filter(
    (each) => refuseUnasked(accept, each) === undefined,
  )
  const text = isText(head)
  const found = foundIn(head, text, sniffed, claimed)
  const firm = (each: string) => isWrapped(each) || (knows(each) && !undetected.test(each))
  if (found !== undefined) {
    const also = found === canonicalName(sniffed?.mime ?? '') ? typesNamed(sniffed?.ext) : []
    return decideFound([found, ...also], claimed, { accept, name, firm })
  }

  const fitting = claimed.find((each) => {
    if (isTextual(each)) return text
    if (firm(each) || (text && isBinary(each))) return false
    // Browsers sniff media types, so media that the sniffer cannot detect must be named by `accept`.
    return !/^(image|audio|video|font)\//.test(each) || names(accept, each)
  })
  if (fitting === undefined) return { refused: `its content is not ${claimed[0] ?? baseType(type)}` }
  if (fitting === octets && text && isUnknownByName(accept, name)) return { type: 'text/plain' }
  return { type: withCharset(fitting, type) }
}

function decideFound(
  [found, ...also]: readonly [string, ...string[]],
  claimed: readonly string[],
  { accept, name, firm }: Pick<Content, 'accept' | 'name'> & { readonly firm: (type: string) => boolean },
): Decision {
  const wrapped =
    claimed.find((each) => sameType(found, each)) ??
    claimed.find((each) => also.includes(each) && !isTextual(each)) ??
    claimed.find(
      (each) =>
        wraps(found, each) ||
        ((mayBeWrapped(found, each) || weak.test(found)) &&
          !firm(each) &&
          !isTextual(each) &&
          each !== octets &&
          names(accept, each)),
    )
  if (wrapped !== undefined) return { type: wrapped }
  const unasked = refuseUnasked(accept, found)
  if (claimed.includes(octets) && !covers(accept, found)) {
    // An image with an unknown extension stays an image, so that the image limits apply.
    const isPicture = found.startsWith('image/') && unasked === undefined && isUnknownByName(accept, name)
    return { type: isPicture ? found : octets }
  }
  if (unasked !== undefined) return { refused: unasked, found }
  if (covers(accept, found)) return { type: found }
  return { refused: `its content is ${found}, which the route does not accept`, found }
}

/** Returns the reason to reject active content that `accept` does not name. */
function refuseUnasked(accept: Accept, type: string): string | undefined {
  return runsAsPage(type) && !names(accept, type)
    ? `${baseType(type)} can run as a page, and the route's accept does not name it`
    : undefined
}

/** Types of which the sniffer detects only some files: audio without a tag, binary models and disk images. */
const undetected =
  /^(audio\/(mpeg|aac|x-caf)|video\/(mpeg|mp2t)|model\/stl|application\/(x-apple-diskimage|x-tar|dicom|x-blender))$/

/** Whether a file of this partly detected type is never text. */
function isBinary(type: string): boolean {
  return undetected.test(type) && type !== 'model/stl'
}

/** Types detected by two or four bytes only. TGA and other formats can begin with the same bytes. */
const weak = /^(audio\/mpeg|image\/x-icon)$/

/** Signatures that the sniffer does not know: Core Audio, WAV of over 4 GB, HWP before version 5. */
const marks: readonly (readonly [mark: RegExp, type: string])[] = [
  [/^caff/, 'audio/x-caf'],
  [/^RF64.{4}WAVE/s, 'audio/wav'],
  [/^HWP Document File/, 'application/x-hwp'],
]

/** Detects a type from bytes and returns its canonical name. Undefined for text that is claimed to be text. */
function foundIn(
  head: Uint8Array,
  text: boolean,
  sniffed: SniffedType | undefined,
  claimed: readonly string[],
): string | undefined {
  const markup = markupOf(head)
  if (markup) return markup.mime
  // Text may begin with the words that are signatures of other formats.
  if (text && claimed.some(isTextual) && !/\/(pdf|rtf)$/.test(sniffed?.mime ?? '')) return undefined
  // PDF readers accept the signature anywhere in the first 1024 bytes.
  if (
    claimed.some((each) => /pdf|illustrator/.test(each)) &&
    ascii(head.subarray(0, 1024)).includes('%PDF-')
  ) {
    return 'application/pdf'
  }
  const start = ascii(head.subarray(0, 32))
  const marked = marks.find(([mark]) => mark.test(start))
  if (marked) return marked[1]
  // Office stores a document with a password in a compound file.
  if (sniffed?.mime === 'application/x-cfb' && ascii(head).includes(encryptedPackage)) {
    return claimed.find((each) => /openxmlformats|macroenabled/.test(each)) ?? sniffed.mime
  }
  // `markupOf` decides about XML, because it detects more kinds.
  return sniffed === undefined || sniffed.mime === 'application/xml' ? undefined : canonicalName(sniffed.mime)
}

/** Name of the encrypted stream in UTF-16. */
const encryptedPackage = Array.from('EncryptedPackage').join('\0')

function ascii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

/** Returns the types with this extension, because mime-db and the sniffer name some types differently. */
function typesNamed(extension = ''): readonly string[] {
  return formatsOf(extension).flatMap(({ types }) => types.map(canonicalName))
}

/** Returns the types that a file may have by its announced type and its name, and that `accept` matches. */
function coveredTypes(accept: Accept, file: NamedType): readonly string[] {
  const [likely = octets, ...others] = typesOf(file, mediaTypes)
  // A page or a script is also plain text; an image announced as text is not.
  const types = [likely, ...others.filter((each) => each !== 'text/plain' || isTextual(likely))]
  const named = acceptPatterns(accept).some(
    (pattern) => pattern.startsWith('.') && matches(pattern, types, file, mediaTypes),
  )
  const byName = formatsOf(extensionOf(file.name)).flatMap((format) => format.types)
  // If `accept` names application/octet-stream, a file of unknown type stays that, whatever its extension.
  const all = baseType(file.type) === octets && names(accept, octets) ? [...types, octets] : types
  const covered = all.filter((each) => covers(accept, each))
  const ownByName = byName.length > 0 ? byName : [octets]
  return [...new Set([...covered, ...(named ? ownByName : [])].map(canonicalName))]
}

/** Whether `accept` names the file's extension, and no known type has it. */
function isUnknownByName(accept: Accept, name: string): boolean {
  const extension = extensionOf(name)
  return formatsOf(extension).length === 0 && acceptPatterns(accept).includes(`.${extension}`)
}

/** Whether `accept` matches a type, whatever the file's name. */
function covers(accept: Accept, type: string): boolean {
  const patterns = acceptPatterns(accept)
  const types = namesOf(baseType(type))
  return (
    patterns.length === 0 ||
    names(accept, type) ||
    patterns.some(
      (pattern) =>
        !pattern.startsWith('.') && pattern.endsWith('*') && matches(pattern, types, noFile, mediaTypes),
    )
  )
}

const noFile: NamedType = { name: '', type: octets }

/** Whether `accept` names this exact type, not by a wildcard. */
function names(accept: Accept, type: string): boolean {
  const base = baseType(type)
  return acceptPatterns(accept).some((pattern) =>
    pattern.startsWith('.')
      ? formatsOf(extensionOf(`a${pattern}`)).some(({ types }) => types.some((each) => sameType(base, each)))
      : sameType(base, pattern),
  )
}

function withCharset(type: string, announced: string): string {
  const charset = /;charset=[\w-]+$/.exec(announced)?.[0] ?? ''
  return type.startsWith('text/') ? baseType(type) + charset : type
}
