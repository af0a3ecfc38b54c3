import { once } from '../protocol/once.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { UnreadableImage } from './source.ts'

/**
 * How large an image may be, in pixels as it is shown. The maxima hold for everything that a decoder would allocate:
 * frames, pages, tiles and embedded pictures. Formats of which that is not known (SVG, PSD, JPEG XL, JPEG 2000 and
 * others) are refused where there is a maximum.
 */
export interface ImageRules {
  readonly minWidth?: number
  readonly minHeight?: number
  readonly maxWidth?: number
  readonly maxHeight?: number
  /** Width by height: what an image needs in memory, however small its file is. */
  readonly maxPixels?: number
}

/** Pixels, as shown: an image that its camera marked as turned is turned. */
export interface Dimensions {
  readonly width: number
  readonly height: number
}

type Measure = (bytes: Uint8Array) => { readonly width: number; readonly height: number }

const loadImageSize = once(async () => {
  // Inside `try` for the bundlers: see sniff.ts.
  try {
    return await import(/* turbopackOptional: true */ 'image-size')
    // oxlint-disable-next-line no-useless-catch -- the `try` is for the bundlers
  } catch (thrown) {
    throw thrown
  }
})

/** The package that reads headers of images. Throws an Error that says how to get it. */
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

/** The first of the sizes, which is the shown one, or why one of the others may not come in. */
export async function largestWithin(
  sizes: AsyncIterable<Dimensions>,
  rules: ImageRules,
  phase: UploadPhase,
): Promise<Dimensions | UploadError> {
  const maxima = { ...rules, minWidth: 1, minHeight: 1 }
  let first: Dimensions | undefined
  for await (const size of sizes) {
    first ??= size
    // An animation is read to its end only where that may decide something.
    if (!hasMaximum(rules)) break
    const refused = refuseImage(size, first === size ? rules : maxima, phase)
    if (refused) return refused
  }
  return first ?? { width: 0, height: 0 }
}

/** The size of an image in a format of which only the header is known. Throws an UnreadableImage. */
export function measureOther(measure: Measure, bytes: Uint8Array, rules: ImageRules): Dimensions {
  if (hasMaximum(rules)) {
    throw new UnreadableImage('a decoder of its format may need more memory than its header says')
  }
  try {
    const { width, height } = measure(bytes)
    if (width > 0 && height > 0) return { width, height }
  } catch {
    // It is no image, or not enough of one.
  }
  throw new UnreadableImage('its header does not say how large it is')
}

function hasMaximum({ maxWidth, maxHeight, maxPixels }: ImageRules): boolean {
  return [maxWidth, maxHeight, maxPixels].some((most) => most !== undefined && most !== Infinity)
}

/** Why an image may not come in, if so. */
export function refuseImage(
  { width, height }: Dimensions,
  rules: ImageRules,
  phase: UploadPhase,
): UploadError | undefined {
  const limits = brokenLimits(width, height, rules)
  if (!limits) return undefined
  const details = { width, height, ...limits }
  const message = `The image is ${width} × ${height} pixels; the limit is ${JSON.stringify(limits)}.`
  return new UploadError('wrong-dimensions', { phase, message, details })
}

/** The limits that an image of this size breaks: minima first, so that the sentence has one direction. */
function brokenLimits(width: number, height: number, rules: ImageRules): ImageRules | undefined {
  const { minWidth, minHeight, maxWidth, maxHeight, maxPixels = Infinity } = rules
  if (width < (minWidth ?? 1) || height < (minHeight ?? 1)) return finite({ minWidth, minHeight })
  if (width > (maxWidth ?? Infinity) || height > (maxHeight ?? Infinity)) {
    return finite({ maxWidth, maxHeight })
  }
  return width * height > maxPixels ? { maxPixels } : undefined
}

/** JSON has no Infinity. */
function finite(limits: Readonly<Record<string, number | undefined>>): ImageRules {
  return Object.fromEntries(
    Object.entries(limits).filter(([, limit]) => limit !== undefined && Number.isFinite(limit)),
  )
}
