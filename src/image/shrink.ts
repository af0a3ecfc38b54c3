/** How long a worker without work stays, in milliseconds. */
const patience = 10_000

/**
 * A text and not a function: what a bundler makes of a function may need what is not in the worker. And not a file of
 * its own: esbuild does not bundle those, and Vite loses them in packages that it optimizes.
 *
 * A photo that was taken upright is stored lying and turned by its EXIF orientation; where the browser forgets that, its
 * own `<img>` knows better, so the worker looks first. Wider than it need be, because most photos are; what is very
 * wide is made again by its height, and what is longer than two squares is cut.
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

interface Settle {
  resolve(picture: Blob): void
  reject(): void
}

const asked = new Map<number, Settle>()
let count = 0
let worker: Worker | undefined
let leaving: ReturnType<typeof setTimeout> | undefined
/** A content security policy forbids workers from a blob, or the browser has none that can draw. */
let forbidden = typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined'

/** A picture of a picture, about `side` pixels on its shorter side. Rejects where this browser cannot make one. */
export function shrink(file: File, side: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    if (!forbidden) worker ??= start()
    if (!worker) return reject(new Error('No worker.'))
    clearTimeout(leaving)
    count += 1
    asked.set(count, { resolve, reject: () => reject(new Error('Not a picture that can be drawn.')) })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage([count, file, side])
  })
}

function start(): Worker | undefined {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    const started = new Worker(url)
    started.onmessage = ({ data: [id, picture] }: MessageEvent<[id: number, picture?: Blob]>) => {
      const settle = asked.get(id)
      asked.delete(id)
      if (picture) settle?.resolve(picture)
      else settle?.reject()
      if (asked.size === 0) leaving = setTimeout(stop, patience)
    }
    started.onerror = forbid
    return started
  } catch {
    forbid()
    return undefined
  } finally {
    // By now the worker has it.
    setTimeout(() => URL.revokeObjectURL(url), patience)
  }
}

function forbid() {
  forbidden = true
  stop()
  for (const { reject } of asked.values()) reject()
  asked.clear()
}

function stop() {
  worker?.terminate()
  worker = undefined
}
