import * as putaway from 'putaway'
import { expect, test } from 'vitest'
import { argTypesOf } from '../../.storybook/component-docs.ts'
import { usageOf } from '../../.storybook/usage.ts'
import componentProps from '../../stories/component-props.json'
import { componentsOf } from '../../stories/components.ts'

interface StoryFile {
  readonly default: { readonly component?: unknown; readonly args?: object }
}

interface StoryExport {
  readonly args?: object
  readonly parameters?: object
  readonly tags?: readonly string[]
}

const files = import.meta.glob<StoryFile>('../../stories/*.stories.tsx', { eager: true })
const components = [
  ...componentsOf(putaway),
  ...componentsOf(putaway.Upload).map(([name, component]) => [`Upload.${name}`, component] as const),
]

test('every exported component has a table of props: npm run docs:api', () => {
  expect(Object.keys(componentProps).toSorted()).toEqual(components.map(([name]) => name).toSorted())
  const emptyTables = components.filter(([, component]) => Object.keys(argTypesOf(component)).length === 0)
  expect(emptyTables.map(([name]) => name)).toEqual(['UploadDocumentTitle'])
})

const shown = Object.entries(files).flatMap(([path, { default: meta, ...stories }]) =>
  Object.entries(stories as Record<string, StoryExport>)
    .filter(([, { tags = [] }]) => !tags.includes('!autodocs'))
    .map(([name, story]) => [`${path.replace('../../stories/', '')} ${name}`, meta, story] as const),
)

test.each(shown)('the source of %s is code of a user', (_name, meta, { args, parameters = {} }) => {
  const code = usageOf({ component: meta.component, initialArgs: { ...meta.args, ...args }, parameters })
  expect(code).toMatch(/'putaway'|--putaway-/)
  expect(code).not.toMatch(/Scene|Still|fake|canvas|play|say\(|=\{\{\}\}|\{\.\.\.\{/)
})
