import { useState, useSyncExternalStore } from 'react'

/**
 * Reads an external object and renders only when a property that was read has changed. Adds the properties of
 * `fixed`, which are not tracked. Returns a new object per render, so that memoized children see the change.
 */
export function useTracked<Live extends object, Fixed extends object>(
  subscribe: (changed: () => void) => () => void,
  read: () => Live,
  fixed: Fixed,
): Live & Fixed {
  const [tracker] = useState(createTracker)
  const version = () => tracker.version(read())
  useSyncExternalStore(subscribe, version, version)
  return tracker.track(read(), fixed)
}

function createTracker() {
  /** Each property that was read, and its value when React last checked it. */
  const seen = new Map<string | symbol, unknown>()
  let version = 0

  return {
    /** Returns a new number if a property that was read has changed. */
    version(live: object): number {
      const changed = [...seen].filter(([key, value]) => !Object.is(value, Reflect.get(live, key)))
      for (const [key] of changed) seen.set(key, Reflect.get(live, key))
      return (version += changed.length)
    },

    track<Live extends object, Fixed extends object>(live: Live, fixed: Fixed): Live & Fixed {
      return new Proxy(
        { ...live, ...fixed },
        {
          get(target, key) {
            // Also a property that is missing now: another status may have it.
            if (!(key in fixed || seen.has(key))) seen.set(key, Reflect.get(live, key))
            return Reflect.get(target, key) as unknown
          },
        },
      )
    },
  }
}
