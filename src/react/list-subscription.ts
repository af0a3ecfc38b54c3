import type { UploadItem } from '../core/item.ts'
import type { Host } from '../core/ports.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { subscribeToEach } from './subscriptions.ts'
import type { Uploaders } from './subscriptions.ts'

/**
 * Calls back when a list or the progress of its items has changed, at most once per frame. Subscribes only to the
 * stores of uploading items, so that a long list needs few subscriptions. Returns a cleanup function.
 */
export function subscribeToList(store: Uploader['store'], { frame }: Host, onChange: () => void): () => void {
  const subscriptions = new Map<UploadItem['store'], () => void>()
  let subscribedItems: readonly UploadItem[] | undefined
  let isScheduled = false
  let isStopped = false

  function scheduleUpdate() {
    if (!isScheduled) frame(update)
    isScheduled = true
  }
  function syncSubscriptions() {
    const { items } = store.getState()
    if (items === subscribedItems) return
    subscribedItems = items
    const uploadingStores = new Set<UploadItem['store']>()
    for (const item of items) if (item.status === 'uploading') uploadingStores.add(item.store)
    for (const [itemStore, unsubscribe] of subscriptions) {
      if (uploadingStores.has(itemStore)) continue
      unsubscribe()
      subscriptions.delete(itemStore)
    }
    for (const itemStore of uploadingStores)
      if (!subscriptions.has(itemStore)) subscriptions.set(itemStore, itemStore.subscribe(scheduleUpdate))
  }
  function update() {
    isScheduled = false
    if (isStopped) return
    syncSubscriptions()
    onChange()
  }

  const unsubscribe = store.subscribe(scheduleUpdate)
  syncSubscriptions()
  return () => {
    isStopped = true
    unsubscribe()
    for (const unsubscribeItem of subscriptions.values()) unsubscribeItem()
  }
}

/** Returns the items with their current progress. The list's own state updates an item only when its status changes. */
export function currentItems(store: Uploader['store']): readonly UploadItem[] {
  return store.getState().items.map((item) => (item.status === 'uploading' ? item.store.getState() : item))
}

/** Does the same as `subscribeToList` for all uploaders of a provider, including those added later. */
export function subscribeToAllLists(uploaders: Uploaders, host: Host, onChange: () => void): () => void {
  return subscribeToEach(uploaders, ({ store }) => subscribeToList(store, host, onChange), onChange)
}
