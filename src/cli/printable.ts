/**
 * Text of a stranger (a key, a name, an answer) as a terminal may show it: what could move the cursor, forge a line
 * or turn the reading direction is written as an escape.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu, escape)
}

/** The same for text of several lines of our own: line ends stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
