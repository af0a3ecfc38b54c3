import {
  splitAccept,
  accepts,
  baseType,
  extensionOf,
  matches,
  typesOf,
  octetStream,
} from '../../protocol/accept/accept.ts'
import type { Accept, NamedType } from '../../protocol/accept/accept.ts'
import { isText, markupOf, startsWithTag } from './markup.ts'
import {
  canonicalName,
  formatsByExtension,
  isTextual,
  mediaTypes,
  namesOf,
  isActiveContent,
  isXml,
  sameType,
} from './media-types.ts'
import { canonicalMimeType } from './mime-type.ts'
import { detectIsoMediaType, typeOfSignature } from './signatures.ts'
import { detectOldOfficeType } from './old-office.ts'
import type { SniffedType } from './sniff.ts'
import { hasKnownContainer, mayUseContainer, mayContain } from './container-types.ts'

export interface ContentFacts {
  /** The first bytes of the object, at least one. */
  readonly head: Uint8Array
  readonly sniffed: SniffedType | undefined
  /** Whether the sniffer can detect a type, given by its canonical name. */
  readonly canDetect: (type: string) => boolean
  /** The file's name, and the type that `chooseSignedType` returned. */
  readonly name: string
  readonly type: string
  readonly accept: Accept
}

/** The type to sign or store a file as, or the reason for its rejection with the type detected from its bytes. */
export type TypeDecision = { readonly type: string } | { readonly refused: string; readonly found?: string }

/**
 * Chooses the one type that is signed for a file, before its bytes are known: the canonical name of the first type that
 * its announced type and its name allow and `accept` matches.
 */
export function chooseSignedType(accept: Accept, { name, type: announced }: NamedType): TypeDecision {
  const type = canonicalMimeType(announced) ?? octetStream
  const file = { name, type }
  if (!accepts(accept, file, mediaTypes))
    return { refused: `the route's accept matches neither ${type} nor its name` }
  const [firstType] = acceptedTypes(accept, file)
  if (firstType === undefined) return { refused: `its name says that it is not ${type}` }
  const refusal = checkActiveContent(accept, firstType)
  return refusal === undefined ? { type: withCharset(firstType, type) } : { refused: refusal }
}

/**
 * Decides the type to store and serve an object as. The claimed type counts only where bytes cannot tell: between kinds
 * of text, and inside a known container format.
 */
export function decideStoredType({
  head,
  sniffed,
  canDetect,
  name,
  type,
  accept,
}: ContentFacts): TypeDecision {
  const claimedTypes = acceptedTypes(accept, { name, type }).filter(
    (each) => checkActiveContent(accept, each) === undefined,
  )
  const text = isText(head)
  const found = detectFromBytes(head, text, sniffed, claimedTypes)
  const isReliable = (each: string) =>
    hasKnownContainer(each) || (canDetect(each) && !partlyDetected.test(each))
  if (found !== undefined) {
    const alternatives =
      found === canonicalName(sniffed?.mime ?? '') ? canonicalTypesByExtension(sniffed?.ext) : []
    return decideDetected([found, ...alternatives], claimedTypes, { accept, name, isReliable })
  }

  const fittingType = claimedTypes.find((each) => {
    if (isTextual(each)) return text && (!isXml(each) || startsWithTag(head))
    if (isReliable(each) || (text && isBinary(each))) return false
    // Browsers sniff media types, so media that the sniffer cannot detect must be named by `accept`.
    return !/^(image|audio|video|font)\//.test(each) || hasExactType(accept, each)
  })
  if (fittingType === undefined) return { refused: `its content is not ${claimedTypes[0] ?? baseType(type)}` }
  if (fittingType === octetStream && text && isUnknownByName(accept, name)) return { type: 'text/plain' }
  return { type: withCharset(fittingType, type) }
}

function decideDetected(
  [found, ...alternatives]: readonly [string, ...string[]],
  claimedTypes: readonly string[],
  {
    accept,
    name,
    isReliable,
  }: Pick<ContentFacts, 'accept' | 'name'> & { readonly isReliable: (type: string) => boolean },
): TypeDecision {
  const match =
    claimedTypes.find((each) => sameType(found, each)) ??
    claimedTypes.find((each) => alternatives.includes(each) && !isTextual(each)) ??
    claimedTypes.find(
      (each) =>
        mayContain(found, each) ||
        ((mayUseContainer(found, each) || weaklyDetected.test(found)) &&
          !isReliable(each) &&
          !isTextual(each) &&
          each !== octetStream &&
          hasExactType(accept, each)),
    )
  if (match !== undefined) return { type: match }
  const refusal = checkActiveContent(accept, found)
  if (claimedTypes.includes(octetStream) && !acceptsType(accept, found)) {
    // An image with an unknown extension stays an image, so that the image limits apply.
    const isPicture = found.startsWith('image/') && refusal === undefined && isUnknownByName(accept, name)
    return { type: isPicture ? found : octetStream }
  }
  if (refusal !== undefined) return { refused: refusal, found }
  if (acceptsType(accept, found)) return { type: found }
  return { refused: `its content is ${found}, which the route does not accept`, found }
}

/** Returns the reason to reject active content that `accept` does not name. */
function checkActiveContent(accept: Accept, type: string): string | undefined {
  return isActiveContent(type) && !hasExactType(accept, type)
    ? `${baseType(type)} can run as a page, and the route's accept does not name it`
    : undefined
}

/** Types of which the sniffer detects some files or none: audio without a tag, TGA, binary models and disk images. */
const partlyDetected =
  /^(image\/(x-tga|x-pcx|vnd\.zbrush\.pcx|emf|wmf)|audio\/(mpeg|aac|x-caf)|video\/(mpeg|mp2t)|model\/stl|application\/(x-apple-diskimage|x-tar|dicom|x-blender))$/

