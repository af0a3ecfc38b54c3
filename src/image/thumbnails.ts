import { shrink } from './shrink.ts'

/** Thumbnails that are created in parallel: one file is read while another is decoded. */
const atOnce = 2
/** Size of the thumbnail cache in bytes, for users who scroll back. */
const most = 8_000_000

interface Wish {
  readonly file: File
  readonly side: number
  take(picture: Blob): void
}

/** Thumbnail cache, least recently used first. */
const kept = new Map<File, Blob>()
let keptBytes = 0
/** Visible elements without a thumbnail, in the order in which they became visible. */
const wishes = new Set<Wish>()
const making = new Set<File>()

/**
 * Shows a thumbnail of a file once its element becomes visible. Thumbnails are created in a worker, two in parallel, and
 * cached. If no thumbnail can be created, it shows the file itself. Returns a cleanup function that revokes the URL.
 */
export function showThumbnail(element: Element, file: File, show: (url: string) => void): () => void {
  let url: string | undefined
  const wish: Wish = {
    file,
    side: sideOf(element),
    take: (picture) => {
      unwatch()
      show((url = URL.createObjectURL(picture)))
    },
  }
  const unwatch = whenSeen(element, (seen) => {
    if (seen) wishes.add(wish)
    else wishes.delete(wish)
    serve()
  })
  return () => {
    unwatch()
    wishes.delete(wish)
    if (url !== undefined) URL.revokeObjectURL(url)
  }
}

function serve() {
  for (const wish of wishes) {
    const { file } = wish
    const picture = kept.get(file)
    if (picture) {
      wishes.delete(wish)
      keep(file, picture)
      wish.take(picture)
    } else if (making.size < atOnce && !making.has(file)) {
      making.add(file)
      void shrink(file, wish.side)
        // A file without a thumbnail may still work in an <img>, for example an SVG.
        .catch(() => file)
        .then((made) => {
          making.delete(file)
          keep(file, made)
          serve()
        })
    }
  }
}

function keep(file: File, picture: Blob) {
  // A File takes no additional memory.
  const weight = (blob: Blob) => (blob instanceof File ? 0 : blob.size)
  if (!kept.delete(file)) keptBytes += weight(picture)
  kept.set(file, picture)
  for (const [oldest, blob] of kept) {
    if (keptBytes <= most && kept.size <= 1000) return
    kept.delete(oldest)
    keptBytes -= weight(blob)
  }
}

/** Returns the thumbnail size in device pixels, in steps of 64, so that a layout shift of one pixel reuses the cache. */
function sideOf({ clientWidth, clientHeight }: Element): number {
  const seen = Math.max(clientWidth, clientHeight, 1) * devicePixelRatio
  return Math.min(1024, Math.ceil(seen / 64) * 64)
}

const watched = new WeakMap<Element, (seen: boolean) => void>()
let observer: IntersectionObserver | undefined

function whenSeen(element: Element, tell: (seen: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting)
    },
    { rootMargin: '200px' },
  )
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer?.unobserve(element)
  }
}
