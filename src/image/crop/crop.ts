import type { ImageCrop } from '../../protocol/ticket.ts'

/**
 * An area of a picture, in fractions from 0 to 1 of the width and the height that the picture has after it was turned
 * upright and rotated.
 */
export interface Crop {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Degrees clockwise: 0, 90, 180 or 270. Default: 0. */
  readonly rotation?: number | undefined
}

export interface CropOptions {
  /**
   * `pixels` cuts the picture before it is uploaded. `coordinates` uploads the whole picture: `onConfirm` and the form value
   * get the part as `crop`, previews show it, and a button changes it later without an upload. Default: `pixels`.
   */
  readonly mode?: 'pixels' | 'coordinates' | undefined
  /** Width divided by height of the area, for example 1 for a square or `16 / 9`. Default: as the picture. */
  readonly aspect?: number | undefined
  /** Shows the area as an ellipse. The cropped picture has corners. Default: false. */
  readonly round?: boolean | undefined
  /**
   * Whether a file stays in the list if the user closes the dialog without a crop. `keep`: it is uploaded whole. `drop`: it
   * is removed, and the file that it replaced comes back. Default: `drop`.
   */
  readonly onCancel?: 'keep' | 'drop' | undefined
}

/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number
  readonly height: number
}

/** A choice of the user that fits pictures of any size. */
export interface CropView {
  /** 1 shows the largest area that fits into the picture, 2 shows half of its width and height. */
  readonly zoom: number
  /** Degrees clockwise, in steps of 90. */
  readonly rotation: number
  /** Center of the area, in fractions of the rotated picture. */
  readonly centerX: number
  readonly centerY: number
}

/** Whether a crop is the whole picture, not rotated. */
export const isWholePicture = ({ width, height, rotation = 0 }: Crop) =>
  width === 1 && height === 1 && rotation === 0

/** Returns the size of a picture after a rotation in steps of 90 degrees. */
export function rotatedSize({ width, height }: PixelSize, rotation: number): PixelSize {
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width }
}

/** Returns the largest area of an aspect ratio that fits into a size, in fractions of that size. */
export function largestArea({ width, height }: PixelSize, aspect = width / height): PixelSize {
  const relativeAspect = (aspect * height) / width
  return relativeAspect < 1 ? { width: relativeAspect, height: 1 } : { width: 1, height: 1 / relativeAspect }
}

/** Returns the crop of a picture for a view. `size` is the size of the upright picture. */
export function cropOfView(view: CropView, size: PixelSize, aspect: number | undefined): Crop {
  const largest = largestArea(rotatedSize(size, view.rotation), aspect)
  const width = largest.width / view.zoom
  const height = largest.height / view.zoom
  const startOf = (center: number, length: number) => Math.min(1 - length, Math.max(0, center - length / 2))
  return {
    x: startOf(view.centerX, width),
    y: startOf(view.centerY, height),
    width,
    height,
    rotation: view.rotation,
  }
}

/** Returns the view that shows a crop, as far as the area has the given aspect ratio. */
export function viewOfCrop(crop: Crop, size: PixelSize, aspect: number | undefined): CropView {
  const { rotation = 0 } = crop
  return {
    zoom: Math.max(1, largestArea(rotatedSize(size, rotation), aspect).width / crop.width),
    rotation,
    centerX: crop.x + crop.width / 2,
    centerY: crop.y + crop.height / 2,
  }
}

/** Rotates a view by 90 degrees clockwise (1) or counterclockwise (-1), around the same point of the picture. */
export function rotateView({ centerX, centerY, rotation, zoom }: CropView, direction: 1 | -1): CropView {
  return {
    zoom,
    rotation: (rotation + 360 + 90 * direction) % 360,
    centerX: direction === 1 ? 1 - centerY : centerY,
    centerY: direction === 1 ? centerX : 1 - centerX,
  }
}

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
