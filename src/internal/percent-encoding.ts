/**
 * Encodes all characters except the unreserved ones of RFC 3986. encodeURIComponent leaves five more characters
 * unencoded.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
