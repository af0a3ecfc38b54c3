import type { ImageCrop } from '../../protocol/ticket.ts'
import { rotatedSize } from './crop.ts'
import type { Crop, PixelSize } from './crop.ts'

/** Converts a crop to whole pixels of an upright picture. The area lies in the picture, and has at least one pixel. */
export function toImageCrop({ rotation = 0, ...area }: Crop, size: PixelSize): ImageCrop {
  const turnedSize = rotatedSize(size, rotation)
  const toPixels = (start: number, length: number, total: number) => {
    const pixels = Math.max(1, Math.min(total, Math.round(length * total)))
    return [Math.max(0, Math.min(total - pixels, Math.round(start * total))), pixels] as const
  }
  const [x, width] = toPixels(area.x, area.width, turnedSize.width)
  const [y, height] = toPixels(area.y, area.height, turnedSize.height)
  const { width: imageWidth, height: imageHeight } = size
  // A view rotates in steps of 90 degrees, from 0 to 270.
  return { x, y, width, height, rotation: rotation as ImageCrop['rotation'], imageWidth, imageHeight }
}

/** Converts a crop in pixels to fractions, which fit the same picture in any size. */
export function toCrop({ imageWidth, imageHeight, rotation, ...area }: ImageCrop): Crop {
  const { width, height } = rotatedSize({ width: imageWidth, height: imageHeight }, rotation)
  return {
    x: area.x / width,
    y: area.y / height,
    width: area.width / width,
    height: area.height / height,
    rotation,
  }
}

/** Whether a value of the app is a crop that can be shown. An app may use the same name for other data. */
export function isImageCrop(value: unknown): value is ImageCrop {
  const crop: Readonly<Record<string, unknown>> = { ...Object(value) }
  const isCount = (name: keyof ImageCrop, min: number) =>
    Number(crop[name]) >= min && isFinite(Number(crop[name]))
  return (
    (['width', 'height', 'imageWidth', 'imageHeight'] as const).every((name) => isCount(name, 1)) &&
    (['x', 'y', 'rotation'] as const).every((name) => isCount(name, 0))
  )
}
