import { MIMEType } from 'whatwg-mimetype'

/** RFC 6838 4.2 */
const restrictedName = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/
/** Maximum characters of an announced type. Browsers send less, even with the parameters that some recorders add. */
const maxTypeLength = 1000

/**
 * Normalizes an announced type by the MIME Sniffing Standard: lower case, without parameters except a known `charset`
 * of text. The type becomes a header, and browsers use the last of several types in a header. Undefined for an invalid
 * type.
 */
export function canonicalMimeType(announced: string): string | undefined {
  const parsed = announced.length > maxTypeLength ? null : MIMEType.parse(announced)
  if (!parsed || !restrictedName.test(parsed.type) || !restrictedName.test(parsed.subtype)) return undefined
  const charset = parsed.type === 'text' ? charsetOf(parsed.parameters.get('charset')) : undefined
  return parsed.essence + (charset === undefined ? '' : `;charset=${charset}`)
}

/** Encodings in which ASCII bytes may mean other characters, so that a page can pass a check as plain text. */
const unlikeAscii = /^utf-16|^iso-2022|^x-user-defined$|^replacement$/

/** Returns the Encoding Standard's name of a charset. UTF-7 is not one of its encodings. */
function charsetOf(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    const { encoding } = new TextDecoder(label)
    return unlikeAscii.test(encoding) ? undefined : encoding
  } catch {
    return undefined
  }
}
