import { markupOf, textOf } from './markup.ts'

const excel = 'application/vnd.ms-excel'
const word = 'application/msword'

/** BIFF 2 to 5 without a compound file; Write and Word 2. */
const marks: readonly (readonly [mark: RegExp, type: string])[] = [
  [/^\t(\0\x04|\x02\x06|\x04\x06|\x08[\x08\x10])\0/, excel],
  [/^(1\xbe\0\0|\xdb\xa5)/, word],
]
/** What Office and those who write for it put into a page. */
const officePage = /<table[\s>]|urn:schemas-microsoft-com:office/i
const scriptTag = /<script[\s/>]/i

/**
 * What is claimed to be of Word or Excel before 2007, where both open the bytes although they are no compound file: text,
 * mail with parts, tables in HTML, and older formats. Browsers only download these types.
 */
export function oldOfficeType(
  head: Uint8Array,
  text: boolean,
  claimed: readonly string[],
): string | undefined {
  const type = claimed.find((each) => each === excel || each === word)
  if (type === undefined) return undefined
  if (!text) {
    const start = new TextDecoder('latin1').decode(head.subarray(0, 8))
    return marks.find(([mark, of]) => of === type && mark.test(start))?.[1]
  }
  const markup = markupOf(head)
  if (markup === undefined) return /^\s*(%PDF-|\{\\rtf)/.test(textOf(head)) ? undefined : type
  if (markup.mime !== 'text/html') return undefined
  const page = textOf(head)
  return officePage.test(page) && !scriptTag.test(page) ? type : undefined
}
