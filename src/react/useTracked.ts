import { useState, useSyncExternalStore } from 'react'

/**
 * Reads an object from outside React and renders only when a property that was read has changed. What is returned is
 * new whenever React renders, so that memoized children see the change.
 */
export function useTracked<T extends object>(
  keys: readonly (keyof T)[],
  subscribe: (changed: () => void) => () => void,
  read: () => T,
): T {
  const [tracker] = useState(() => createTracker(keys))
  const version = () => tracker.version(read())
  useSyncExternalStore(subscribe, version, version)
  return tracker.track(read())
}

function createTracker<T extends object>(keys: readonly (keyof T)[]) {
  /** Of every property that was ever read: what it was when React was last told. */
  const seen = new Map<keyof T, unknown>()
  let version = 0

  return {
    /** Another number when something that was read is different now. */
    version(now: T): number {
      if (![...seen].some(([key, value]) => !Object.is(value, now[key]))) return version
      for (const key of seen.keys()) seen.set(key, now[key])
      return (version += 1)
    },

    /** The same values, watched. */
    track(now: T): T {
      const watched = {} as T // filled just below
      for (const key of keys) {
        Object.defineProperty(watched, key, {
          enumerable: true,
          get: () => {
            if (!seen.has(key)) seen.set(key, now[key])
            return now[key]
          },
        })
      }
      return watched
    },
  }
}
