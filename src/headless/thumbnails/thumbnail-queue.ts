import { previewOf, subscribeToCrops } from '../../image/crop/crop-requests.ts'
import type { Crop } from '../../image/crop/crop.ts'
import { createThumbnail } from '../../image/worker/worker-host.ts'
import { drawCroppedPicture } from './cropped-picture.ts'

/** Maximum number of thumbnails that are created in parallel. With two, one file is read while another is decoded. */
const maxParallelThumbnails = 2
/**
 * Maximum size in bytes of images that are shown without scaling, because scaling a small image costs more than it
 * saves.
 */
const maxUnscaledBytes = 300_000
/** Size of the thumbnail cache in bytes, for users who scroll back. */
const maxCacheBytes = 8_000_000

interface ThumbnailRequest {
  readonly file: File
  readonly sidePx: number
  onThumbnail(thumbnail: CachedThumbnail): void
}

interface CachedThumbnail {
  readonly blob: Blob
  /** The picture and the crop that the thumbnail shows. */
  readonly picture: Blob
  readonly crop: Crop | undefined
}

/** Cached thumbnails. The least recently used one is the first. */
const cachedThumbnails = new Map<File, CachedThumbnail>()
let cachedBytes = 0
/** Visible elements without a thumbnail, in the order in which they became visible. */
const pendingRequests = new Set<ThumbnailRequest>()
const filesInProgress = new Set<File>()

/**
 * Shows a thumbnail of a file once its element becomes visible. Thumbnails are created in a worker, two in parallel, and
 * cached. Shows the crop of the file, or the picture that the file became, and follows changes. If no thumbnail can be
 * created, it shows the file itself. Returns a cleanup function that revokes the URL.
 */
export function showThumbnail(element: Element, file: File, onUrl: (url: string) => void): () => void {
  let url: string | undefined
  let shownThumbnail: CachedThumbnail | undefined
  let stopWatching = () => {}
  const request: ThumbnailRequest = {
    file,
    sidePx: thumbnailSidePx(element),
    onThumbnail: (thumbnail) => {
      stopWatching()
      const oldUrl = url
      shownThumbnail = thumbnail
      try {
        onUrl((url = URL.createObjectURL(thumbnail.blob)))
      } catch {
        // jsdom has no object URLs, and Node has none for a File of jsdom: the icon stays.
      }
      if (oldUrl !== undefined) URL.revokeObjectURL(oldUrl)
    },
  }
  const start = () => {
    const { picture, crop } = previewOf(file)
    if (!crop && picture.size <= maxUnscaledBytes)
      return request.onThumbnail({ blob: picture, picture, crop })
    stopWatching = watchVisibility(element, (isVisible) => {
      if (isVisible) pendingRequests.add(request)
      else pendingRequests.delete(request)
      processRequests()
    })
  }
  const unsubscribe = subscribeToCrops(() => {
    if (shownThumbnail && !isCurrent(file, shownThumbnail)) start()
  })
  start()
  return () => {
    unsubscribe()
    stopWatching()
    pendingRequests.delete(request)
    if (url !== undefined) URL.revokeObjectURL(url)
  }
}

function isCurrent(file: File, thumbnail: CachedThumbnail): boolean {
  const { picture, crop } = previewOf(file)
  return thumbnail.picture === picture && thumbnail.crop === crop
}

function processRequests() {
  for (const request of pendingRequests) {
    const { file } = request
    const thumbnail = cachedThumbnails.get(file)
    if (thumbnail && isCurrent(file, thumbnail)) {
      pendingRequests.delete(request)
      addToCache(file, thumbnail)
      request.onThumbnail(thumbnail)
    } else if (filesInProgress.size < maxParallelThumbnails && !filesInProgress.has(file)) {
      filesInProgress.add(file)
      const { picture, crop } = previewOf(file)
      void createPreview(picture, crop, request.sidePx)
        // A file without a thumbnail may still work in an <img>, for example an SVG.
        .catch(() => picture)
        .then((blob) => {
          filesInProgress.delete(file)
          addToCache(file, { blob, picture, crop })
          processRequests()
        })
    }
  }
}

async function createPreview(picture: Blob, crop: Crop | undefined, sidePx: number): Promise<Blob> {
  if (crop) return drawCroppedPicture(picture, crop, sidePx * 2)
  return createThumbnail(picture, sidePx)
}

function addToCache(file: File, thumbnail: CachedThumbnail) {
  // A File takes no additional memory.
  const memoryBytes = (blob: Blob | undefined) => (!blob || blob instanceof File ? 0 : blob.size)
  cachedBytes -= memoryBytes(cachedThumbnails.get(file)?.blob)
  cachedThumbnails.delete(file)
  cachedBytes += memoryBytes(thumbnail.blob)
  cachedThumbnails.set(file, thumbnail)
  for (const [oldestFile, { blob }] of cachedThumbnails) {
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
  if (typeof IntersectionObserver === 'undefined') {
    onChange(true)
    return () => {}
  }
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
