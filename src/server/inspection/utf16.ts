export type Utf16Encoding = 'utf-16le' | 'utf-16be'

/**
 * Matches a text without private and unassigned characters, and without control characters except tab, line feed, form
 * feed and carriage return.
 */
const textPattern = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}\t\n\f\r]*$/u
/** Matches a space, comma or semicolon, as in every text of several words. Arrays of small 16-bit numbers have none. */
const wordSeparator = /[\s,;]/
const asciiCharacters = /[\t-~]/g

/** Returns the byte order of the byte order mark (BOM), if there is one. */
export function readByteOrderMark([firstByte, secondByte]: Uint8Array): Utf16Encoding | undefined {
  if (firstByte === 0xfe && secondByte === 0xff) return 'utf-16be'
  return firstByte === 0xff && secondByte === 0xfe ? 'utf-16le' : undefined
}

/**
 * Detects the byte order of UTF-16 text without a byte order mark, as SQL Server, Excel macros and PowerShell write
 * it. Pass only bytes that are not 8-bit text, because two ASCII letters together are one Chinese character in
 * UTF-16.
 */
export function detectByteOrder(head: Uint8Array): Utf16Encoding | undefined {
  const [littleEndianCount, bigEndianCount] = [countAscii(head, 'utf-16le'), countAscii(head, 'utf-16be')]
  if (littleEndianCount === undefined && bigEndianCount === undefined) return undefined
  return (littleEndianCount ?? -1) >= (bigEndianCount ?? -1) ? 'utf-16le' : 'utf-16be'
}

/**
 * Returns the number of ASCII characters in this byte order. Undefined if the bytes are not text in this byte order.
 */
function countAscii(head: Uint8Array, byteOrder: Utf16Encoding): number | undefined {
  try {
    // `stream` ignores a character that the end of the head cuts in two.
    const text = new TextDecoder(byteOrder, { fatal: true }).decode(head, { stream: true })
    if (!textPattern.test(text) || !wordSeparator.test(text)) return undefined
    return text.match(asciiCharacters)?.length ?? 0
  } catch {
    return undefined
  }
}
