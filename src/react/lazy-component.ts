import { createElement, useSyncExternalStore } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { whenLoaded } from '../internal/lazy-module.ts'
import type { LazyModule } from '../internal/lazy-module.ts'

/**
 * Returns a component that loads when it first renders. Shows nothing until then, in server-rendered markup, and while a
 * failed import is retried. It is not a `lazy` of React: that would suspend also when the module has loaded already, and
 * React shows what suspended up to 300 ms later.
 */
export function lazyComponent<Module, Props extends object>(
  load: LazyModule<Module>,
  select: (module: Module) => ComponentType<Props>,
): (props: Props) => ReactElement | null {
  const subscribe = (onLoad: () => void) => (load.loaded ? getNothing : whenLoaded(load, onLoad))
  const getLoaded = () => load.loaded
  return function LazyComponent(props) {
    const module = useSyncExternalStore(subscribe, getLoaded, getNothing)
    return module ? createElement(select(module), props) : null
  }
}

/** What the server renders, and what the browser hydrates. */
const getNothing = () => undefined
