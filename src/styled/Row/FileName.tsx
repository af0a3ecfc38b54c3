/** Names of at most this many letters are never cut. */
const maxUncutLetters = 24
/** Number of letters before the extension that are never cut. */
const lettersBeforeExtension = 4
/** Maximum number of letters at the end of a name that are never cut. */
const maxTailLetters = 14

/**
 * Shows a file name on one line. A long name is cut in the middle, so that the extension and some letters before it
 * stay. It is cut only between letters as people see them. In a path, the folders are cut before the name.
 */
export function FileName({ name }: { readonly name: string }) {
  const [, folder = '', ownName = name] = /^(.*\/)?(.*)$/s.exec(name) ?? []
  const letters = graphemesOf(ownName)
  const isShort = letters.length <= maxUncutLetters
  const extensionLength = /\.[^\s.]{1,9}$/.exec(ownName)?.[0].length ?? 0
  const tailLength = isShort ? 0 : Math.min(maxTailLetters, extensionLength + lettersBeforeExtension)
  const start = letters.slice(0, letters.length - tailLength).join('')
  const tail = letters.slice(letters.length - tailLength).join('')
  return (
    <bdi className="putaway-name-line" title={isShort && folder === '' ? undefined : name}>
      {folder && <span className="putaway-path">{folder}</span>}
      <span className="putaway-name-start">{start}</span>
      {tail && <span className="putaway-name-end">{tail}</span>}
    </bdi>
  )
}

let segmenter: Intl.Segmenter | undefined

/**
 * Splits a text into letters as people see them. First composes the letters (NFC), because macOS stores a letter with
 * an accent, or a Hangul letter, as several characters.
 */
function graphemesOf(text: string): string[] {
  const composedText = text.normalize('NFC')
  // Firefox has `Intl.Segmenter` only since version 125.
  if (!Intl.Segmenter) return Array.from(composedText)
  segmenter ??= new Intl.Segmenter()
  return Array.from(segmenter.segment(composedText), ({ segment }) => segment)
}
