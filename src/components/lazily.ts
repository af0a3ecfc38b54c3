import { lazy } from 'react'
import type { ComponentType } from 'react'
import { later } from '../react/later.ts'

/** Returns a component that loads when it first renders. Shows nothing while the import fails and is retried. */
export function lazily<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        later(load, (component) => resolve({ default: component }))
      }),
  )
}
