/**
 * Draws pictures. Runs in a worker, or in the page if no worker can start. Imports nothing, because
 * test/image/worker/generate.ts generates the source of the worker from this file.
 */

/** Describes the picture to draw. Sizes are in pixels of the upright picture. */
export interface DrawPlan {
  readonly maxWidth: number
  readonly maxHeight: number
  /** The area of the picture to keep, in fractions of the turned picture. */
  readonly crop?:
    | { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    | undefined
  /** Degrees clockwise, in steps of 90. */
  readonly rotation?: number | undefined
  /**
   * Output types to try, best first. A browser that cannot encode a type makes a PNG, and then the next type is
   * tried.
   */
  readonly types: readonly string[]
  readonly quality: number
  /** Whether the worker makes a ThumbHash of the result. Default: false. */
  readonly hasThumbHash?: boolean | undefined
}

/** Size in pixels of an upright picture, and its ThumbHash in base64. */
export interface PictureDescription {
  readonly width: number
  readonly height: number
  readonly thumbHash?: string | undefined
}

export interface DrawnPicture extends PictureDescription {
  readonly blob: Blob
}

/** A JPEG of 2 x 1 pixels that EXIF turns by 90 degrees. */
const rotatedJpegBase64 =
  '/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAABAAIDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AJgA/9k='

let uprightCheckPromise: Promise<void> | undefined

/**
 * Rejects if the browser ignores the EXIF orientation when it creates a bitmap. The caller then shows the file itself
 * in an `<img>`, which is always upright.
 */
export function requireUpright(): Promise<void> {
  return (uprightCheckPromise ??= (async () => {
    const bytes = Uint8Array.from(atob(rotatedJpegBase64), (letter) => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }), { resizeWidth: 4 })
    if (bitmap.height !== 8) throw new Error('This browser does not turn pictures.')
  })())
}

/** Decodes a picture. Firefox (153) decodes no Blob that consists of several Blobs, so a copy of its bytes follows. */
export function decode(blob: Blob, options?: ImageBitmapOptions): Promise<ImageBitmap> {
  return createImageBitmap(blob, options).catch(async () =>
    createImageBitmap(new Blob([await blob.arrayBuffer()], { type: blob.type }), options),
  )
}

export function createContext2d(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('No canvas.')
  return { canvas, context }
}

/**
 * Returns a thumbnail with about `side` pixels on the shorter side. First resizes to a width of 1.5 times `side`.
 * Most photos are 3:2 landscape, so their height becomes `side`. Resizes a wider image again by height. Crops an
 * image whose longer side is more than twice `side`.
 */
export async function drawThumbnail(file: Blob, side: number): Promise<Blob> {
  await requireUpright()
  const shrink = (size: ImageBitmapOptions) => decode(file, { ...size, resizeQuality: 'medium' })
  let bitmap = await shrink({ resizeWidth: Math.ceil(side * 1.5) })
  if (bitmap.height < side * 0.8) {
    bitmap.close()
    bitmap = await shrink({ resizeHeight: side })
  }
  const { width, height } = bitmap
  const { canvas, context } = createContext2d(Math.min(width, side * 2), Math.min(height, side * 2))
  context.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2)
  bitmap.close()
  const encode = (type: string) => canvas.convertToBlob({ type, quality: 0.8 })
  const thumbnail = await encode('image/webp')
  // WebKit encodes no WebP and returns a PNG, which is five times as large as a JPEG.
  if (thumbnail.type === 'image/webp' || hasTransparency(canvas, context)) return thumbnail
  return encode('image/jpeg')
}

function hasTransparency({ width, height }: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D) {
  return context.getImageData(0, 0, width, height).data.some((value, index) => index % 4 === 3 && value < 255)
}

let goodScalerPromise: Promise<boolean> | undefined

/**
 * Whether the browser averages all pixels in one resize. Then fine lines become grey. In Chromium and Safari, fine lines
 * become a pattern instead.
 */
function hasGoodScaler(): Promise<boolean> {
  return (goodScalerPromise ??= (async () => {
    const { canvas, context } = createContext2d(90, 3)
    context.fillStyle = '#fff'
    context.fillRect(0, 0, 90, 3)
    context.fillStyle = '#000'
    for (let x = 0; x < 90; x += 3) context.fillRect(x, 0, 1, 3)
    const scaledBitmap = await createImageBitmap(canvas, {
      resizeWidth: 40,
      resizeHeight: 3,
      resizeQuality: 'high',
    })
    const targetContext = createContext2d(40, 3).context
    targetContext.drawImage(scaledBitmap, 0, 0)
    const greyValues = Array.from(targetContext.getImageData(4, 1, 32, 1).data).filter(
      (_, index) => index % 4 === 0,
    )
    const mean = greyValues.reduce((sum, grey) => sum + grey, 0) / 32
    return Math.sqrt(greyValues.reduce((sum, grey) => sum + (grey - mean) ** 2, 0) / 32) < 10
  })())
}

/**
 * Scales a bitmap down, at least below twice the given size. Returns the new bitmap and closes the given one. Returns
 * the given bitmap if it is small enough.
 */
