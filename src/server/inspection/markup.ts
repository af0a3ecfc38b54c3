import type { SniffedType } from './sniff.ts'
import { readByteOrderMark, detectByteOrder } from './utf16.ts'

/** Whether the MIME Sniffing Standard forbids the byte in text: https://mimesniff.spec.whatwg.org/#binary-data-byte */
function isBinaryByte(byte: number): boolean {
  return byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f)
}

/** Whether the bytes can be text, in UTF-8, UTF-16 or any 8-bit encoding. */
export function isText(head: Uint8Array): boolean {
  return readByteOrderMark(head) !== undefined || isEightBitText(head) || detectByteOrder(head) !== undefined
}

/** Whether the bytes can be text in UTF-8 or an 8-bit encoding. Ignores Ctrl-Z at the end, which DOS programs write. */
function isEightBitText(head: Uint8Array): boolean {
  return !head.subarray(0, head.findLastIndex((byte) => byte !== 0x1a) + 1).some(isBinaryByte)
}

const htmlStart = /<(html|head|body|script|style|title|meta|link|base|iframe|object|embed)[\s/>]/iy
const htmlDoctype = /<!doctype\s*html/iy
const svgStart = /<([^\s<>/:]+:)?svg[\s/>]/iy
const xmlStart = /\s*<\?xml\s/iy

/**
 * Detects HTML, SVG or XML by the first token after space and comments. file-type detects only XML with a declaration.
 */
export function detectMarkup(head: Uint8Array): SniffedType | undefined {
  if (!isText(head)) return undefined
  const text = decodeHead(head)
  const { rootOffset, isHtml } = readProlog(text)
  if (isHtml || startsAt(htmlStart, text, rootOffset)) return { mime: 'text/html', ext: 'html' }
  if (startsAt(svgStart, text, rootOffset)) return { mime: 'image/svg+xml', ext: 'svg' }
  return startsAt(xmlStart, text, 0) ? { mime: 'application/xml', ext: 'xml' } : undefined
}

/** Whether a text begins like an XML document. */
export function startsWithTag(head: Uint8Array): boolean {
  return startsAt(/\s*</y, decodeHead(head), 0)
}

/**
 * Skips space, comments, processing instructions and doctypes. Returns the offset after them, and whether a doctype is
 * HTML. Uses a loop, because a regular expression with repeated alternatives would take exponential time for 400 bytes
 * of comments.
 */
function readProlog(text: string): { readonly rootOffset: number; readonly isHtml: boolean } {
  const spaces = /\s*/y
  const lastBracket = text.lastIndexOf(']')
  let offset = 0
  for (;;) {
    spaces.lastIndex = offset
    spaces.test(text)
    offset = spaces.lastIndex
    if (startsAt(htmlDoctype, text, offset)) return { rootOffset: offset, isHtml: true }
    const end = text.startsWith('<!--', offset)
      ? skipPast('-->', text, offset + 4)
      : text.startsWith('<?', offset)
        ? skipPast('?>', text, offset + 2)
        : startsAt(doctype, text, offset)
          ? skipDoctype(text, offset, lastBracket)
          : undefined
    if (end === undefined) return { rootOffset: offset, isHtml: false }
    offset = end
  }
}

const doctype = /<!doctype\s/iy
const doctypeStop = /[>[]/g

/**
 * Returns the offset after a doctype, which ends at its first `>` outside of `[…]`. Ignores a `[` without a `]`, because
 * an HTML doctype has no brackets.
 */
function skipDoctype(text: string, from: number, lastBracket: number): number | undefined {
  doctypeStop.lastIndex = from
  const stopMatch = doctypeStop.exec(text)
  if (!stopMatch) return undefined
  // Compares with `lastBracket` first. Otherwise each doctype would search the rest of the text for a missing
  // bracket, which takes quadratic time.
  const hasSubset = stopMatch[0] === '[' && stopMatch.index < lastBracket
  return skipPast('>', text, hasSubset ? text.indexOf(']', stopMatch.index) : stopMatch.index)
}

function skipPast(terminator: string, text: string, from: number): number | undefined {
  const index = text.indexOf(terminator, from)
  return index === -1 ? undefined : index + terminator.length
}

function startsAt(pattern: RegExp, text: string, offset: number): boolean {
  pattern.lastIndex = offset
  return pattern.test(text)
}

/** Decodes the first bytes of a text. Call it only if `isText` is true. */
export function decodeHead(head: Uint8Array): string {
  const encoding = readByteOrderMark(head) ?? (isEightBitText(head) ? undefined : detectByteOrder(head))
  // The decoder removes the byte order mark.
  return new TextDecoder(encoding ?? 'utf-8').decode(head)
}
