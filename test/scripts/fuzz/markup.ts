import fc from 'fast-check'
import { detectMarkup } from '../../../src/server/inspection/markup.ts'

const piece = fc.constantFrom(
  '<!--',
  '-->',
  '<!---->',
  '--',
  '>',
  '<?',
  '?>',
  '<?xml ',
  '<!doctype ',
  '<!DOCTYPE html',
  '<!doctype\n\nhtml',
  '[',
  ']',
  '"',
  ' ',
  '\n',
  '\ufeff',
  '<svg ',
  '<a:svg>',
  '<svg',
  '<html>',
  '<script ',
  '<p>',
  '<',
  'a',
  '<!doctype svg [<!ENTITY a "]>">]>',
)
const markup = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  // Long enough to expose backtracking.
  fc.tuple(piece, piece, fc.integer({ min: 1, max: 3000 })).map(([a, b, count]) => (a + b).repeat(count)),
)

/** Reference implementation, one character at a time. It is slow, so it gets short inputs only. */
function reference(whole: string): string | undefined {
  let rest = whole.replace(/^\ufeff/, '')
  const xml = /^\s*<\?xml\s/i.test(rest)
  for (;;) {
    const before = rest
    rest = rest.trimStart()
    if (/^<!doctype\s*html/i.test(rest)) return 'text/html'
    if (/^<!--[^]*?-->/.test(rest)) rest = rest.replace(/^<!--[^]*?-->/, '')
    else if (rest.startsWith('<!--')) break
    else if (/^<\?[^]*?\?>/.test(rest)) rest = rest.replace(/^<\?[^]*?\?>/, '')
    else if (/^<!doctype\s[^>[]*\[[^\]]*\][^>]*>/i.test(rest))
      rest = rest.replace(/^[^[]*\[[^\]]*\][^>]*>/, '')
    else if (/^<!doctype\s[^>[]*\[[^\]]*\]/i.test(rest)) break
    else if (/^<!doctype\s[^>]*>/i.test(rest)) rest = rest.replace(/^[^>]*>/, '')
    if (rest === before) break
  }
  if (/^<(html|head|body|script|style|title|meta|link|base|iframe|object|embed)[\s/>]/i.test(rest))
    return 'text/html'
  if (/^<([^\s<>/:]+:)?svg[\s/>]/i.test(rest)) return 'image/svg+xml'
  return xml ? 'application/xml' : undefined
}

/** Reading markup terminates and finds the same as the reference implementation. */
export const property = fc.property(markup, fc.constantFrom('utf-8', 'utf-16le'), (text, encoding) => {
  const bytes =
    encoding === 'utf-8'
      ? new TextEncoder().encode(text)
      : Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'))
  const found = detectMarkup(bytes)?.mime
  if (text.length > 2000) return
  const expected = reference(text)
  if (found !== expected) throw new Error(`found ${found} instead of ${expected}`)
})
