import { lazy } from 'react'
import type { ComponentType } from 'react'
import { later } from '../react/later.ts'

/** A component that comes when it is first shown. Where it does not come nothing is shown, until it does. */
export function lazily<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        later(load, (component) => resolve({ default: component }))
      }),
  )
}
