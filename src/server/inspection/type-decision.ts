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
import { isText, detectMarkup, startsWithTag } from './markup.ts'
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
export type TypeDecision =
  | { readonly type: string }
  | { readonly refusal: string; readonly foundType?: string }

/**
 * Chooses the one type that is signed for a file, before its bytes are known. Its announced type and its name allow
 * several types. Chooses the first of them that `accept` matches, and returns its canonical name.
 */
export function chooseSignedType(accept: Accept, { name, type: announcedType }: NamedType): TypeDecision {
  const type = canonicalMimeType(announcedType) ?? octetStream
  const file = { name, type }
  if (!accepts(accept, file, mediaTypes))
    return { refusal: `the route's accept matches neither ${type} nor its name` }
  const [firstType] = acceptedTypes(accept, file)
  if (firstType === undefined) return { refusal: `its name says that it is not ${type}` }
  const refusal = checkActiveContent(accept, firstType)
  return refusal === undefined ? { type: withCharset(firstType, type) } : { refusal }
}

/**
 * Decides the type that an object is stored and served as. Uses the claimed type only where the bytes do not show the
 * type: for kinds of text, and inside a known container format.
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
    (claimedType) => checkActiveContent(accept, claimedType) === undefined,
  )
  const isTextHead = isText(head)
  const foundType = detectFromBytes(head, isTextHead, sniffed, claimedTypes)
  const isReliable = (claimedType: string) =>
    hasKnownContainer(claimedType) || (canDetect(claimedType) && !partlyDetectedTypes.test(claimedType))
  if (foundType !== undefined) {
    const alternativeTypes =
      foundType === canonicalName(sniffed?.mime ?? '') ? canonicalTypesByExtension(sniffed?.ext) : []
    return decideDetectedType([foundType, ...alternativeTypes], claimedTypes, { accept, name, isReliable })
  }

  const fittingType = claimedTypes.find((claimedType) => {
    if (isTextual(claimedType)) return isTextHead && (!isXml(claimedType) || startsWithTag(head))
    if (isReliable(claimedType) || (isTextHead && isAlwaysBinary(claimedType))) return false
    // Browsers sniff the bytes of media. Media that file-type cannot detect is allowed only if `accept` names its type.
    return !/^(image|audio|video|font)\//.test(claimedType) || hasExactType(accept, claimedType)
  })
  if (fittingType === undefined) return { refusal: `its content is not ${claimedTypes[0] ?? baseType(type)}` }
  if (fittingType === octetStream && isTextHead && isUnknownByName(accept, name))
    return { type: 'text/plain' }
  return { type: withCharset(fittingType, type) }
}

function decideDetectedType(
  [foundType, ...alternativeTypes]: readonly [string, ...string[]],
  claimedTypes: readonly string[],
  {
    accept,
    name,
    isReliable,
  }: Pick<ContentFacts, 'accept' | 'name'> & { readonly isReliable: (type: string) => boolean },
): TypeDecision {
  const matchingType =
    claimedTypes.find((claimedType) => sameType(foundType, claimedType)) ??
    claimedTypes.find((claimedType) => alternativeTypes.includes(claimedType) && !isTextual(claimedType)) ??
    claimedTypes.find(
      (claimedType) =>
        mayContain(foundType, claimedType) ||
        ((mayUseContainer(foundType, claimedType) || weaklyDetectedTypes.test(foundType)) &&
          !isReliable(claimedType) &&
          !isTextual(claimedType) &&
          claimedType !== octetStream &&
          hasExactType(accept, claimedType)),
    )
  if (matchingType !== undefined) return { type: matchingType }
  const refusal = checkActiveContent(accept, foundType)
  if (claimedTypes.includes(octetStream) && !acceptsType(accept, foundType)) {
    // An image with an unknown extension stays an image, so that the image limits apply.
    const staysImage =
      foundType.startsWith('image/') && refusal === undefined && isUnknownByName(accept, name)
    return { type: staysImage ? foundType : octetStream }
  }
  if (refusal !== undefined) return { refusal, foundType }
  if (acceptsType(accept, foundType)) return { type: foundType }
  return { refusal: `its content is ${foundType}, which the route does not accept`, foundType }
}

/** Returns the reason to reject active content that `accept` does not name. */
function checkActiveContent(accept: Accept, type: string): string | undefined {
  return isActiveContent(type) && !hasExactType(accept, type)
    ? `${baseType(type)} can run as a page, and the route's accept does not name it`
    : undefined
}

/** Types of which file-type detects only some files: audio without a tag, TGA, binary models and disk images. */
const partlyDetectedTypes =
  /^(image\/(x-tga|x-pcx|vnd\.zbrush\.pcx|emf|wmf)|audio\/(mpeg|aac|x-caf)|video\/(mpeg|mp2t)|model\/stl|application\/(x-apple-diskimage|x-tar|dicom|x-blender))$/

