/**
 * Compiles an IAM pattern with `*` and `?`. A lookahead matches each piece between two stars at its first occurrence and
 * does not backtrack. With `.*` for each star, the time would be O(length ^ stars).
 */
export function compilePattern(pattern: string, flags = 's') {
  const pieces = pattern
    .split(/\*+/)
    .map((piece) => piece.replace(/[\\^$.|+()[\]{}]/g, '\\$&').replaceAll('?', '.'))
  const [first = '', ...others] = pieces
  const last = others.pop()
  const between = others.map((piece, index) => `(?=(.*?${piece}))\\${index + 1}`).join('')
  return new RegExp(`^${first}${between}${last === undefined ? '' : `.*${last}`}$`, flags)
}
