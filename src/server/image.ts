import { once } from '../protocol/once.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'

/** How large an image may be, in pixels as it is shown. */
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

type Measure = (bytes: Uint8Array) => {
  readonly width: number
  readonly height: number
  readonly orientation?: number | undefined
}

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

/** Undefined where the bytes are no image that can be measured, or not enough of one. */
export function measureImage(measure: Measure, bytes: Uint8Array): Dimensions | undefined {
  try {
    const { width, height, orientation = 1 } = measure(bytes)
    if (!(width > 0 && height > 0)) return undefined
    // EXIF: from 5 on an image lies on its side.
    return orientation >= 5 ? { width: height, height: width } : { width, height }
  } catch {
    return undefined
  }
}

/** Why an image may not come in, if so. */
export function refuseImage(
  { width, height }: Dimensions,
  rules: ImageRules,
  phase: UploadPhase,
): UploadError | undefined {
  const {
    minWidth = 1,
    minHeight = 1,
    maxWidth = Infinity,
    maxHeight = Infinity,
    maxPixels = Infinity,
  } = rules
  const is = `The image is ${width} × ${height} pixels`
  const text =
    width < minWidth || height < minHeight
      ? `${is}; it needs at least ${minWidth} × ${minHeight}.`
      : width > maxWidth || height > maxHeight
        ? `${is}; it may have at most ${shown(maxWidth)} × ${shown(maxHeight)}.`
        : width * height > maxPixels
          ? `${is}; it may have at most ${maxPixels} in all.`
          : undefined
  return text === undefined ? undefined : new UploadError('rejected', { phase, message: text, text })
}

function shown(limit: number): string {
  return limit === Infinity ? 'any' : String(limit)
}
