import { MIMEType } from 'whatwg-mimetype'

/** Name of a type or a subtype: RFC 6838, section 4.2. */
const restrictedName = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/
/** Maximum characters of an announced type. Browsers send less, even with the parameters that some recorders add. */
const maxTypeLength = 1000

/**
 * Normalizes an announced type by the MIME Sniffing Standard: lower case, without parameters except a known `charset` of
 * text. Returns undefined for an invalid type, for example a list of types. The type becomes a Content-Type header, and
 * browsers would use the last type of a list.
 */
export function canonicalMimeType(announcedType: string): string | undefined {
  const parsedType = announcedType.length > maxTypeLength ? null : MIMEType.parse(announcedType)
  if (!parsedType || !restrictedName.test(parsedType.type) || !restrictedName.test(parsedType.subtype))
    return undefined
  const charset = parsedType.type === 'text' ? charsetOf(parsedType.parameters.get('charset')) : undefined
  return parsedType.essence + (charset === undefined ? '' : `;charset=${charset}`)
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
