import { lazy } from 'react'
import type { ComponentType } from 'react'
import { loadModule } from './load-module.ts'

/** Returns a component that loads when it first renders. Shows nothing while the import fails and is retried. */
export function lazyComponent<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        loadModule(load, (component) => resolve({ default: component }))
      }),
  )
}
