/** A MIME type without its parameters, by the names of RFC 6838, section 4.2. */
const typePattern =
  /^[ \t\n\r]*([a-z0-9][a-z0-9!#$&^_.+-]{0,126})\/([a-z0-9][a-z0-9!#$&^_.+-]{0,126})[ \t\n\r]*(?=;|$)/i
/** A parameter with a value in quotes or without. A quotation mark may be missing at the end. */
const parameterPattern = /;[ \t\n\r]*([^;=]*)(?:=(?:"((?:[^"\\]|\\[^]?)*)[^;]*|([^;]*)))?/g
const trailingWhitespace = /[ \t\n\r]+$/
/** Maximum characters of an announced type. Browsers send less, even with the parameters that some recorders add. */
const maxTypeLength = 1000

/**
 * Normalizes an announced type by the MIME Sniffing Standard: lower case, without parameters except a known `charset` of
 * text. Returns undefined for an invalid type, for example a list of types. The type becomes a Content-Type header, and
 * browsers would use the last type of a list. The package whatwg-mimetype is not used, because it is 3.8 KiB of a Worker
 * and its other functions are not needed. A test compares the results with it.
 */
export function canonicalMimeType(announcedType: string): string | undefined {
  if (announcedType.length > maxTypeLength) return undefined
  const text = announcedType.replace(trailingWhitespace, '')
  const [matched, type = '', subtype = ''] = typePattern.exec(text) ?? []
  if (matched === undefined) return undefined
  const charset = /^text$/i.test(type) ? charsetOf(readCharset(text.slice(matched.length))) : undefined
  return `${type}/${subtype}`.toLowerCase() + (charset === undefined ? '' : `;charset=${charset}`)
}

/** Returns the value of the first valid parameter `charset`. */
function readCharset(parameters: string): string | undefined {
  for (const [, name = '', quotedValue, plainValue = ''] of parameters.matchAll(parameterPattern)) {
    const value = quotedValue?.replace(/\\([^])/g, '$1') ?? plainValue.replace(trailingWhitespace, '')
    const isEmpty = quotedValue === undefined && value === ''
    if (/^charset$/i.test(name) && !isEmpty && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  }
  return undefined
}

/** Encodings in which ASCII bytes may mean other characters. In such an encoding, the check for HTML would not find tags. */
const nonAsciiEncodings = /^utf-16|^iso-2022|^x-user-defined$|^replacement$/

/** Returns the Encoding Standard's name of a charset. UTF-7 is not one of its encodings. */
function charsetOf(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    const { encoding } = new TextDecoder(label)
    return nonAsciiEncodings.test(encoding) ? undefined : encoding
  } catch {
    return undefined
  }
}