/** Whether files of the type are never text. Of the types in `partlyDetectedTypes`, only STL can be text. */
function isAlwaysBinary(type: string): boolean {
  return partlyDetectedTypes.test(type) && type !== 'model/stl'
}

/** Types that file-type detects by only two or four bytes. TGA and other formats can begin with the same bytes. */
const weaklyDetectedTypes = /^(audio\/mpeg|image\/x-icon)$/

/** Detects a type from bytes and returns its canonical name. Undefined for text that is claimed to be text. */
function detectFromBytes(
  head: Uint8Array,
  isTextHead: boolean,
  sniffed: SniffedType | undefined,
  claimedTypes: readonly string[],
): string | undefined {
  const officeType = detectOldOfficeType(head, isTextHead, claimedTypes)
  if (officeType) return officeType
  const markup = detectMarkup(head)
  // XML that was announced as text/plain stays text/plain, because browsers do not parse text/plain as XML.
  if (markup && (markup.mime !== 'application/xml' || claimedTypes[0] !== 'text/plain')) return markup.mime
  // Ignores file-type for text, because a text may begin with a word that is the signature of another format.
  const isDocument = sniffed?.mime.endsWith('/rtf') || decodeAscii(head.subarray(0, 5)) === '%PDF-'
  if (isTextHead && claimedTypes.some(isTextual) && !isDocument) return undefined
  // PDF readers accept the signature anywhere in the first 1024 bytes.
  if (
    claimedTypes.some((claimedType) => /pdf|illustrator/.test(claimedType)) &&
    decodeAscii(head.subarray(0, 1024)).includes('%PDF-')
  ) {
    return 'application/pdf'
  }
  const start = decodeAscii(head.subarray(0, 32))
  const signatureType = typeOfSignature(start)
  if (signatureType) return signatureType
  const isoMediaType = isTextHead ? undefined : detectIsoMediaType(head)
  if (isoMediaType) return isoMediaType
  // The tag's cover image may be longer than the head, so the audio data after it cannot be detected.
  if (start.startsWith('ID3') && sniffed?.mime === 'audio/mpeg' && endOfId3Tag(head) >= head.length) {
    return claimedTypes.find((claimedType) => /^audio\/(aac|flac)$/.test(claimedType)) ?? sniffed.mime
  }
  // Office stores a document with a password in a compound file.
  if (sniffed?.mime === 'application/x-cfb' && decodeAscii(head).includes(encryptedStreamName)) {
    return claimedTypes.find((claimedType) => /openxmlformats|macroenabled/.test(claimedType)) ?? sniffed.mime
  }
  // Ignores file-type's result for XML, because `detectMarkup` above detects more kinds of XML.
  return sniffed === undefined || sniffed.mime === 'application/xml' ? undefined : canonicalName(sniffed.mime)
}

/** Returns the offset after an ID3 tag. The length of the tag is stored in four bytes, with seven bits in each byte. */
function endOfId3Tag(head: Uint8Array): number {
  return 10 + head.subarray(6, 10).reduce((length, byte) => (length << 7) | byte, 0)
}

/** Name of the stream with the encrypted document, in UTF-16. */
const encryptedStreamName = Array.from('EncryptedPackage').join('\0')

function decodeAscii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

/** Returns the types with this extension, because mime-db and file-type have different names for some types. */
function canonicalTypesByExtension(extension = ''): readonly string[] {
  return formatsByExtension(extension).flatMap(({ types }) => types.map(canonicalName))
}

/** Returns the types that a file may have by its announced type and its name, and that `accept` matches. */
function acceptedTypes(accept: Accept, file: NamedType): readonly string[] {
  const [likelyType = octetStream, ...otherTypes] = typesOf(file, mediaTypes)
  // A textual type, such as HTML or JavaScript, may also be announced as text/plain. An image may not.
  const types = [
    likelyType,
    ...otherTypes.filter((otherType) => otherType !== 'text/plain' || isTextual(likelyType)),
  ]
  const isNamedByExtension = splitAccept(accept).some(
    (pattern) => pattern.startsWith('.') && matches(pattern, types, file, mediaTypes),
  )
  const typesOfName = formatsByExtension(extensionOf(file.name)).flatMap((format) => format.types)
  // If `accept` names application/octet-stream, a file that was announced with this type may keep it.
  const candidates =
    baseType(file.type) === octetStream && hasExactType(accept, octetStream) ? [...types, octetStream] : types
  const acceptedCandidates = candidates.filter((candidate) => acceptsType(accept, candidate))
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
          types.some((knownType) => sameType(base, knownType)),
        )
      : sameType(base, pattern),
  )
}

function withCharset(type: string, announcedType: string): string {
  const charset = /;charset=[\w-]+$/.exec(announcedType)?.[0] ?? ''
  return type.startsWith('text/') ? baseType(type) + charset : type
}
