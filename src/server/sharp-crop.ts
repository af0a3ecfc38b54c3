import { UploadError } from '../protocol/errors.ts'
import { readImageCrop } from '../protocol/parse-file-info.ts'
import type { ImageCrop } from '../protocol/ticket.ts'
import type { Dimensions } from '../protocol/image-rules.ts'

/** Arguments for sharp: `sharp(file).autoOrient().rotate(rotation).extract(area)`, in this order. */
export interface SharpCrop {
  readonly rotation: ImageCrop['rotation']
  /** Whole pixels of the picture after `autoOrient` and `rotate`. */
  readonly area: {
    readonly left: number
    readonly top: number
    readonly width: number
    readonly height: number
  }
}

/**
 * Converts a crop to the arguments of sharp 0.34 or newer. `uprightSize` is the size of the picture that sharp reads.
 *
 * ```ts
 * const picture = sharp(bytes)
 * const { rotation, area } = toSharpCrop(upload.crop, (await picture.metadata()).autoOrient)
 * const cropped = await picture.autoOrient().rotate(rotation).extract(area).toBuffer()
 * ```
 *
 * Throws an UploadError `mismatch` if the picture has another size than the crop says, for example because it is another
 * picture, and `rejected` if the crop is invalid or leaves the picture.
 */
export function toSharpCrop(crop: ImageCrop, uprightSize: Dimensions): SharpCrop {
  const context = { source: 'The crop', uploadPhase: 'finishing', code: 'rejected' } as const
  const { x, y, width, height, rotation, imageWidth, imageHeight } = readImageCrop(context, crop, 'crop')
  if (imageWidth !== uprightSize.width || imageHeight !== uprightSize.height) {
    const message = `The crop is of a picture of ${imageWidth} × ${imageHeight} pixels, but this one has ${uprightSize.width} × ${uprightSize.height}.`
    throw new UploadError('mismatch', { phase: 'finishing', message })
  }
  return { rotation, area: { left: x, top: y, width, height } }
}
