import { lazy } from 'react'
import type { ComponentType } from 'react'
import { whenLoaded } from '../internal/lazy-module.ts'
import type { LazyModule } from '../internal/lazy-module.ts'

/** Returns a component that loads when it first renders. Shows nothing while the import fails and is retried. */
export function lazyComponent<Module, Props>(
  load: LazyModule<Module>,
  select: (module: Module) => ComponentType<Props>,
) {
  return lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        whenLoaded(load, (module) => resolve({ default: select(module) }))
      }),
  )
}