/** Whether a file of this partly detected type is never text. */
function isBinary(type: string): boolean {
  return partlyDetected.test(type) && type !== 'model/stl'
}

/** Types detected by two or four bytes only. TGA and other formats can begin with the same bytes. */
const weaklyDetected = /^(audio\/mpeg|image\/x-icon)$/

/** Detects a type from bytes and returns its canonical name. Undefined for text that is claimed to be text. */
function detectFromBytes(
  head: Uint8Array,
  text: boolean,
  sniffed: SniffedType | undefined,
  claimedTypes: readonly string[],
): string | undefined {
  const office = detectOldOfficeType(head, text, claimedTypes)
  if (office) return office
  const markup = markupOf(head)
  // XML that was announced as plain text stays text, because no browser renders that as markup.
  if (markup && (markup.mime !== 'application/xml' || claimedTypes[0] !== 'text/plain')) return markup.mime
  // Text may begin with the words that are signatures of other formats.
  const isDocument = sniffed?.mime.endsWith('/rtf') || decodeAscii(head.subarray(0, 5)) === '%PDF-'
  if (text && claimedTypes.some(isTextual) && !isDocument) return undefined
  // PDF readers accept the signature anywhere in the first 1024 bytes.
  if (
    claimedTypes.some((each) => /pdf|illustrator/.test(each)) &&
    decodeAscii(head.subarray(0, 1024)).includes('%PDF-')
  ) {
    return 'application/pdf'
  }
  const start = decodeAscii(head.subarray(0, 32))
  const signed = typeOfSignature(start)
  if (signed) return signed
  const media = text ? undefined : detectIsoMediaType(head)
  if (media) return media
  // The tag's cover image may be longer than the head, so the audio data after it cannot be detected.
  if (start.startsWith('ID3') && sniffed?.mime === 'audio/mpeg' && id3End(head) >= head.length) {
    return claimedTypes.find((each) => /^audio\/(aac|flac)$/.test(each)) ?? sniffed.mime
  }
  // Office stores a document with a password in a compound file.
  if (sniffed?.mime === 'application/x-cfb' && decodeAscii(head).includes(encryptedPackage)) {
    return claimedTypes.find((each) => /openxmlformats|macroenabled/.test(each)) ?? sniffed.mime
  }
  // `markupOf` decides about XML, because it detects more kinds.
  return sniffed === undefined || sniffed.mime === 'application/xml' ? undefined : canonicalName(sniffed.mime)
}

/** Offset after the ID3 tag in front of music. Its length has seven bits in each of four bytes. */
function id3End(head: Uint8Array): number {
  return 10 + head.subarray(6, 10).reduce((length, byte) => (length << 7) | byte, 0)
}

/** Name of the encrypted stream in UTF-16. */
const encryptedPackage = Array.from('EncryptedPackage').join('\0')

function decodeAscii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

/** Returns the types with this extension, because mime-db and the sniffer name some types differently. */
function canonicalTypesByExtension(extension = ''): readonly string[] {
  return formatsByExtension(extension).flatMap(({ types }) => types.map(canonicalName))
}

/** Returns the types that a file may have by its announced type and its name, and that `accept` matches. */
function acceptedTypes(accept: Accept, file: NamedType): readonly string[] {
  const [likely = octetStream, ...others] = typesOf(file, mediaTypes)
  // A page or a script is also plain text; an image announced as text is not.
  const types = [likely, ...others.filter((each) => each !== 'text/plain' || isTextual(likely))]
  const isNamedByExtension = splitAccept(accept).some(
    (pattern) => pattern.startsWith('.') && matches(pattern, types, file, mediaTypes),
  )
  const typesOfName = formatsByExtension(extensionOf(file.name)).flatMap((format) => format.types)
  // If `accept` names application/octet-stream, a file of unknown type stays that, whatever its extension.
  const candidates =
    baseType(file.type) === octetStream && hasExactType(accept, octetStream) ? [...types, octetStream] : types
  const acceptedCandidates = candidates.filter((each) => acceptsType(accept, each))
  const typesOfExtension = typesOfName.length > 0 ? typesOfName : [octetStream]
  return [
    ...new Set([...acceptedCandidates, ...(isNamedByExtension ? typesOfExtension : [])].map(canonicalName)),
  ]
}

/** Whether `accept` names the file's extension, and no known type has it. */
function isUnknownByName(accept: Accept, name: string): boolean {
  const extension = extensionOf(name)
  return formatsByExtension(extension).length === 0 && splitAccept(accept).includes(`.${extension}`)
}

/** Whether `accept` matches a type, whatever the file's name. */
function acceptsType(accept: Accept, type: string): boolean {
  const patterns = splitAccept(accept)
  const types = namesOf(baseType(type))
  return (
    patterns.length === 0 ||
    hasExactType(accept, type) ||
    patterns.some(
      (pattern) =>
        !pattern.startsWith('.') && pattern.endsWith('*') && matches(pattern, types, unnamedFile, mediaTypes),
    )
  )
}

const unnamedFile: NamedType = { name: '', type: octetStream }

/** Whether `accept` names this exact type, not by a wildcard. */
function hasExactType(accept: Accept, type: string): boolean {
  const base = baseType(type)
  return splitAccept(accept).some((pattern) =>
    pattern.startsWith('.')
      ? formatsByExtension(extensionOf(`a${pattern}`)).some(({ types }) =>
          types.some((each) => sameType(base, each)),
        )
      : sameType(base, pattern),
  )
}

function withCharset(type: string, announced: string): string {
  const charset = /;charset=[\w-]+$/.exec(announced)?.[0] ?? ''
  return type.startsWith('text/') ? baseType(type) + charset : type
}
