import { isUnfinished } from '../core/item.ts'
import type { ReadonlyStore } from '../core/item.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { subscribeToAny } from './subscriptions.ts'

/**
 * Makes the browser ask before it leaves the page while uploads are unfinished. Adds the `beforeunload` listener only
 * while uploads are unfinished, because a page with this listener is not kept in the back/forward cache. Returns a
 * cleanup function.
 */
export function warnBeforeUnload(uploaders: ReadonlyStore<readonly Uploader[]>): () => void {
  const preventUnload = (event: BeforeUnloadEvent) => event.preventDefault()
  const unsubscribe = subscribeToAny(uploaders, isUnfinished, (hasUnfinished) => {
    if (hasUnfinished) addEventListener('beforeunload', preventUnload)
    else removeEventListener('beforeunload', preventUnload)
  })
  return () => {
    unsubscribe()
    removeEventListener('beforeunload', preventUnload)
  }
}
