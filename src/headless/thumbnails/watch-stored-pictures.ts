import { ignoreLoadError, lazyModule } from '../../internal/lazy-module.ts'

const loadStoredPictures = /* @__PURE__ */ lazyModule(() => import('./stored-pictures.ts'))

/**
 * Shows the placeholders and the crops of the stored pictures below an element, also of those that are added later.
 * Returns a cleanup function.
 */
export function watchStoredPictures(root: HTMLElement): () => void {
  const update = () => {
    if (root.querySelector('[data-image], [data-crop]'))
      loadStoredPictures().then(({ showStoredPictures }) => showStoredPictures(root), ignoreLoadError)
  }
  const observer = new MutationObserver(update)
  update()
  observer.observe(root, {
    childList: true,
    subtree: true,
    attributeFilter: ['data-image', 'data-crop'],
  })
  return () => observer.disconnect()
}
