import { componentNameOf } from './component-docs.ts'

interface StoryUsage {
  readonly component?: unknown
  readonly initialArgs: Readonly<Record<string, unknown>>
  readonly parameters: { readonly usage?: unknown }
}

/** Components that need the result of a hook, and the hook. */
const componentsWithHook: Readonly<Record<string, string>> = {
  Dropzone: "useMultiUpload({ accept: 'image/*' })",
  UploadList: 'useMultiUpload()',
  UploadPageDrop: 'useMultiUpload()',
  UploadProgress: 'useMultiUpload()',
}

/**
 * The code that a user writes for a story: the parameter `usage` of the story, or the component with the arguments of the
 * story. A story around it only brings it to a state.
 */
export function usageOf({ component, initialArgs, parameters }: StoryUsage): string {
  if (typeof parameters.usage === 'string') return parameters.usage.trim()
  const name = componentNameOf(component) ?? 'ImageUploader'
  const hook = componentsWithHook[name]
  const props = Object.entries(initialArgs).flatMap(([prop, value]) => propText(prop, value))
  const lines = [...(hook ? ['uploader={uploads}'] : []), ...props]
  const oneLine = `<${name}${lines.map((line) => ` ${line}`).join('')} />`
  const element = oneLine.length <= 90 ? oneLine : `<${name}\n${lines.map((l) => `  ${l}\n`).join('')}/>`
  const imports = `import { ${[name, ...(hook ? ['useMultiUpload'] : [])].join(', ')} } from 'putaway'`
  if (!hook) return `${imports}\n\nexport const Field = () => (\n${indent(element, 2)}\n)`
  return `${imports}\n\nexport function Field() {\n  const uploads = ${hook}\n  return (\n${indent(element, 4)}\n  )\n}`
}

function propText(prop: string, value: unknown): string[] {
  if (prop === 'uploader' || value === undefined || typeof value === 'function') return []
  if (value === true) return [prop]
  if (typeof value === 'string' && !value.includes('"')) return [`${prop}="${value}"`]
  const text = JSON.stringify(value, withoutDrawings)
  // An element of React, for example.
  return text.includes('$$typeof') || text.includes('_owner') ? [] : [`${prop}={${text}}`]
}

/** The pictures of stories are drawn in the page; an app has addresses. */
const withoutDrawings = (key: string, value: unknown) =>
  key === 'url' && typeof value === 'string' && !value.startsWith('http') ? '/photos/1.jpg' : value

const indent = (text: string, spaces: number) => text.replaceAll(/^/gm, ' '.repeat(spaces))

const storyFiles = import.meta.glob<string>('../stories/*.stories.tsx', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Cuts functions out of a story file, as the code that a user writes. */
export function functionIn(storyFile: string, ...names: readonly string[]): string {
  return names
    .map((name) => {
      const source = storyFiles[`../stories/${storyFile}`] ?? ''
      const [text] = new RegExp(`^function ${name}\\(.*?^}$`, 'ms').exec(source) ?? []
      if (text === undefined) throw new Error(`${storyFile} has no function ${name}.`)
      return text
    })
    .join('\n\n')
}
