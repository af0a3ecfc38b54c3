import { createElement, lazy, Suspense } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { whenLoaded } from '../internal/lazy-module.ts'
import type { LazyModule } from '../internal/lazy-module.ts'

/**
 * Returns a component whose code loads when it first renders. Renders nothing until the code has loaded, also while a
 * failed import is retried. Do not use it for markup that must be rendered on the server.
 */
export function lazyComponent<Module, Props extends object>(
  load: LazyModule<Module>,
  select: (module: Module) => ComponentType<Props>,
): (props: Props) => ReactElement {
  const LoadedComponent: ComponentType<Props> = lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        whenLoaded(load, (module) => resolve({ default: select(module) }))
      }),
  )
  return (props) => createElement(Suspense, null, createElement(LoadedComponent, props))
}
