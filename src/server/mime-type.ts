import { MIMEType } from 'whatwg-mimetype'

/** RFC 6838 4.2 */
const restrictedName = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/
/** No browser announces more; some recorders add parameters. */
const maxLength = 1000

/**
 * A type that is announced, parsed by the MIME Sniffing Standard and written again: lower case, no parameter but a known
 * `charset` of text. It becomes a header, and browsers take the last of several types that a header lists. Undefined where
 * it is no MIME type.
 */
export function canonicalMimeType(announced: string): string | undefined {
  const parsed = announced.length > maxLength ? null : MIMEType.parse(announced)
  if (!parsed || !restrictedName.test(parsed.type) || !restrictedName.test(parsed.subtype)) return undefined
  const charset = parsed.type === 'text' ? charsetOf(parsed.parameters.get('charset')) : undefined
  return parsed.essence + (charset === undefined ? '' : `;charset=${charset}`)
}

/** In these a byte of ASCII may mean something else, so that a page can look like text to whoever checks it. */
const unlikeAscii = /^utf-16|^iso-2022|^x-user-defined$|^replacement$/

/** The name that the Encoding Standard has for it. UTF-7 is no encoding there. */
function charsetOf(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    const { encoding } = new TextDecoder(label)
    return unlikeAscii.test(encoding) ? undefined : encoding
  } catch {
    return undefined
  }
}
