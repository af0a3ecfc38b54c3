import { rotatedSize } from '../../image/crop/crop.ts'
import { isImageCrop } from '../../image/crop/image-crop.ts'

/** Maximum width and height of the drawn area in pixels. iOS draws no canvas of more than 16.7 megapixels. */
const maxDrawnSide = 4096

/**
 * Draws the crop of a picture on a canvas, or the whole picture if the value is no crop. Needs no CORS headers, because
 * nothing reads the pixels. Rejects if the picture does not load.
 */
export async function drawCrop(canvas: HTMLCanvasElement, url: string, crop: unknown): Promise<void> {
  const picture = new Image()
  picture.src = url
  await picture.decode()
  const { naturalWidth, naturalHeight } = picture
  const wholePicture = { x: 0, y: 0, width: naturalWidth, height: naturalHeight, rotation: 0 }
  const area = isImageCrop(crop)
    ? crop
    : { ...wholePicture, imageWidth: naturalWidth, imageHeight: naturalHeight }
  const { x, y, width, height, rotation, imageWidth, imageHeight } = area
  // The picture at the URL may be a smaller version of the one that was cropped.
  const scaleFactor = Math.min(naturalWidth / imageWidth, maxDrawnSide / Math.max(width, height))
  canvas.width = Math.max(1, Math.round(width * scaleFactor))
  canvas.height = Math.max(1, Math.round(height * scaleFactor))
  const turnedSize = rotatedSize({ width: imageWidth, height: imageHeight }, rotation)
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(scaleFactor, scaleFactor)
  context.translate(turnedSize.width / 2 - x, turnedSize.height / 2 - y)
  context.rotate((rotation * Math.PI) / 180)
  context.drawImage(picture, -imageWidth / 2, -imageHeight / 2, imageWidth, imageHeight)
}
