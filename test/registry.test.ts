import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { formatted } from './harness/formatted.ts'

/** The part of https://ui.shadcn.com/schema/registry-item.json that our items use. Other properties are rejected. */
const kind = z.enum(['registry:component', 'registry:ui', 'registry:block', 'registry:hook', 'registry:lib'])
const item = z.strictObject({
  name: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  type: kind,
  title: z.string(),
  description: z.string(),
  dependencies: z.array(z.string()),
  files: z.array(z.strictObject({ path: z.string(), type: kind })).min(1),
})
const registry = z
  .strictObject({
    $schema: z.literal('https://ui.shadcn.com/schema/registry.json'),
    name: z.string(),
    homepage: z.url(),
    items: z.array(item).min(1),
  })
  .parse(JSON.parse(readFileSync('registry/registry.json', 'utf8')))

test.each(registry.items)('the built $name matches its source; -u rebuilds it', async (entry) => {
  const built = {
    $schema: 'https://ui.shadcn.com/schema/registry-item.json',
    ...entry,
    files: entry.files.map((file) => ({ ...file, content: readFileSync(file.path, 'utf8') })),
  }
  const path = `registry/${entry.name}.json`
  const text = await formatted(path, JSON.stringify(built))
  await expect(text).toMatchFileSnapshot(`../${path}`)
})

test.each(registry.items)('$name declares every package that it imports', ({ dependencies, files }) => {
  const imports = files.flatMap(({ path }) =>
    [...readFileSync(path, 'utf8').matchAll(/from '([^']+)'/g)].map(([, name]) => name),
  )
  expect(imports).toContain('putaway')
  // Every shadcn project has React.
  expect(imports.filter((name) => name !== 'react' && !dependencies.includes(name ?? ''))).toEqual([])
})
