import * as putaway from 'putaway'
import componentProps from '../stories/component-props.json'

interface Prop {
  readonly name: string
  readonly type: string
  readonly required?: boolean
  readonly description?: string
  readonly defaultValue?: string
}

interface ComponentDocs {
  readonly description: string
  readonly element?: string
  readonly props: readonly Prop[]
}

const docsByName: Readonly<Record<string, ComponentDocs>> = componentProps
const namesByComponent = new Map<unknown, string>([
  ...Object.entries(putaway).map(([name, component]) => [component, name] as const),
  ...Object.entries(putaway.Upload).map(([name, component]) => [component, `Upload.${name}`] as const),
])

export const componentNameOf = (component: unknown): string | undefined => namesByComponent.get(component)

/** The docstring of a component, and the element whose props it also takes. */
export function descriptionOf(component: unknown): string {
  const docs = docsByName[componentNameOf(component) ?? '']
  if (!docs) return ''
  const { description, element } = docs
  return element ? `${description} Takes the props of \`<${element}>\` too.` : description
}

/** The table of props of a component, from `npm run docs:api`, and the controls of its stories. */
export function argTypesOf(component: unknown) {
  const { props = [] } = docsByName[componentNameOf(component) ?? ''] ?? {}
  return Object.fromEntries(
    props.map(({ name, type, required = false, description, defaultValue }) => [
      name,
      {
        name,
        description,
        type: { ...controlTypeOf(type), required },
        ...(controlTypeOf(type).name === 'other' && { control: false }),
        table: {
          // Storybook splits a long type into pieces.
          type: type.length > 120 ? { summary: 'object', detail: type } : { summary: type },
          ...(defaultValue !== undefined && { defaultValue: { summary: defaultValue } }),
        },
      },
    ]),
  )
}

function controlTypeOf(type: string) {
  const isEnum = /^"[^"]*"( \| "[^"]*")+$/.test(type)
  if (isEnum) return { name: 'enum', value: [...type.matchAll(/"([^"]*)"/g)].map(([, value]) => value) }
  return { name: /^(string|boolean|number)$/.test(type) ? type : 'other' }
}
