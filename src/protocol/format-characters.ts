/**
 * Emoji flags of regions such as Scotland. They are a black flag (U+1F3F4), invisible tag characters with the code of
 * the region, and an end tag. https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences
 */
const emojiFlags = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu
const joiners = /[\u200c\u200d]/
/** Format characters that are visible (Arabic, Syriac, Kaithi), and controls that arrange hieroglyphs. */
const visibleFormatCharacters =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}]/u
const emojiCharacters = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3]/u
/** Letters of scripts in which a joiner changes nothing. The joiner would only create another name that looks the same. */
const plainScripts =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Hebrew}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u
/** The zero width space. It ends a word in scripts without spaces. https://www.unicode.org/reports/tr14/#ZW */
const zeroWidthSpace = /\u200b/
const unspacedScripts =
  /[\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Balinese}\p{Script=Javanese}\p{Script=Tibetan}]/u
/** The Mongolian vowel separator. It stands before the last vowel of a word. */
const mongolianSeparator = /\u180e/

/**
 * Removes format characters (Cf), which reverse or hide text. Keeps the format characters that join letters, emoji and
 * flags.
 */
export function removeFormatCharacters(name: string): string {
  const flagEndByStart = new Map(
    Array.from(name.matchAll(emojiFlags), ({ index, 0: flag }) => [index, index + flag.length]),
  )
  let flagEnd = 0
  // Matches format characters (`\p{Cf}`), and also the black flag (U+1F3F4), which is no format character. An emoji
  // flag begins with the black flag, and the invisible tag characters after the black flag must be kept.
  return name.replace(/\u{1f3f4}|\p{Cf}/gu, (char, index: number) => {
    flagEnd = Math.max(flagEnd, flagEndByStart.get(index) ?? 0)
    const isKept = index < flagEnd || char === '\u{1f3f4}' || visibleFormatCharacters.test(char)
    return isKept ||
      (joiners.test(char) && isJoinerNeeded(name, index)) ||
      isSeparatorNeeded(name, char, index)
      ? char
      : ''
  })
}

/** Whether a zero width space or Mongolian vowel separator stands between two letters of a script that needs it. */
function isSeparatorNeeded(name: string, char: string, index: number): boolean {
  const script = zeroWidthSpace.test(char)
    ? unspacedScripts
    : mongolianSeparator.test(char)
      ? /\p{Script=Mongolian}/u
      : undefined
  return (
    script !== undefined &&
    [name.charAt(index - 1), name.charAt(index + 1)].every((neighbor) => script.test(neighbor))
  )
}

/** Whether a joiner changes the letters or emoji beside it. False for the second joiner in a row. */
function isJoinerNeeded(name: string, index: number): boolean {
  const charBefore = Array.from(name.slice(Math.max(0, index - 2), index)).at(-1) ?? ''
  const charAfter = Array.from(name.slice(index + 1, index + 3))[0] ?? ''
  return !joiners.test(charBefore) && (isJoinable(charBefore) || isJoinable(charAfter))
}

function isJoinable(char: string): boolean {
  return emojiCharacters.test(char) || (/[\p{L}\p{M}]/u.test(char) && !plainScripts.test(char))
}
