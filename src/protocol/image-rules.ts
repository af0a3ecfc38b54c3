import { UploadError } from './errors.ts'
import type { UploadPhase } from './errors.ts'

/**
 * Size limits of an image in displayed pixels. The maxima apply to everything that a decoder would allocate: frames,
 * pages, tiles and embedded images. With a maximum, formats whose sizes cannot all be read (SVG, PSD, JPEG XL, JPEG
 * 2000 and others) are rejected.
 */
export interface ImageRules {
  readonly minWidth?: number
  readonly minHeight?: number
  readonly maxWidth?: number
  readonly maxHeight?: number
  /** Maximum width times height. It limits decoder memory, which does not depend on the file size. */
  readonly maxPixels?: number
}

/** Displayed size in pixels, after EXIF orientation. */
export interface Dimensions {
  readonly width: number
  readonly height: number
}

/** Returns an error if an image is outside the limits. */
export function checkImage(
  { width, height }: Dimensions,
  rules: ImageRules,
  phase: UploadPhase,
): UploadError | undefined {
  const limits = findBrokenLimits(width, height, rules)
  if (!limits) return undefined
  const details = { width, height, ...limits }
  const message = `The image is ${width} × ${height} pixels; the limit is ${JSON.stringify(limits)}.`
  return new UploadError('wrong-dimensions', { phase, message, details })
}

/**
 * Returns the limits that an image of this size breaks. Returns either minima or maxima, because the text of the error
 * can name only one kind.
 */
function findBrokenLimits(width: number, height: number, rules: ImageRules): ImageRules | undefined {
  const { minWidth, minHeight, maxWidth, maxHeight, maxPixels = Infinity } = rules
  if (width < (minWidth ?? 1) || height < (minHeight ?? 1)) return omitInfinite({ minWidth, minHeight })
  if (width > (maxWidth ?? Infinity) || height > (maxHeight ?? Infinity)) {
    return omitInfinite({ maxWidth, maxHeight })
  }
  return width * height > maxPixels ? { maxPixels } : undefined
}

/** Omits infinite limits, because JSON has no Infinity. */
function omitInfinite(limits: Readonly<Record<string, number | undefined>>): ImageRules {
  return Object.fromEntries(
    Object.entries(limits).filter(([, limit]) => limit !== undefined && Number.isFinite(limit)),
  )
}
