import { shrink } from './shrink.ts'

/** How many pictures are made at the same time: while one is read another is decoded. */
const atOnce = 2
/** How many bytes of pictures are kept for those who scroll back. */
const most = 8_000_000

interface Wish {
  readonly file: File
  readonly side: number
  take(picture: Blob): void
}

/** The least recently used first. */
const kept = new Map<File, Blob>()
let keptBytes = 0
/** Whoever is seen and has no picture yet, in the order in which they came into sight. */
const wishes = new Set<Wish>()
const making = new Set<File>()

/**
 * Shows a small picture of a file while its element is seen, or has been: made in a worker, two at a time, and kept
 * for a while. Where there is no small one to be had it is the file itself. Returns what gives its URL back.
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
        // What cannot be made smaller may be shown as it is: SVG is, and what else an <img> knows.
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
  // The bytes of a file are where they always were.
  const weight = (blob: Blob) => (blob instanceof File ? 0 : blob.size)
  if (!kept.delete(file)) keptBytes += weight(picture)
  kept.set(file, picture)
  for (const [oldest, blob] of kept) {
    if (keptBytes <= most && kept.size <= 1000) return
    kept.delete(oldest)
    keptBytes -= weight(blob)
  }
}

/** As sharp as it is seen, in steps, so that a layout that is one pixel off makes no other picture. */
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
