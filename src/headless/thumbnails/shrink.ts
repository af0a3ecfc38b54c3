/** Idle time after which the worker is terminated. */
const workerIdleMs = 10_000

/**
 * A string and not a function: a bundler may make a function depend on helpers that the worker lacks. Not a separate file:
 * esbuild does not bundle worker files, and Vite loses them in packages that it optimizes.
 *
 * Portrait photos are stored in landscape and rotated by their EXIF orientation. The worker first tests whether
 * createImageBitmap applies the orientation; if not, the `<img>` shows the original file, which it rotates. The first
 * resize is by width, to 1.5 times `side`, because most photos are in landscape. A very wide image is resized again by
 * height, and an image longer than two squares is cropped.
 */
const source = `
const turned = '/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAABAAIDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AJgA/9k='
const bytes = Uint8Array.from(atob(turned), (letter) => letter.charCodeAt(0))
const upright = createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }), { resizeWidth: 4 }).then(
  ({ width, height }) => width === 4 && height === 8,
)
onmessage = async ({ data: [id, file, side] }) => {
  try {
    if (!(await upright)) throw 0
    const shrink = (size) => createImageBitmap(file, { ...size, resizeQuality: 'medium' })
    let bitmap = await shrink({ resizeWidth: Math.ceil(side * 1.5) })
    if (bitmap.height < side * 0.8) {
      bitmap.close()
      bitmap = await shrink({ resizeHeight: side })
    }
    const { width, height } = bitmap
    const canvas = new OffscreenCanvas(Math.min(width, side * 2), Math.min(height, side * 2))
    canvas.getContext('2d').drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2)
    bitmap.close()
    postMessage([id, await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })])
  } catch {
    postMessage([id])
  }
}
`

interface PendingThumbnail {
  resolve(picture: Blob): void
  reject(): void
}

const pending = new Map<number, PendingThumbnail>()
let count = 0
let shrinkWorker: Worker | undefined
let idleTimer: ReturnType<typeof setTimeout> | undefined
/** Whether the page's Content-Security-Policy forbids blob workers, or the browser has no OffscreenCanvas. */
let isForbidden = typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined'

/** Creates a thumbnail with about `side` pixels on the shorter side. Rejects if this browser cannot create it. */
export function shrink(file: File, side: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    if (!isForbidden) shrinkWorker ??= start()
    if (!shrinkWorker) return reject(new Error('No worker.'))
    clearTimeout(idleTimer)
    count += 1
    pending.set(count, { resolve, reject: () => reject(new Error('Not a picture that can be drawn.')) })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    shrinkWorker.postMessage([count, file, side])
  })
}

function start(): Worker | undefined {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    const newWorker = new Worker(url)
    newWorker.onmessage = ({ data: [id, picture] }: MessageEvent<[id: number, picture?: Blob]>) => {
      const pendingThumbnail = pending.get(id)
      pending.delete(id)
      if (picture) pendingThumbnail?.resolve(picture)
      else pendingThumbnail?.reject()
      if (pending.size === 0) idleTimer = setTimeout(stop, workerIdleMs)
    }
    newWorker.onerror = disable
    return newWorker
  } catch {
    disable()
    return undefined
  } finally {
    // The worker has loaded its source by then.
    setTimeout(() => URL.revokeObjectURL(url), workerIdleMs)
  }
}

function disable() {
  isForbidden = true
  stop()
  for (const { reject } of pending.values()) reject()
  pending.clear()
}

function stop() {
  shrinkWorker?.terminate()
  shrinkWorker = undefined
}
