import { useState, useSyncExternalStore } from 'react'

/**
 * Reads an object from outside React and renders only when a property that was read has changed. `fixed` is put beside
 * it and not watched. What is returned is new whenever React renders, so that memoized children see the change.
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
  /** Of every property that was ever read: what it was when React was last told. */
  const seen = new Map<string | symbol, unknown>()
  let version = 0

  return {
    /** Another number when something that was read is different now. */
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
            // Also what is not there now: another status may have it.
            if (!(key in fixed || seen.has(key))) seen.set(key, Reflect.get(live, key))
            return Reflect.get(target, key) as unknown
          },
        },
      )
    },
  }
}
