/**
 * Matches a format character (Cf), or a whole emoji flag of a region such as Scotland: a black flag (U+1F3F4), invisible
 * tag characters with the code of the region, and an end tag. https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences
 */
const flagOrFormatCharacter = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}|\p{Cf}/gu
const joiners = /[\u200c\u200d]/
/** Format characters that are visible (Arabic, Syriac, Kaithi), and controls that arrange hieroglyphs. */
const visibleFormatCharacters =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}]/u
const emojiCharacters = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3]/u
/**
 * Letters in which an invisible character changes nothing: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Chinese,
 * Korean and Japanese. The invisible character would only create another name that looks the same.
 */
const plainScripts =
  /[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Armn}\p{sc=Geor}\p{sc=Hebr}\p{sc=Hani}\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}\p{sc=Bopo}]/u
/**
 * The zero width space ends a word in scripts without spaces, for example Thai and Khmer. The Mongolian vowel separator
 * stands before the last vowel of a word. https://www.unicode.org/reports/tr14/#ZW
 */
const separators = /[\u200b\u180e]/

/**
 * Removes format characters (Cf), which reverse or hide text. Keeps the format characters that join letters, emoji and
 * flags.
 */
export function removeFormatCharacters(name: string): string {
  // A match of more than two UTF-16 units is a flag.
  return name.replace(flagOrFormatCharacter, (match, index: number) =>
    match.length > 2 || visibleFormatCharacters.test(match) || isNeeded(name, match, index) ? match : '',
  )
}

/**
 * Whether an invisible character changes the text around it: a separator between two letters of scripts that need it, or
 * a joiner beside such a letter or an emoji. False for the second joiner in a row.
 */
function isNeeded(name: string, char: string, index: number): boolean {
  if (separators.test(char))
    return isScriptLetter(name.charAt(index - 1)) && isScriptLetter(name.charAt(index + 1))
  const charBefore = Array.from(name.slice(Math.max(0, index - 2), index)).at(-1) ?? ''
  const charAfter = Array.from(name.slice(index + 1, index + 3))[0] ?? ''
  return joiners.test(char) && !joiners.test(charBefore) && (isJoinable(charBefore) || isJoinable(charAfter))
}

function isJoinable(char: string): boolean {
  return emojiCharacters.test(char) || isScriptLetter(char)
}

/** Whether a character is a letter or mark of a script in which invisible characters have an effect. */
function isScriptLetter(char: string): boolean {
  return /[\p{L}\p{M}]/u.test(char) && !plainScripts.test(char)
}
