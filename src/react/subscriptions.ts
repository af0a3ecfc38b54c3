import type { ReadonlyStore, UploadItem } from '../core/item.ts'
import type { Host } from '../core/ports.ts'
import type { Uploader } from '../core/uploader.ts'

/**
 * Calls back when a list has changed, progress included, at most once per frame. Subscribes only to uploading
 * items, so the cost does not grow with the list. Returns a cleanup function.
 */
export function subscribeToList(store: Uploader['store'], { frame }: Host, onChange: () => void): () => void {
  const subscriptions = new Map<UploadItem['store'], () => void>()
  let lastItems: readonly UploadItem[] | undefined
  let isScheduled = false
  let isStopped = false

  function scheduleUpdate() {
    if (!isScheduled) frame(update)
    isScheduled = true
  }
  function syncSubscriptions() {
    const { items } = store.getState()
    if (items === lastItems) return
    lastItems = items
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

/** Returns the items with current progress. The list's state updates an item only when its status changes. */
export function currentItems(store: Uploader['store']): readonly UploadItem[] {
  return store.getState().items.map((item) => (item.status === 'uploading' ? item.store.getState() : item))
}

type Uploaders = ReadonlyStore<readonly Uploader[]>

/** Does the same for all uploaders of a provider, including those added later. */
export function subscribeToAllLists(uploaders: Uploaders, host: Host, onChange: () => void): () => void {
  return subscribeToEach(uploaders, ({ store }) => subscribeToList(store, host, onChange), onChange)
}

/** Calls back with whether any item in a provider passes a test: at once and on each change. */
export function subscribeToAny(
  uploaders: Uploaders,
  predicate: (item: UploadItem) => boolean,
  onChange: (found: boolean) => void,
): () => void {
  let wasFound: boolean | undefined
  function update() {
    const isFound = uploaders.getState().some(({ store }) => store.getState().items.some(predicate))
    if (isFound !== wasFound) onChange(isFound)
    wasFound = isFound
  }
  return subscribeToEach(uploaders, ({ store }) => store.subscribe(update), update)
}

function subscribeToEach(
  uploaders: Uploaders,
  subscribe: (uploader: Uploader) => () => void,
  onChange: () => void,
) {
  const subscriptions = new Map<Uploader, () => void>()
  function syncSubscriptions() {
    const all = uploaders.getState()
    for (const [uploader, unsubscribe] of subscriptions) {
      if (all.includes(uploader)) continue
      unsubscribe()
      subscriptions.delete(uploader)
    }
    for (const uploader of all)
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
