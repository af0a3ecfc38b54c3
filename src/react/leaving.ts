import { isUnfinished } from '../core/item.ts'
import type { ReadonlyStore } from '../core/item.ts'
import type { Uploader } from '../core/uploader.ts'
import { watchAny } from './watch.ts'

/**
 * Has the browser ask before it leaves the page, only while something is on its way or held: a listener that is always there
 * would keep the page out of the cache for going back. Returns what ends it.
 */
export function warnOnLeaving(uploaders: ReadonlyStore<readonly Uploader[]>): () => void {
  const ask = (event: BeforeUnloadEvent) => event.preventDefault()
  const stop = watchAny(uploaders, isUnfinished, (unfinished) => {
    if (unfinished) addEventListener('beforeunload', ask)
    else removeEventListener('beforeunload', ask)
  })
  return () => {
    stop()
    removeEventListener('beforeunload', ask)
  }
}
