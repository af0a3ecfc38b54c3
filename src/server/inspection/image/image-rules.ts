import { lazyModule } from '../../../internal/lazy-module.ts'
import { UploadError } from '../../../protocol/errors.ts'
import type { UploadPhase } from '../../../protocol/errors.ts'
import { UnreadableImage } from './image-source.ts'

/**
 * Size limits of an image in displayed pixels. Maxima apply to everything for which a decoder would allocate memory:
 * frames, pages, tiles and embedded images. If a maximum is set, formats whose sizes cannot all be read (SVG, PSD,
 * JPEG XL, JPEG 2000 and others) are rejected.
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

type Measure = (bytes: Uint8Array) => { readonly width: number; readonly height: number }

const loadImageSize = lazyModule(async () => {
  // The import is inside `try` because of bundlers: see sniff.ts.
  try {
    return await import(/* turbopackOptional: true */ 'image-size')
    // oxlint-disable-next-line no-useless-catch -- the `try` is for the bundlers
  } catch (thrown) {
    throw thrown
  }
})

/** Loads the package image-size. Throws an Error with the install command. */
export async function loadMeasure(
  load: () => Promise<{ readonly imageSize: Measure }> = loadImageSize,
): Promise<Measure> {
  try {
    return (await load()).imageSize
  } catch (cause) {
    const message = 'A route with `image` needs the package image-size: npm install image-size.'
    throw new Error(message, { cause })
  }
}

/** Returns the first size, which is the displayed one, or an error if any size is outside the limits. */
export async function findLargestSize(
  sizes: AsyncIterable<Dimensions>,
  rules: ImageRules,
  phase: UploadPhase,
): Promise<Dimensions | UploadError> {
  const maxima = { ...rules, minWidth: 1, minHeight: 1 }
  let firstSize: Dimensions | undefined
  for await (const size of sizes) {
    firstSize ??= size
    // Without a maximum the later sizes do not matter, so the rest of an animation is not read.
    if (!hasMaximum(rules)) break
    const limitError = checkImage(size, firstSize === size ? rules : maxima, phase)
    if (limitError) return limitError
  }
  return firstSize ?? { width: 0, height: 0 }
}

/** Reads the size of an image in a format that only image-size knows. Throws an UnreadableImage. */
export function measureHeader(measure: Measure, bytes: Uint8Array, rules: ImageRules): Dimensions {
  if (hasMaximum(rules)) {
    throw new UnreadableImage('a decoder of its format may need more memory than its header says')
  }
  try {
    const { width, height } = measure(bytes)
    if (width > 0 && height > 0) return { width, height }
  } catch {
    // The bytes are not an image, or a truncated one.
  }
  throw new UnreadableImage('its header does not say how large it is')
}

function hasMaximum({ maxWidth, maxHeight, maxPixels }: ImageRules): boolean {
  return [maxWidth, maxHeight, maxPixels].some((maximum) => maximum !== undefined && maximum !== Infinity)
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
 * Returns the limits that an image of this size breaks, or undefined. Returns only minima or only maxima, because the
 * error's text needs one kind.
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
