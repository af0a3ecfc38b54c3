import { useState, useSyncExternalStore } from 'react'

/**
 * Returns an external object. Renders the component only when a property that the component has read changes. Adds
 * `fixedProperties`, which are not tracked. Returns a new object in every render, so that memoized children render
 * again.
 */
export function useTrackedState<State extends object, Fixed extends object>(
  subscribe: (onChange: () => void) => () => void,
  readState: () => State,
  fixedProperties: Fixed,
): State & Fixed {
  const [tracker] = useState(createTracker)
  const version = () => tracker.version(readState())
  useSyncExternalStore(subscribe, version, version)
  return tracker.track(readState(), fixedProperties)
}

function createTracker() {
  /** Each property that was read, and its value when React last checked it. */
  const trackedValues = new Map<string | symbol, unknown>()
  let version = 0

  return {
    /** Returns a new number if a property that was read has changed. */
    version(state: object): number {
      const changedEntries = [...trackedValues].filter(
        ([key, value]) => !Object.is(value, Reflect.get(state, key)),
      )
      for (const [key] of changedEntries) trackedValues.set(key, Reflect.get(state, key))
      return (version += changedEntries.length)
    },

    track<State extends object, Fixed extends object>(state: State, fixedProperties: Fixed): State & Fixed {
      return new Proxy(
        { ...state, ...fixedProperties },
        {
          get(trackedObject, key) {
            // Also tracks a property that is missing now, because it may exist in another status.
            if (!(key in fixedProperties || trackedValues.has(key)))
              trackedValues.set(key, Reflect.get(state, key))
            return Reflect.get(trackedObject, key) as unknown
          },
        },
      )
    },
  }
}
