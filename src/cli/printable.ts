/**
 * Makes untrusted text (a key, a name, a response) safe for a terminal: escapes characters that move the cursor, forge
 * a line or change the reading direction.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu, (character) => {
    const codePoint = character.codePointAt(0) ?? 0
    return codePoint < 0x100
      ? `\\x${codePoint.toString(16).padStart(2, '0')}`
      : `\\u{${codePoint.toString(16)}}`
  })
}

/** Escapes a message of several lines as `printable` does, but keeps the line breaks. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
