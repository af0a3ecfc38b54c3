import { createElement, lazy, Suspense } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { whenLoaded } from '../internal/lazy-module.ts'
import type { LazyModule } from '../internal/lazy-module.ts'

/**
 * Returns a component that loads when it first renders. Shows nothing until then, and while a failed import is retried. Not
 * for server-rendered markup.
 */
export function lazyComponent<Module, Props extends object>(
  load: LazyModule<Module>,
  select: (module: Module) => ComponentType<Props>,
): (props: Props) => ReactElement {
  const Loaded: ComponentType<Props> = lazy(
    () =>
      new Promise<{ default: ComponentType<Props> }>((resolve) => {
        whenLoaded(load, (module) => resolve({ default: select(module) }))
      }),
  )
  return (props) => createElement(Suspense, null, createElement(Loaded, props))
}