async function scaleDown(
  bitmap: ImageBitmap,
  width: number,
  height: number,
  signal: Cancellation,
): Promise<ImageBitmap> {
  const ratio = Math.max(bitmap.width / width, bitmap.height / height)
  const isGoodScaler = await hasGoodScaler()
  // First scales by less than 2, then halves exactly in all later steps. In the opposite order, fine lines become
  // patterns.
  let scaleFactor = isGoodScaler ? 1 : 2 ** Math.floor(Math.log2(Math.max(1, ratio)))
  // drawImage makes the last step in a browser whose other scaler is no better, because drawImage is faster.
  const lastFactor = isGoodScaler ? 1 : 2
  let currentBitmap = bitmap
  for (; scaleFactor >= lastFactor; scaleFactor /= 2) {
    const size = { resizeWidth: width * scaleFactor, resizeHeight: height * scaleFactor }
    if (size.resizeWidth >= currentBitmap.width && size.resizeHeight >= currentBitmap.height) continue
    if (signal.aborted) break
    const nextBitmap = await createImageBitmap(currentBitmap, { ...size, resizeQuality: 'high' })
    currentBitmap.close()
    currentBitmap = nextBitmap
  }
  return currentBitmap
}

/** The property `aborted` of an AbortSignal, which cannot be sent to a worker. */
interface Cancellation {
  readonly aborted: boolean
}

/**
 * Turns, crops, scales down and encodes a picture. Rejects if this browser cannot decode it. The decoder applies the
 * EXIF orientation. createImageBitmap gets no source rectangle, because it may apply the rectangle before it turns the
 * picture.
 */
export async function drawPicture(
  source: Blob | ImageBitmap,
  { maxWidth, maxHeight, crop, rotation = 0, types, quality }: DrawPlan,
  signal: Cancellation,
  hashPicture?: (picture: OffscreenCanvas) => Promise<string | undefined>,
): Promise<DrawnPicture> {
  await requireUpright()
  const bitmap = source instanceof Blob ? await decode(source) : source
  const isOnSide = rotation % 180 !== 0
  const [turnedWidth, turnedHeight] = isOnSide ? [bitmap.height, bitmap.width] : [bitmap.width, bitmap.height]
  const keptArea = crop ?? { x: 0, y: 0, width: 1, height: 1 }
  const scaleFactor = Math.min(
    1,
    maxWidth / (keptArea.width * turnedWidth),
    maxHeight / (keptArea.height * turnedHeight),
  )
  const toPixels = (length: number) => Math.max(1, Math.round(length * scaleFactor))
  // Scales the whole picture, so that the kept area gets the size of the result.
  const [scaledWidth, scaledHeight] = [toPixels(bitmap.width), toPixels(bitmap.height)]
  const scaledBitmap = await scaleDown(bitmap, scaledWidth, scaledHeight, signal)
  const width = toPixels(keptArea.width * turnedWidth)
  const height = toPixels(keptArea.height * turnedHeight)
  try {
    if (signal.aborted) throw new Error('Canceled.')
    const { canvas, context } = createContext2d(width, height)
    context.imageSmoothingQuality = 'high'
    // Moves by whole pixels. The middle of an odd size is half a pixel, so it is not rounded.
    context.translate(
      Math.round(-keptArea.x * turnedWidth * scaleFactor) + (isOnSide ? scaledHeight : scaledWidth) / 2,
      Math.round(-keptArea.y * turnedHeight * scaleFactor) + (isOnSide ? scaledWidth : scaledHeight) / 2,
    )
    context.rotate((rotation * Math.PI) / 180)
    context.drawImage(scaledBitmap, -scaledWidth / 2, -scaledHeight / 2, scaledWidth, scaledHeight)
    const blob = await encodeCanvas(canvas, context, types, quality)
    return { blob, width, height, thumbHash: await hashPicture?.(canvas) }
  } finally {
    scaledBitmap.close()
  }
}

async function encodeCanvas(
  canvas: OffscreenCanvas,
  context: OffscreenCanvasRenderingContext2D,
  types: readonly string[],
  quality: number,
): Promise<Blob> {
  let blob: Blob | undefined
  for (const type of types) {
    if (type === 'image/jpeg') {
      // Fills the transparent pixels with white, because JPEG has no transparency and would make them black.
      context.resetTransform()
      context.globalCompositeOperation = 'destination-over'
      context.fillStyle = '#fff'
      context.fillRect(0, 0, canvas.width, canvas.height)
    }
    blob = await canvas.convertToBlob({ type, quality })
    if (blob.type === type) break
  }
  if (!blob) throw new Error('No type.')
  return blob
}

/** Returns a JPEG with another segment directly after its start marker, where readers look for EXIF. */
export async function insertSegment(jpeg: Blob, segment: Uint8Array): Promise<Blob> {
  // One piece of memory: createImageBitmap of Firefox decodes no Blob that consists of several Blobs (153).
  const joined = new Uint8Array(jpeg.size + segment.length)
  joined.set(segment, 2)
  const encoded = new Uint8Array(await jpeg.arrayBuffer())
  joined.set(encoded.subarray(0, 2))
  joined.set(encoded.subarray(2), 2 + segment.length)
  return new Blob([joined], { type: jpeg.type })
}
