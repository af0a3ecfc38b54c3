import { ignoreLoadError } from '../../internal/lazy-module.ts'
import type { loadRowCode } from '../lazy/load-row-code.ts'
import { restoreFocus } from '../restore-focus.ts'
import { markLoadedPictures } from '../thumbnails/mark-loaded.ts'
import { watchStoredPictures } from '../thumbnails/watch-stored-pictures.ts'

/**
 * Watches the rows below an element: keeps focus when a focused button is removed, marks the pictures that have loaded,
 * shows placeholders and crops of stored pictures, and animates the neighbors of removed rows. `loadRows` is a
 * parameter, because the bundler keeps two chunks that import each other, even if no code uses them. Returns a cleanup
 * function.
 */
export function watchRows(root: HTMLElement, store: object, loadRows: typeof loadRowCode): () => void {
  const stopFocus = restoreFocus(root, store)
  const stopPictures = markLoadedPictures(root)
  const stopStoredPictures = watchStoredPictures(root)
  let rowCode: Awaited<ReturnType<typeof loadRowCode>> | undefined
  function loadForRows() {
    // Rows load this code anyway. An empty list does not need it.
    if (!rowCode && root.querySelector('[data-row]'))
      loadRows().then((code) => void (rowCode = code), ignoreLoadError)
  }
  const observer = new MutationObserver((mutations) => {
    loadForRows()
    rowCode?.slideNeighbors(mutations)
    // Ignores the changes that `slideNeighbors` made, because it would handle them as removals.
    observer.takeRecords()
  })
  loadForRows()
  observer.observe(root, { childList: true, subtree: true })
  return () => {
    stopFocus()
    stopPictures()
    stopStoredPictures()
    observer.disconnect()
  }
}
