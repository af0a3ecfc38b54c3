import { baseType } from '../protocol/accept.ts'
import { mainExtension } from '../protocol/formats.ts'
import { formatsOf, isTextual, mediaTypes, octets, runsAsPage, sameType } from './media-types.ts'
import { canonicalMimeType } from './mime-type.ts'
import { wraps } from './wrappings.ts'

const maxNameLength = 255
/** S3 allows 2 KB for all system metadata. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const maxEncodedLength = 1000
const maxSegmented = 1024

/** Control characters, halves of surrogates, private ones, separators of lines, and blanks that look like nothing. */
const unprintable = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\u3164\uffa0]/gu
/** https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences: a black flag, the region's code, an end. */
const flags = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu
const joiners = /[\u200c\u200d]/
/** Signs of Arabic, Syriac and Kaithi that are seen, and controls that arrange hieroglyphs. */
const visibleFormat = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}]/u
const emoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3]/u
/** Scripts of which a joiner changes no letter: there it only makes two names that look the same. */
const plainScript =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Hebrew}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u
/** Between letters of scripts without spaces it ends a word: https://www.unicode.org/reports/tr14/#ZW */
const wordEnd = /\u200b/
const unspaced =
  /[\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Balinese}\p{Script=Javanese}\p{Script=Tibetan}]/u
/** It is written before the last vowel of a word. */
const mongolianSeparator = /\u180e/
const variation = /([\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu

/**
 * A file's name as people may see it: no path, no control, bidirectional or invisible characters but those that belong to
 * words and emoji, at most 255 characters of any script.
 */
export function cleanName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visible = withoutFormat(last.replace(unprintable, ''))
    .replace(variation, '$1')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
  return shorten(withoutEnd(visible), (text) => text.length <= maxNameLength) || 'file'
}

/** Cf holds what reverses or hides text on the screen, and what joins letters, emoji and flags: that stays. */
function withoutFormat(name: string): string {
  const ends = new Map(Array.from(name.matchAll(flags), ({ index, 0: flag }) => [index, index + flag.length]))
  let flagEnd = 0
  // The flag itself is no format character, and matches first.
  return name.replace(/\u{1f3f4}|\p{Cf}/gu, (char, at: number) => {
    flagEnd = Math.max(flagEnd, ends.get(at) ?? 0)
    const stays = at < flagEnd || char === '\u{1f3f4}' || visibleFormat.test(char)
    return stays || (joiners.test(char) && joinsAt(name, at)) || separatesAt(name, char, at) ? char : ''
  })
}

/** Whether an invisible character separates letters that its script writes so. */
function separatesAt(name: string, char: string, at: number): boolean {
  const script = wordEnd.test(char)
    ? unspaced
    : mongolianSeparator.test(char)
      ? /\p{Script=Mongolian}/u
      : undefined
  return script !== undefined && [name.charAt(at - 1), name.charAt(at + 1)].every((each) => script.test(each))
}

/** Whether a joiner, and not the second one in a row, is between letters or emoji that it changes. */
function joinsAt(name: string, at: number): boolean {
  const before = Array.from(name.slice(Math.max(0, at - 2), at)).at(-1) ?? ''
  const after = Array.from(name.slice(at + 1, at + 3))[0] ?? ''
  return !joiners.test(before) && (isJoined(before) || isJoined(after))
}

function isJoined(char: string): boolean {
  return emoji.test(char) || (/[\p{L}\p{M}]/u.test(char) && !plainScript.test(char))
}

/** Without dots and spaces at its end. A pattern for that looks at each run of them again from each of its characters. */
function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end -= 1
  return name.slice(0, end)
}

/** The name with an extension that fits the type under which the file is stored: nobody's download may become a page. */
export function nameFor(name: string, type: string): string {
  const { base, extension } = splitName(name)
  const own = baseType(type)
  if (extension === '' || fitsType(extension.slice(1).toLowerCase(), own)) return name
  const usual = mainExtension(own) ?? mediaTypes.byType(own)[0]?.extensions[0] ?? 'bin'
  return `${base}.${usual}`
}

function fitsType(extension: string, type: string): boolean {
  const formats = formatsOf(extension)
  const types = formats.flatMap((format) => format.types)
  const [usual] = types
  if (usual === undefined || types.includes(type)) return true
  if (types.some(runsAsPage) && !runsAsPage(type)) return false
  return (
    type === octets ||
    types.some((each) => sameType(each, type) || wraps(type, each) || wraps(each, type)) ||
    (isTextual(type) && isTextual(usual))
  )
}

/** A file's name as part of a key: ASCII letters, digits, `.`, `_` and `-`; the extension in lower case. */
export function keyName(name: string): string {
  const { base, extension } = splitName(cleanName(name))
  const plain = base
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/([.-])[.-]+/g, '$1')
    .replace(/^[.-]+|(?<![.-])[.-]+$/g, '')
  return (plain.slice(0, 80).replace(/(?<![.-])[.-]+$/, '') || 'file') + extension.toLowerCase()
}

/** One segment of a key, of text that an app chose: a user's id. */
export function keySegment(text: string): string {
  return text.replace(/[^\w@-]+/g, '-').slice(0, 64) || '-'
}

/**
 * Tells browsers the file's name, in ASCII and in UTF-8 (RFC 6266 and 8187), and to show in place only what cannot
 * run as a page: everything else is downloaded.
 */
export function contentDisposition(name: string, type: string): string {
  const canonical = canonicalMimeType(type) ?? octets
  const inline =
    /^(image|video|audio)\/|^application\/pdf$|^text\/plain(;|$)/.test(canonical) && !runsAsPage(canonical)
  const fitting = nameFor(name, canonical)
  const utf8 = encode(shorten(fitting, (text) => encode(text).length <= maxEncodedLength))
  return `${inline ? 'inline' : 'attachment'}; filename="${keyName(fitting)}"; filename*=UTF-8''${utf8}`
}

/** RFC 8187: encodeURIComponent leaves five characters that a header's extended value must not have. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Takes characters off the end of the base until the whole fits; the extension stays. */
function shorten(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name
  const { base, extension } = splitName(name)
  // By what people see as one character, so that no emoji is cut in two. The time of a segmenter grows with the square of
  // its text, and more than this fits nowhere.
  const ends = Array.from(new Intl.Segmenter().segment(base.slice(0, maxSegmented)), ({ index }) => index)
  let [short, long] = [0, ends.length]
  while (long - short > 1) {
    const middle = (short + long) >> 1
    if (fits(base.slice(0, ends[middle]) + extension)) short = middle
    else long = middle
  }
  // One character may have more marks than fit.
  return (base.slice(0, ends[short]) || 'file') + extension
}

function splitName(name: string): { base: string; extension: string } {
  const extension = /\.[a-z0-9]{1,16}$/i.exec(name)?.[0] ?? ''
  const base = name.slice(0, name.length - extension.length)
  return base === '' ? { base: name, extension: '' } : { base, extension }
}
