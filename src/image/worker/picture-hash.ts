import { rgbaToThumbHash } from 'thumbhash'
import { createContext2d, decode, requireUpright } from './picture-tasks.ts'
import type { PictureDescription } from './picture-tasks.ts'

/** Returns the size and the ThumbHash of a picture. Rejects if this browser cannot decode it. */
export async function readDescription(source: Blob): Promise<PictureDescription> {
  await requireUpright()
  const bitmap = await decode(source)
  try {
    const { width, height } = bitmap
    return { width, height, thumbHash: await hashPicture(bitmap) }
  } finally {
    bitmap.close()
  }
}

/** Maximum width and height that the algorithm of ThumbHash takes. */
const maxHashedSide = 100

/** Returns the ThumbHash of a picture in base64. Undefined if the browser cannot read its pixels. */
export async function hashPicture(picture: ImageBitmap | OffscreenCanvas): Promise<string | undefined> {
  try {
    const scaleFactor = Math.min(1, maxHashedSide / Math.max(picture.width, picture.height))
    const width = Math.max(1, Math.floor(picture.width * scaleFactor))
    const height = Math.max(1, Math.floor(picture.height * scaleFactor))
    const bitmap = await createImageBitmap(picture, {
      resizeWidth: width,
      resizeHeight: height,
      resizeQuality: 'medium',
    })
    const { context } = createContext2d(width, height)
    context.drawImage(bitmap, 0, 0)
    bitmap.close()
    const hash = rgbaToThumbHash(width, height, context.getImageData(0, 0, width, height).data)
    return btoa(String.fromCharCode(...hash))
  } catch {
    return undefined
  }
}
