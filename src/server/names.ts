const maxNameLength = 255
/** S3 allows 2 KB for all system metadata. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const maxEncodedLength = 1000

/** A file's name as people may see it: no path, no control or bidirectional characters, at most 255 of any script. */
export function cleanName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visible = last
    // Cf holds what reverses text on the screen; the joiner of emoji is one of them and stays.
    .replace(/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|(?<![. ])[. ]+$/g, '')
  return shorten(visible, (text) => text.length <= maxNameLength) || 'file'
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
  const inline =
    /^(image\/(?!svg)|video\/|audio\/|application\/pdf$|text\/plain$)/i.test(type.split(';')[0] ?? '') &&
    !/xml/i.test(type)
  const utf8 = encode(shorten(name, (text) => encode(text).length <= maxEncodedLength))
  return `${inline ? 'inline' : 'attachment'}; filename="${keyName(name)}"; filename*=UTF-8''${utf8}`
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
  // By what people see as one character, so that no emoji is cut in two.
  const characters = Array.from(new Intl.Segmenter().segment(base), ({ segment }) => segment)
  let short = name
  while (!fits(short) && characters.pop() !== undefined) short = characters.join('') + extension
  return short
}

function splitName(name: string): { base: string; extension: string } {
  const extension = /\.[a-z0-9]{1,16}$/i.exec(name)?.[0] ?? ''
  const base = name.slice(0, name.length - extension.length)
  return base === '' ? { base: name, extension: '' } : { base, extension }
}
