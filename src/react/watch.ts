import type { ReadonlyStore, UploadItem } from '../core/item.ts'
import type { Host } from '../core/ports.ts'
import type { Uploader } from '../core/uploader.ts'

/**
 * Calls back when a list has changed, progress included, at most once per frame. Subscribes only to uploading
 * items, so the cost does not grow with the list. Returns a cleanup function.
 */
export function watchList(store: Uploader['store'], { frame }: Host, changed: () => void): () => void {
  const followed = new Map<UploadItem['store'], () => void>()
  let seen: readonly UploadItem[] | undefined
  let waiting = false
  let left = false

  function soon() {
    if (!waiting) frame(look)
    waiting = true
  }
  function follow() {
    const { items } = store.getState()
    if (items === seen) return
    seen = items
    const moving = new Set<UploadItem['store']>()
    for (const item of items) if (item.status === 'uploading') moving.add(item.store)
    for (const [own, stop] of followed) {
      if (moving.has(own)) continue
      stop()
      followed.delete(own)
    }
    for (const own of moving) if (!followed.has(own)) followed.set(own, own.subscribe(soon))
  }
  function look() {
    waiting = false
    if (left) return
    follow()
    changed()
  }

  const stop = store.subscribe(soon)
  follow()
  return () => {
    left = true
    stop()
    for (const leave of followed.values()) leave()
  }
}

/** Returns the items with current progress. The list's state holds them as of their last change of status. */
export function itemsNow(store: Uploader['store']): readonly UploadItem[] {
  return store.getState().items.map((item) => (item.status === 'uploading' ? item.store.getState() : item))
}

type Uploaders = ReadonlyStore<readonly Uploader[]>

/** Does the same for all uploaders of a provider, including those added later. */
export function watchAll(uploaders: Uploaders, host: Host, changed: () => void): () => void {
  return followAll(uploaders, ({ store }) => watchList(store, host, changed), changed)
}

/** Calls back with whether any item in a provider passes a test: at once and on each change. */
export function watchAny(
  uploaders: Uploaders,
  test: (item: UploadItem) => boolean,
  changed: (found: boolean) => void,
): () => void {
  let last: boolean | undefined
  function look() {
    const now = uploaders.getState().some(({ store }) => store.getState().items.some(test))
    if (now !== last) changed(now)
    last = now
  }
  return followAll(uploaders, ({ store }) => store.subscribe(look), look)
}

function followAll(uploaders: Uploaders, watch: (uploader: Uploader) => () => void, changed: () => void) {
  const followed = new Map<Uploader, () => void>()
  function follow() {
    const all = uploaders.getState()
    for (const [uploader, stop] of followed) {
      if (all.includes(uploader)) continue
      stop()
      followed.delete(uploader)
    }
    for (const uploader of all) if (!followed.has(uploader)) followed.set(uploader, watch(uploader))
    changed()
  }
  const stop = uploaders.subscribe(follow)
  follow()
  return () => {
    stop()
    for (const leave of followed.values()) leave()
  }
}
