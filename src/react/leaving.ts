import { isUnfinished } from '../core/item.ts'
import type { ReadonlyStore } from '../core/item.ts'
import type { Uploader } from '../core/uploader.ts'
import { watchAny } from './watch.ts'

/**
 * Makes the browser ask before it leaves the page while uploads are unfinished. The listener exists only then: a
 * permanent `beforeunload` listener keeps the page out of the back/forward cache. Returns a cleanup function.
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
