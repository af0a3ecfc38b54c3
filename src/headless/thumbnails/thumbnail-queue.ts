import { createThumbnail } from '../../image/worker/worker-host.ts'

/** Maximum number of thumbnails that are created in parallel. With two, one file is read while another is decoded. */
const maxParallelThumbnails = 2
/** Size of the thumbnail cache in bytes, for users who scroll back. */
const maxCacheBytes = 8_000_000

interface ThumbnailRequest {
  readonly file: File
  readonly sidePx: number
  onThumbnail(picture: Blob): void
}

/** Cached thumbnails. The least recently used one is the first. */
const cachedThumbnails = new Map<File, Blob>()
let cachedBytes = 0
/** Visible elements without a thumbnail, in the order in which they became visible. */
const pendingRequests = new Set<ThumbnailRequest>()
const filesInProgress = new Set<File>()

/**
 * Shows a thumbnail of a file once its element becomes visible. Thumbnails are created in a worker, two in parallel, and
 * cached. If no thumbnail can be created, it shows the file itself. Returns a cleanup function that revokes the URL.
 */
export function showThumbnail(element: Element, file: File, onUrl: (url: string) => void): () => void {
  let url: string | undefined
  const request: ThumbnailRequest = {
    file,
    sidePx: thumbnailSidePx(element),
    onThumbnail: (picture) => {
      stopWatching()
      onUrl((url = URL.createObjectURL(picture)))
    },
  }
  const stopWatching = watchVisibility(element, (isVisible) => {
    if (isVisible) pendingRequests.add(request)
    else pendingRequests.delete(request)
    processRequests()
  })
  return () => {
    stopWatching()
    pendingRequests.delete(request)
    if (url !== undefined) URL.revokeObjectURL(url)
  }
}

function processRequests() {
  for (const request of pendingRequests) {
    const { file } = request
    const picture = cachedThumbnails.get(file)
    if (picture) {
      pendingRequests.delete(request)
      addToCache(file, picture)
      request.onThumbnail(picture)
    } else if (filesInProgress.size < maxParallelThumbnails && !filesInProgress.has(file)) {
      filesInProgress.add(file)
      void createThumbnail(file, request.sidePx)
        // A file without a thumbnail may still work in an <img>, for example an SVG.
        .catch(() => file)
        .then((newPicture) => {
          filesInProgress.delete(file)
          addToCache(file, newPicture)
          processRequests()
        })
    }
  }
}

function addToCache(file: File, picture: Blob) {
  // A File takes no additional memory.
  const memoryBytes = (blob: Blob) => (blob instanceof File ? 0 : blob.size)
  if (!cachedThumbnails.delete(file)) cachedBytes += memoryBytes(picture)
  cachedThumbnails.set(file, picture)
  for (const [oldestFile, blob] of cachedThumbnails) {
    if (cachedBytes <= maxCacheBytes && cachedThumbnails.size <= 1000) return
    cachedThumbnails.delete(oldestFile)
    cachedBytes -= memoryBytes(blob)
  }
}

/** Returns the thumbnail size in device pixels, in steps of 64, so that a layout shift of one pixel reuses the cache. */
function thumbnailSidePx({ clientWidth, clientHeight }: Element): number {
  const sidePx = Math.max(clientWidth, clientHeight, 1) * devicePixelRatio
  return Math.min(1024, Math.ceil(sidePx / 64) * 64)
}

const visibilityListeners = new WeakMap<Element, (isVisible: boolean) => void>()
let visibilityObserver: IntersectionObserver | undefined

function watchVisibility(element: Element, onChange: (isVisible: boolean) => void): () => void {
  visibilityObserver ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) visibilityListeners.get(target)?.(isIntersecting)
    },
    { rootMargin: '200px' },
  )
  visibilityListeners.set(element, onChange)
  visibilityObserver.observe(element)
  return () => {
    visibilityListeners.delete(element)
    visibilityObserver?.unobserve(element)
  }
}
