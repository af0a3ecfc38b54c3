/** What may come in, as in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list of such. */
export type Accept = string | readonly string[]

/** The single patterns of an accept, lower case: MIME types, `type/*` and `.extension`. */
export function acceptPatterns(accept: Accept): string[] {
  // A list as a text is joined by commas too.
  return String(accept)
    .split(',')
    .map((pattern) => pattern.trim().toLowerCase())
    .filter(Boolean)
}

/**
 * Whether a file may come in. By extension or by MIME type, as browsers do for their picker
 * (https://html.spec.whatwg.org/multipage/input.html#attr-input-accept). No pattern at all accepts everything.
 */
export function accepts(accept: Accept, file: { readonly name: string; readonly type: string }): boolean {
  const patterns = acceptPatterns(accept)
  const name = file.name.toLowerCase()
  const type = baseType(file.type)
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => {
      if (pattern === '*' || pattern === '*/*') return true
      if (pattern.startsWith('.')) return name.endsWith(pattern)
      if (pattern.endsWith('/*')) return type.startsWith(pattern.slice(0, -1))
      return type === pattern
    })
  )
}

/** A MIME type without its parameters: `text/plain;charset=utf-8` is `text/plain`. */
export function baseType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
