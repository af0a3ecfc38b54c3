import type { ReadonlyStore, UploadItem } from '../core/item.ts'
import type { Uploader } from '../core/uploader-types.ts'

export type Uploaders = ReadonlyStore<readonly Uploader[]>

/**
 * Calls `onChange` with true if any item of the provider satisfies `predicate`, else with false. Calls it at once, and
 * again when the value changes.
 */
export function subscribeToAny(
  uploaders: Uploaders,
  predicate: (item: UploadItem) => boolean,
  onChange: (isFound: boolean) => void,
): () => void {
  let wasFound: boolean | undefined
  function update() {
    const isFound = uploaders.getState().some(({ store }) => store.getState().items.some(predicate))
    if (isFound !== wasFound) onChange(isFound)
    wasFound = isFound
  }
  return subscribeToEach(uploaders, ({ store }) => store.subscribe(update), update)
}

/** Subscribes to all uploaders of a provider, also to those added later. Calls back when one is added or removed. */
export function subscribeToEach(
  uploaders: Uploaders,
  subscribe: (uploader: Uploader) => () => void,
  onChange: () => void,
) {
  const subscriptions = new Map<Uploader, () => void>()
  function syncSubscriptions() {
    const allUploaders = uploaders.getState()
    for (const [uploader, unsubscribe] of subscriptions) {
      if (allUploaders.includes(uploader)) continue
      unsubscribe()
      subscriptions.delete(uploader)
    }
    for (const uploader of allUploaders)
      if (!subscriptions.has(uploader)) subscriptions.set(uploader, subscribe(uploader))
    onChange()
  }
  const unsubscribe = uploaders.subscribe(syncSubscriptions)
  syncSubscriptions()
  return () => {
    unsubscribe()
    for (const unsubscribeUploader of subscriptions.values()) unsubscribeUploader()
  }
}
