import { detectMarkup, decodeHead } from './markup.ts'

const excelType = 'application/vnd.ms-excel'
const wordType = 'application/msword'

/** First bytes of BIFF 2 to 5, Write and Word 2, which are not compound files. */
const oldOfficeSignatures: readonly (readonly [signature: string, type: string])[] = [
  ['\x09\x00\x04\x00', excelType],
  ['\x09\x02\x06\x00', excelType],
  ['\x09\x04\x06\x00', excelType],
  ['\x09\x08\x08\x00', excelType],
  ['\x09\x08\x10\x00', excelType],
  ['1\xbe\x00\x00', wordType],
  ['\xdb\xa5', wordType],
]
/** Matches an HTML page that a program exported for Office. */
const officePage = /<table[\s>]|urn:schemas-microsoft-com:office/i
const scriptTag = /<script[\s/>]/i

/**
 * Returns the claimed type of a .doc or .xls file that is not a compound file, but that Office opens. Such files contain
 * text, MHTML, tables in HTML, or formats from before 1995. Browsers only download the types of Office.
 */
export function detectOldOfficeType(
  head: Uint8Array,
  isPlainText: boolean,
  claimedTypes: readonly string[],
): string | undefined {
  const type = claimedTypes.find((claimedType) => claimedType === excelType || claimedType === wordType)
  if (type === undefined) return undefined
  if (!isPlainText) {
    const start = new TextDecoder('latin1').decode(head.subarray(0, 8))
    return oldOfficeSignatures.find(
      ([signature, signatureType]) => signatureType === type && start.startsWith(signature),
    )?.[1]
  }
  const markup = detectMarkup(head)
  if (markup === undefined) return /^\s*(%PDF-|\{\\rtf)/.test(decodeHead(head)) ? undefined : type
  if (markup.mime !== 'text/html') return undefined
  const html = decodeHead(head)
  return officePage.test(html) && !scriptTag.test(html) ? type : undefined
}
