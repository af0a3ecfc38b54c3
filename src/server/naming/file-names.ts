import { percentEncode } from '../../internal/percent-encoding.ts'
import { baseType, octetStream } from '../../protocol/accept/accept.ts'
import { mainExtension } from '../../protocol/accept/formats.ts'
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
/**
 * Emoji flags of regions such as Scotland. They are a black flag (U+1F3F4), invisible tag characters with the code of
 * the region, and an end tag. https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences
 */
const emojiFlags = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu
const joiners = /[\u200c\u200d]/
/** Format characters that are visible (Arabic, Syriac, Kaithi), and controls that arrange hieroglyphs. */
const visibleFormatCharacters =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}]/u
const emojiCharacters = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3]/u
/** Letters of scripts in which a joiner changes nothing. The joiner would only create another name that looks the same. */
const plainScripts =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Hebrew}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u
/** The zero width space. It ends a word in scripts without spaces. https://www.unicode.org/reports/tr14/#ZW */
const zeroWidthSpace = /\u200b/
const unspacedScripts =
  /[\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Balinese}\p{Script=Javanese}\p{Script=Tibetan}]/u
/** The Mongolian vowel separator. It stands before the last vowel of a word. */
const mongolianSeparator = /\u180e/
const variationSelectors = /([\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu

/**
 * Cleans a file name for display. Removes the path, control characters, and bidirectional and invisible characters
 * except those that words and emoji need. Keeps at most 255 characters of any script.
 */
export function cleanName(name: string): string {
  const lastSegment = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visibleName = removeFormatCharacters(lastSegment.replace(unprintableCharacters, ''))
    .replace(variationSelectors, '$1')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
  return shorten(trimEnd(visibleName), (text) => text.length <= maxNameLength) || 'file'
}

/** Removes format characters (Cf), which reverse or hide text. Keeps those that join letters, emoji and flags. */
function removeFormatCharacters(name: string): string {
  const flagEndByStart = new Map(
    Array.from(name.matchAll(emojiFlags), ({ index, 0: flag }) => [index, index + flag.length]),
  )
  let flagEnd = 0
  // Matches format characters (`\p{Cf}`), and also the black flag (U+1F3F4), which is not one of them. An emoji flag
  // begins with it, and the invisible tag characters after it must be kept.
  return name.replace(/\u{1f3f4}|\p{Cf}/gu, (char, index: number) => {
    flagEnd = Math.max(flagEnd, flagEndByStart.get(index) ?? 0)
    const isKept = index < flagEnd || char === '\u{1f3f4}' || visibleFormatCharacters.test(char)
    return isKept ||
      (joiners.test(char) && isJoinerNeeded(name, index)) ||
      isSeparatorNeeded(name, char, index)
      ? char
      : ''
  })
}

/** Whether a zero width space or Mongolian vowel separator stands between two letters of a script that needs it. */
function isSeparatorNeeded(name: string, char: string, index: number): boolean {
  const script = zeroWidthSpace.test(char)
    ? unspacedScripts
    : mongolianSeparator.test(char)
      ? /\p{Script=Mongolian}/u
      : undefined
  return (
    script !== undefined &&
    [name.charAt(index - 1), name.charAt(index + 1)].every((neighbor) => script.test(neighbor))
  )
}

/** Whether a joiner changes the letters or emoji beside it. False for the second joiner in a row. */
function isJoinerNeeded(name: string, index: number): boolean {
  const charBefore = Array.from(name.slice(Math.max(0, index - 2), index)).at(-1) ?? ''
  const charAfter = Array.from(name.slice(index + 1, index + 3))[0] ?? ''
  return !joiners.test(charBefore) && (isJoinable(charBefore) || isJoinable(charAfter))
}

function isJoinable(char: string): boolean {
  return emojiCharacters.test(char) || (/[\p{L}\p{M}]/u.test(char) && !plainScripts.test(char))
}

/**
 * Removes dots and spaces at the end. Uses a loop, because a regular expression takes quadratic time on long runs of
 * them.
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
  const { base, extension } = splitName(cleanName(name))
  const asciiBase = base
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    // NFKD changes a fullwidth dot (U+FF0E) to `.`. In a name without an extension, it could begin an extension that
    // `nameForType` did not check, so all dots are replaced.
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
