import { useRef, useSyncExternalStore } from 'react'

/**
 * Reads an object from outside React and renders only when a property that was read has changed. What is returned is
 * new whenever React renders, so that memoized children see the change.
 */
export function useTracked<T extends object>(
  keys: readonly (keyof T)[],
  subscribe: (changed: () => void) => () => void,
  read: () => T,
): T {
  const seen = useRef<{ shown: T; tracked: Set<keyof T> }>(undefined)
  seen.current ??= { shown: read(), tracked: new Set() }
  const { tracked } = seen.current

  const snapshot = () => {
    const memory = seen.current ?? { shown: read(), tracked }
    const now = read()
    if ([...tracked].some((key) => !Object.is(memory.shown[key], now[key]))) memory.shown = now
    return memory.shown
  }
  const shown = useSyncExternalStore(subscribe, snapshot, snapshot)

  // What was not read before may have gone stale in `shown`.
  const now = read()
  const result = {} as T // filled just below
  for (const key of keys) {
    Object.defineProperty(result, key, {
      enumerable: true,
      get: () => {
        if (!tracked.has(key)) {
          tracked.add(key)
          shown[key] = now[key]
        }
        return shown[key]
      },
    })
  }
  return result
}
