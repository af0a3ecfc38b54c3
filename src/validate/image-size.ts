import type { ValidateFile } from '../core/rules.ts'
import { lazyModule } from '../internal/lazy-module.ts'

/** Limits of a picture in pixels, as it is displayed: a portrait photo is taller than wide. */
export interface ImageSizeLimits {
  readonly minWidth?: number | undefined
  readonly minHeight?: number | undefined
  readonly maxWidth?: number | undefined
  readonly maxHeight?: number | undefined
  /** Width times height. */
  readonly maxPixels?: number | undefined
}

const loadReader = /* @__PURE__ */ lazyModule(() => import('./read-image-size.ts'))

/**
 * Creates a `validate` function that refuses pictures by their size in pixels. The error has the error code
 * `wrong-dimensions` and the same text as the error of the server. The module that reads pictures loads with the first
 * file. Accepts damaged files, and files that are not JPEG, PNG, GIF, WebP, AVIF, HEIC or BMP, because the server
 * checks them. Throws a TypeError for a limit that is not a number of pixels.
 */
export function imageSize(limits: ImageSizeLimits): ValidateFile {
  for (const [name, limit] of Object.entries(limits))
    if (limit !== undefined && !(typeof limit === 'number' && limit >= 0))
      throw new TypeError(`imageSize: ${name} is ${String(limit)}. Pass a number of pixels.`)
  return async (file, { signal }) => (await loadReader()).checkImageSize(file, limits, signal)
}
