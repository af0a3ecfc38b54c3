import { createElement, useSyncExternalStore } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { whenLoaded } from '../internal/lazy-module.ts'
import type { LazyModule } from '../internal/lazy-module.ts'

/**
 * Returns a component whose code loads when it first renders. Renders `Fallback`, or nothing, until the code has
 * loaded, on the server, and while a failed import is retried. Does not use React's `lazy`, which suspends also if the
 * module has loaded: React shows suspended content up to 300 ms later.
 */
export function lazyComponent<Module, Props extends object>(
  load: LazyModule<Module>,
  select: (module: Module) => ComponentType<Props>,
  Fallback?: ComponentType<Props>,
): (props: Props) => ReactElement | null {
  const subscribe = (onLoad: () => void) => (load.loaded ? doNothing : whenLoaded(load, onLoad))
  const getLoaded = () => load.loaded
  return function LazyComponent(props) {
    const module = useSyncExternalStore(subscribe, getLoaded, getNothing)
    const Content = module ? select(module) : Fallback
    return Content ? createElement(Content, props) : null
  }
}

const doNothing = () => {}

/** The module while a page is rendered on the server and hydrated. The two must render the same. */
const getNothing = () => undefined
