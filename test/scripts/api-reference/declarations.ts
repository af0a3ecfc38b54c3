/** One top-level statement of a declaration file (`.d.ts`). */
export interface Declaration {
  readonly name: string
  readonly kind: 'function' | 'class' | 'const' | 'interface' | 'type'
  /** The docstring as plain text. Empty if there is none. */
  readonly doc: string
  /** The declaration without its docstring and without `export`, and without `declare` unless it is a constant. */
  readonly code: string
}

interface Reference {
  /** Name in the module that is imported. `*` is its namespace. */
  readonly name: string
  readonly module: string
}

export interface DeclarationFile {
  readonly declarations: readonly Declaration[]
  /** Names that the file imports. */
  readonly imports: ReadonlyMap<string, Reference>
  /** Names that the file exports from other modules, in order. */
  readonly reexports: ReadonlyMap<string, Reference>
}

/**
 * Reads a file that tsc has written. A scanner is enough, because declarations contain no code. TypeScript 7 has no stable
 * API for this.
 */
export function readDeclarations(text: string): DeclarationFile {
  const declarations: Declaration[] = []
  const imports = new Map<string, Reference>()
  const reexports = new Map<string, Reference>()
  for (const { doc, code } of statementsOf(text)) {
    const link = /^(import|export)\s+(?:type\s+)?(?:\{([^}]*)\}|\*\s+as\s+(\w+))\s+from\s+'([^']+)'/.exec(
      code,
    )
    if (link) {
      const [, keyword, names = '', namespace, module = ''] = link
      const target = keyword === 'import' ? imports : reexports
      if (namespace) target.set(namespace, { name: '*', module })
      for (const each of names.split(',').filter((part) => part.trim() !== '')) {
        const [name = '', alias = name] = each
          .trim()
          .replace(/^type /, '')
          .split(' as ')
        target.set(alias, { name, module })
      }
      continue
    }
    const [, kind, name] =
      /^(?:export )?(?:declare )?(function|class|const|interface|type) (\w+)/.exec(code) ?? []
    if (!name) continue
    // The formatter reads a constant without a value only with `declare`.
    const plain = code.replace(/^export /, '').replace(/^declare (?!const )/, '')
    const previous = declarations.at(-1)
    // Overloads of one function.
    if (kind === 'function' && previous?.name === name)
      declarations[declarations.length - 1] = { ...previous, code: `${previous.code}\n${plain}` }
    else declarations.push({ name, kind: kind as Declaration['kind'], doc, code: plain }) // one of the words of the pattern
  }
  return { declarations, imports, reexports }
}

/** Splits a declaration file at the end of each top-level statement. */
function statementsOf(text: string): { doc: string; code: string }[] {
  const statements: { doc: string; code: string }[] = []
  let doc = ''
  let start = 0
  let depth = 0
  const tokens =
    /\/\*\*.*?\*\/|\/\*.*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|[(){}[\];]/gs
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const end = index + token.length
    const isBetweenStatements = text.slice(start, index).trim() === ''
    if (token.startsWith('/')) {
      if (!isBetweenStatements) continue
      doc = token.startsWith('/**') ? plainText(token) : doc
      start = end
    } else if ('([{'.includes(token)) depth += 1
    else if (')]}'.includes(token)) depth -= 1
    const code = text.slice(start, end).trim()
    const isBlock = /^(?:export )?(?:declare )?(?:interface|class|module|namespace|global)\b/.test(code)
    if (depth === 0 && (token === ';' || (token === '}' && isBlock))) {
      statements.push({ doc, code })
      doc = ''
      start = end
    }
  }
  return statements
}

function plainText(comment: string): string {
  return comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
}
