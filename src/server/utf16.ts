export type Utf16 = 'utf-16le' | 'utf-16be'

/** Characters of text: no control but tab, line feed, form feed and carriage return, nothing private or unassigned. */
const written = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}\t\n\f\r]*$/u
/** Text of more than a word has one of these; arrays of small numbers in 16 bits do not. */
const separator = /[\s,;]/
const ascii = /[\t-~]/g

/** The byte order that a mark announces. */
export function markedUtf16([first, second]: Uint8Array): Utf16 | undefined {
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined
}

/**
 * The byte order of text in UTF-16 without a mark, as SQL Server, Excel macros and PowerShell write it. Ask only about
 * bytes that are no text of 8 bits: any two letters of ASCII are a Chinese character.
 */
export function unmarkedUtf16(head: Uint8Array): Utf16 | undefined {
  const [little, big] = [asciiOf(head, 'utf-16le'), asciiOf(head, 'utf-16be')]
  if (little === undefined && big === undefined) return undefined
  return (little ?? -1) >= (big ?? -1) ? 'utf-16le' : 'utf-16be'
}

/** Returns the number of ASCII characters in this byte order. Undefined if the bytes are not text in it. */
function asciiOf(head: Uint8Array, order: Utf16): number | undefined {
  try {
    // `stream` ignores a character that the end of the head cuts in two.
    const text = new TextDecoder(order, { fatal: true }).decode(head, { stream: true })
    if (!written.test(text) || !separator.test(text)) return undefined
    return text.match(ascii)?.length ?? 0
  } catch {
    return undefined
  }
}
