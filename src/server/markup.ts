import type { SniffedType } from './content.ts'

/** Bytes that no text has: https://mimesniff.spec.whatwg.org/#binary-data-byte */
function isBinary(byte: number): boolean {
  return byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f)
}

/** Whether the bytes can be text: in UTF-16 they must say so by a mark. */
export function isText(head: Uint8Array): boolean {
  const [first, second] = head
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) return true
  return !head.some(isBinary)
}

/** HTML, SVG or XML, by what comes first that is neither space nor a comment. file-type knows only XML that says so. */
export function markupOf(head: Uint8Array): SniffedType | undefined {
  if (!isText(head)) return undefined
  const start = textOf(head.subarray(0, 8192)).replace(/^\ufeff/, '')
  const rest = start.replace(/^(\s+|<!--[^]*?-->|<\?[^]*?\?>|<!doctype\s[^>[]*(\[[^\]]*\])?[^>]*>)*/i, '')

  if (/^\s*(<!--[^]*?-->\s*)*<!doctype html/i.test(start) || htmlStart.test(rest)) {
    return { mime: 'text/html', ext: 'html' }
  }
  if (/^<(\w+:)?svg[\s/>]/i.test(rest)) return { mime: 'image/svg+xml', ext: 'svg' }
  return /^\s*<\?xml\s/i.test(start) ? { mime: 'application/xml', ext: 'xml' } : undefined
}

const htmlStart = /^<(html|head|body|script|style|title|meta|link|base|iframe|object|embed)[\s/>]/i

function textOf(head: Uint8Array): string {
  const wide = head[0] === 0xfe ? 'utf-16be' : head[0] === 0xff ? 'utf-16le' : 'utf-8'
  return new TextDecoder(wide).decode(head)
}
