import data from '@mdn/browser-compat-data/forLegacyNode'
import type { Identifier } from '@mdn/browser-compat-data/types'
import { parse } from 'postcss'
import type { AtRule, ChildNode, Declaration } from 'postcss'
import { isTooNew } from './too-new.ts'

const { css } = data

/** Features by the last part of their name, such as `light-dark` of `css.types.color.light-dark`. */
const typesByName = new Map<string, Identifier>()
function addTypes(features: Identifier) {
  for (const [name, feature] of Object.entries<Identifier>(features)) {
    if (name === '__compat') continue
    typesByName.set(name, feature)
    addTypes(feature)
  }
}
addTypes(css.types ?? {})

/** The older value that a browser uses instead, because it ignores a declaration that it does not understand. */
const hasFallback = (declaration: Declaration) => {
  const siblings: readonly ChildNode[] = declaration.parent?.nodes ?? []
  const before = siblings.slice(0, siblings.indexOf(declaration))
  return before.some((node) => node.type === 'decl' && node.prop === declaration.prop)
}

function isInSupports(node: ChildNode): boolean {
  for (let parent = node.parent; parent && parent.type !== 'root'; parent = parent.parent as typeof parent)
    if (parent.type === 'atrule' && (parent as AtRule).name === 'supports') return true
  return false
}

/** Names of features in a stylesheet that a minimum browser lacks, without a fallback and outside of `@supports`. */
export function newerFeatures(stylesheet: string): string[] {
  const found = new Set<string>()
  const check = (name: string, feature: Identifier | undefined) => isTooNew(feature) && found.add(name)
  parse(stylesheet).walk((node) => {
    if (isInSupports(node)) return
    if (node.type === 'atrule') check(`@${node.name}`, css['at-rules']?.[node.name])
    if (node.type === 'rule')
      for (const [, name = ''] of node.selector.matchAll(/::?([a-z-]+)/g))
        check(`:${name}`, css.selectors?.[name])
    if (node.type !== 'decl' || hasFallback(node)) return
    const property = css.properties?.[node.prop]
    if (check(node.prop, property)) return
    for (const [, name = '', call] of node.value.matchAll(/(?<![\w-])([a-z][a-z-]*)(\()?/g))
      if (call) check(`${name}()`, typesByName.get(name))
      else check(`${node.prop}: ${name}`, property?.[name])
  })
  return [...found]
}
