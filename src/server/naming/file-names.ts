import { percentEncode } from '../../internal/percent-encoding.ts'
import { baseType, octetStream } from '../../protocol/accept/accept.ts'
import { mainExtension } from '../../protocol/accept/formats.ts'
import { removeFormatCharacters } from '../../protocol/format-characters.ts'
import {
  formatsByExtension,
  isTextual,
  mediaTypes,
  isActiveContent,
  sameType,
} from '../inspection/media-types.ts'
import { canonicalMimeType } from '../inspection/mime-type.ts'
import { mayContain } from '../inspection/container-types.ts'

const maxNameLength = 255
/** S3 allows 2 KB for all system metadata. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const maxEncodedLength = 1000
const maxSegmentedLength = 1024

/** Control characters, lone surrogates, private use characters, line separators, and letters that look blank. */
const unprintableCharacters = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\u3164\uffa0]/gu
const variationSelectors = /([\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu

/**
 * Cleans a file name for display. Removes the path, control characters, and bidirectional and invisible characters
 * except those that words and emoji need. Keeps at most 255 characters of any script.
 */
export function sanitizeName(name: string): string {
  const lastSegment = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visibleName = removeFormatCharacters(lastSegment.replace(unprintableCharacters, ''))
    .replace(variationSelectors, '$1')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
  return shorten(trimEnd(visibleName), (text) => text.length <= maxNameLength) || 'file'
}

/**
 * Removes dots and spaces at the end. Uses a loop, because a regular expression takes quadratic time for many dots or
 * spaces in a row.
 */
function trimEnd(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end -= 1
  return name.slice(0, end)
}

/** Returns the name with an extension that fits the stored type, so that a download cannot become a page. */
export function nameForType(name: string, type: string): string {
  const { base, extension } = splitName(name)
  const mimeType = baseType(type)
  if (extension === '' || fitsType(extension.slice(1).toLowerCase(), mimeType)) return name
  const usualExtension = mainExtension(mimeType) ?? mediaTypes.byType(mimeType)[0]?.extensions[0] ?? 'bin'
  return `${base}.${usualExtension}`
}

/** Returns the path of a file in a folder with an extension that fits the stored type. */
export function pathForType(path: string, type: string): string {
  const start = path.lastIndexOf('/') + 1
  return path.slice(0, start) + nameForType(path.slice(start), type)
}

function fitsType(extension: string, type: string): boolean {
  const formats = formatsByExtension(extension)
  const types = formats.flatMap((format) => format.types)
  const [usualType] = types
  if (usualType === undefined || types.includes(type)) return true
  if (types.some(isActiveContent) && !isActiveContent(type)) return false
  return (
    type === octetStream ||
    types.some(
      (knownType) => sameType(knownType, type) || mayContain(type, knownType) || mayContain(knownType, type),
    ) ||
    (isTextual(type) && isTextual(usualType))
  )
}

/** Converts a file name to a key segment: ASCII letters, digits, `.`, `_` and `-`; the extension in lower case. */
export function keyName(name: string): string {
  const { base, extension } = splitName(sanitizeName(name))
  const asciiBase = base
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    // NFKD changes a fullwidth dot (U+FF0E) to `.`. In a name without an extension, such a dot could begin an extension
    // that `nameForType` did not check, so all dots are replaced.
    .replace(extension === '' ? /[^\w-]+/g : /[^\w.-]+/g, '-')
    .replace(/([.-])[.-]+/g, '$1')
    .replace(/^[.-]+|(?<![.-])[.-]+$/g, '')
  return (asciiBase.slice(0, 80).replace(/(?<![.-])[.-]+$/, '') || 'file') + extension.toLowerCase()
}

/** Converts app text, such as a user's id, to a key segment of at most 64 characters. */
export function keySegment(text: string): string {
  return text.replace(/[^\w@-]+/g, '-').slice(0, 64) || '-'
}

/** Whether browsers may show a canonical type. These are media, PDF and plain text, which cannot run scripts. */
export function isInlineType(type: string): boolean {
  return /^(image|video|audio)\/|^application\/pdf$|^text\/plain(;|$)/.test(type) && !isActiveContent(type)
}

/**
 * Returns a Content-Disposition with the file name in ASCII and UTF-8 (RFC 6266 and 8187). It is `inline` for types
 * that browsers may show, and `attachment` (a download) for all others. With `isDownload` it is always `attachment`.
 */
export function contentDisposition(name: string, type: string, isDownload = false): string {
  const canonicalType = canonicalMimeType(type) ?? octetStream
  const isInline = !isDownload && isInlineType(canonicalType)
  const fittingName = nameForType(name, canonicalType)
  const shortName = shorten(fittingName, (text) => percentEncode(text).length <= maxEncodedLength)
  // Corrects the extension again, because a name without an extension may have been cut after ".html".
  const encodedName = percentEncode(nameForType(shortName, canonicalType))
  return `${isInline ? 'inline' : 'attachment'}; filename="${keyName(fittingName)}"; filename*=UTF-8''${encodedName}`
}

/** Removes characters before the extension until the name fits. Keeps the extension. */
function shorten(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name
  const { base, extension } = splitName(name)
  // Cuts between grapheme clusters, so that no emoji is split. Segments only the first 1024 characters, because
  // Intl.Segmenter takes quadratic time and all limits are shorter.
  const clusterStarts = Array.from(
    new Intl.Segmenter().segment(base.slice(0, maxSegmentedLength)),
    ({ index }) => index,
  )
  let [low, high] = [0, clusterStarts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fits(base.slice(0, clusterStarts[middle]) + extension)) low = middle
    else high = middle
  }
  // One grapheme cluster may be longer than the limit.
  return (base.slice(0, clusterStarts[low]) || 'file') + extension
}

function splitName(name: string): { base: string; extension: string } {
  const extension = /\.[a-z0-9]{1,16}$/i.exec(name)?.[0] ?? ''
  const base = name.slice(0, name.length - extension.length)
  return base === '' ? { base: name, extension: '' } : { base, extension }
}
