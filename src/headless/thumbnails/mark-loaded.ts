/** Ratio of the longer to the shorter side from which a picture is shown whole, because a square would hide most of it. */
const extremeRatio = 2.6

/**
 * Marks the pictures below an element once they have loaded. CSS then ends the skeleton, and shows a backing behind
 * transparent pixels. `data-loaded` is `extreme` for a very wide or very tall picture. Returns a cleanup function.
 */
export function markLoadedPictures(root: HTMLElement): () => void {
  function mark(picture: EventTarget | null) {
    if (!(picture instanceof HTMLImageElement)) return
    if (!/^(thumbnail|lightbox)$/.test(picture.parentElement?.dataset.part ?? '')) return
    const { naturalWidth, naturalHeight } = picture
    // A cropped picture fills its frame.
    const ratio = picture.dataset.cropped === 'true' ? 1 : naturalWidth / naturalHeight
    picture.dataset.loaded = Math.max(ratio, 1 / ratio) > extremeRatio ? 'extreme' : ''
  }
  function onLoad({ target }: Event) {
    mark(target)
  }
  // `load` does not bubble.
  root.addEventListener('load', onLoad, true)
  for (const picture of root.querySelectorAll('img'))
    if (picture.complete && picture.naturalWidth > 0) mark(picture)
  return () => root.removeEventListener('load', onLoad, true)
}
