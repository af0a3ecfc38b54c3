import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API, SignatureKind, SymbolFlags } from 'typescript/unstable/sync'
import type { Checker, Symbol as TypeSymbol } from 'typescript/unstable/sync'
import { formatted } from '../../harness/formatted.ts'

/** The props of all components, for the tables in Storybook. */
export const componentPropsPath = 'stories/component-props.json'

export interface ComponentProp {
  readonly name: string
  readonly type: string
  readonly required?: true
  readonly description?: string
  readonly defaultValue?: string
}

export interface ComponentProps {
  readonly description: string
  /** The element whose props the component also takes. */
  readonly element?: string
  readonly props: readonly ComponentProp[]
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
/** Prints a type completely. */
const noTruncation = 1

/**
 * Reads the props of every exported component from the types, because Storybook cannot read components that a function
 * creates. Uses an unstable API of TypeScript, whose version is in the lock file.
 */
export async function generateComponentProps(): Promise<string> {
  const api = new API({ cwd: root })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [resolve(root, 'tsconfig.build.json')] })
    const [project] = snapshot.getProjects()
    const entry = project?.program.getSourceFile(resolve(root, 'src/index.ts'))
    const module = entry && project?.checker.getSymbolAtLocation(entry)
    if (!project || !module) throw new Error('TypeScript does not find src/index.ts.')
    const components = componentsIn(module, project.checker)
    return await formatted(componentPropsPath, JSON.stringify(Object.fromEntries(components)))
  } finally {
    api.close()
  }
}

function componentsIn(module: TypeSymbol, checker: Checker, prefix = ''): [string, ComponentProps][] {
  return checker.getExportsOfModule(module).flatMap((exported): [string, ComponentProps][] => {
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const name = prefix + exported.name
    if (symbol.flags & SymbolFlags.ValueModule) return componentsIn(symbol, checker, `${name}.`)
    if (!/^[A-Z]/.test(exported.name) || !(symbol.flags & SymbolFlags.Value)) return []
    const type = checker.getTypeOfSymbol(symbol)
    // The last overload has the options of a component without a registered route.
    const signature = type && checker.getSignaturesOfType(type, SignatureKind.Call).at(-1)
    if (!signature) return []
    const propsType = checker.getParameterType(signature, 0)
    const symbols = propsType ? checker.getPropertiesOfType(propsType) : []
    const props = symbols.filter(isOurs).map((prop) => describe(prop, checker))
    const element = elementOf(symbols, checker)
    const description = oneLine(symbol.getDocumentationComment(checker))
    return [[name, { description, ...(element && { element }), props }]]
  })
}

/** Whether this package declares a prop. The props of elements are documented elsewhere. */
function isOurs({ declarations }: TypeSymbol): boolean {
  return declarations.some(({ path }) => relative(root, path).startsWith('src/'))
}

function describe(prop: TypeSymbol, checker: Checker): ComponentProp {
  const type = checker.getTypeOfSymbol(prop)
  const isOptional = Boolean(prop.flags & SymbolFlags.Optional)
  const text = type ? checker.typeToString(type, undefined, noTruncation) : 'unknown'
  const doc = oneLine(prop.getDocumentationComment(checker))
  const [defaultSentence, defaultValue] = /\s*Default: ([^.]*(?:\.\w[^.]*)*)\.(?=\s|$)/.exec(doc) ?? []
  const description = defaultSentence ? doc.replace(defaultSentence, '') : doc
  return {
    name: prop.name,
    type: isOptional ? text.replace(/ \| undefined$/, '') : text,
    ...(!isOptional && { required: true }),
    ...(description && { description }),
    ...(defaultValue && { defaultValue }),
  }
}

/** Reads the element from the type of a prop that all elements have: `ClipboardEventHandler<HTMLDivElement>`. */
function elementOf(symbols: readonly TypeSymbol[], checker: Checker): string | undefined {
  const handler = symbols.find(({ name }) => name === 'onCopy')
  const type = handler && checker.getTypeOfSymbol(handler)
  const [, name] = (type && /<HTML(\w*)Element>/.exec(checker.typeToString(type))) ?? []
  return name && (tagNames[name] ?? name.toLowerCase())
}

const tagNames: Readonly<Record<string, string>> = { '': 'span', UList: 'ul', LI: 'li' }

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
