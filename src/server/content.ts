import { acceptPatterns, accepts, baseType, extensionOf, matches, typesOf } from '../protocol/accept.ts'
import type { Accept, NamedType } from '../protocol/accept.ts'
import { isoMediaType } from './iso-media.ts'
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
import { oldOfficeType } from './old-office.ts'
import { isWrapped, mayBeWrapped, wraps } from './wrappings.ts'

/** What file-type says of bytes. */
export interface SniffedType {
  readonly mime: string
  readonly ext: string
}

export interface Content {
  /** The first bytes of the object, at least one. */
  readonly head: Uint8Array
  readonly sniffed: SniffedType | undefined
  /** Whether the sniffer would know a type, in its canonical name, if it saw it. */
  readonly knows: (type: string) => boolean
  /** The file's name, and the type that `admittedType` gave it. */
  readonly name: string
  readonly type: string
  readonly accept: Accept
}

/** A type under which a file may be signed or stored, or why it may not come in and, where bytes told, what it is. */
export type Decision = { readonly type: string } | { readonly refused: string; readonly found?: string }

/**
 * The one type that is signed for a file, before its bytes are known: canonical, of those that its announced type and its
 * name allow the first that `accept` takes.
 */
export function admittedType(accept: Accept, { name, type: announced }: NamedType): Decision {
  const type = canonicalMimeType(announced) ?? octets
  const file = { name, type }
  if (!accepts(accept, file, mediaTypes))
    return { refused: `the route's accept takes neither ${type} nor its name` }
  const [first] = coveredTypes(accept, file)
  if (first === undefined) return { refused: `its name says that it is not ${type}` }
  const unasked = refuseUnasked(accept, first)
  return unasked === undefined ? { type: withCharset(first, type) } : { refused: unasked }
}

/**
 * The type under which the bytes may be stored and served, or why they may not. What is claimed counts only where bytes
 * cannot tell: between kinds of text, and for what is inside of a known wrapping.
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
    // Browsers guess about media; what nothing is known of comes in only by name.
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
    // A picture under an extension that is the end of no known type is still one, and the limits for images apply.
    const isPicture = found.startsWith('image/') && unasked === undefined && isUnknownByName(accept, name)
    return { type: isPicture ? found : octets }
  }
  if (unasked !== undefined) return { refused: unasked, found }
  if (covers(accept, found)) return { type: found }
  return { refused: `its content is ${found}, which the route does not accept`, found }
}

/** Why a file of this type may not come in although a wildcard accepts it, if so. */
function refuseUnasked(accept: Accept, type: string): string | undefined {
  return runsAsPage(type) && !names(accept, type)
    ? `${baseType(type)} can run as a page, and the route's accept does not name it`
    : undefined
}

/** What the sniffer knows, but not every file of it: those without a tag, and binary ones. */
const undetected =
  /^(audio\/(mpeg|aac|x-caf)|video\/(mpeg|mp2t)|model\/stl|application\/(x-apple-diskimage|x-tar|dicom|x-blender))$/

/** Whether text is never a file of this type, although the sniffer does not know every such file. */
function isBinary(type: string): boolean {
  return undetected.test(type) && type !== 'model/stl'
}

/** Told by two or four bytes, with which TGA and others begin as well. */
const weak = /^(audio\/mpeg|image\/x-icon)$/

/** Marks that the sniffer does not know: Core Audio, WAV of over 4 GB, HWP before version 5. */
const marks: readonly (readonly [mark: RegExp, type: string])[] = [
  [/^caff/, 'audio/x-caf'],
  [/^RF64.{4}WAVE/s, 'audio/wav'],
  [/^HWP Document File/, 'application/x-hwp'],
  // Fonts of any outlines, and Apple's; photos of cameras before 2008; old and readable kinds.
  [/^wOFF/, 'font/woff'],
  [/^wOF2/, 'font/woff2'],
  [/^true\0/, 'font/ttf'],
  [/^(IIR[OS]|MMOR)/, 'image/x-olympus-orf'],
  [/^IIU\0/, 'image/x-panasonic-rw2'],
  [/^FEA1/, 'application/vnd.apache.arrow.file'],
  [/^; FBX /, 'application/x.autodesk.fbx'],
]

/** What the bytes say by themselves, in its canonical name. Nothing for text that is claimed to be text. */
function foundIn(
  head: Uint8Array,
  text: boolean,
  sniffed: SniffedType | undefined,
  claimed: readonly string[],
): string | undefined {
  const office = oldOfficeType(head, text, claimed)
  if (office) return office
  const markup = markupOf(head)
  // A log or a list in XML is text to those who call it so, and no browser shows more of it.
  if (markup && (markup.mime !== 'application/xml' || claimed[0] !== 'text/plain')) return markup.mime
  // Of text, the sniffer's other marks are words that text may begin with.
  const isDocument = /\/rtf$/.test(sniffed?.mime ?? '') || ascii(head.subarray(0, 5)) === '%PDF-'
  if (text && claimed.some(isTextual) && !isDocument) return undefined
  // Readers of PDF look for its mark in the first 1024 bytes.
  if (
    claimed.some((each) => /pdf|illustrator/.test(each)) &&
    ascii(head.subarray(0, 1024)).includes('%PDF-')
  ) {
    return 'application/pdf'
  }
  const start = ascii(head.subarray(0, 32))
  const marked = marks.find(([mark]) => mark.test(start))
  if (marked) return marked[1]
  const media = text ? undefined : isoMediaType(head)
  if (media) return media
  // A cover may be longer than the head, and hides what comes after it.
  if (start.startsWith('ID3') && sniffed?.mime === 'audio/mpeg' && id3End(head) >= head.length) {
    return claimed.find((each) => /^audio\/(aac|flac)$/.test(each)) ?? sniffed.mime
  }
  // Office wraps what has a password into a compound file.
  if (sniffed?.mime === 'application/x-cfb' && ascii(head).includes(encryptedPackage)) {
    return claimed.find((each) => /openxmlformats|macroenabled/.test(each)) ?? sniffed.mime
  }
  // XML is for `markupOf`, which knows more kinds of it.
  return sniffed === undefined || sniffed.mime === 'application/xml' ? undefined : canonicalName(sniffed.mime)
}

/** Where the tag in front of music ends: its length has seven bits in each of four bytes. */
function id3End(head: Uint8Array): number {
  return 10 + head.subarray(6, 10).reduce((length, byte) => (length << 7) | byte, 0)
}

/** The name of the stream in UTF-16. */
const encryptedPackage = Array.from('EncryptedPackage').join('\0')

function ascii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

/** The types whose files end so: mime-db and the sniffer have different names for some. */
function typesNamed(extension = ''): readonly string[] {
  return formatsOf(extension).flatMap(({ types }) => types.map(canonicalName))
}

/** The types that a file may have by what is announced and by its name, of those that accept takes. */
function coveredTypes(accept: Accept, file: NamedType): readonly string[] {
  const [likely = octets, ...others] = typesOf(file, mediaTypes)
  // The text of a page or a script is text as well; a picture that is announced as text is not.
  const types = [likely, ...others.filter((each) => each !== 'text/plain' || isTextual(likely))]
  const named = acceptPatterns(accept).some(
    (pattern) => pattern.startsWith('.') && matches(pattern, types, file, mediaTypes),
  )
  const byName = formatsOf(extensionOf(file.name)).flatMap((format) => format.types)
  // Where it is accepted by name, a file that nothing is known of is what it is, whatever its extension.
  const all = baseType(file.type) === octets && names(accept, octets) ? [...types, octets] : types
  const covered = all.filter((each) => covers(accept, each))
  const ownByName = byName.length > 0 ? byName : [octets]
  return [...new Set([...covered, ...(named ? ownByName : [])].map(canonicalName))]
}

/** Whether accept names the file's extension, and that is the end of no known type. */
function isUnknownByName(accept: Accept, name: string): boolean {
  const extension = extensionOf(name)
  return formatsOf(extension).length === 0 && acceptPatterns(accept).includes(`.${extension}`)
}

/** Whether a file of this type, whatever its name, may come in. */
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

/** Whether the accept means this very type, and not by a wildcard. */
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
