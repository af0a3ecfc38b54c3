import { lazyModule } from '../../../internal/lazy-module.ts'
import { checkImage } from '../../../protocol/image-rules.ts'
import type { Dimensions, ImageRules } from '../../../protocol/image-rules.ts'
import type { UploadError, UploadPhase } from '../../../protocol/errors.ts'
import { UnreadableImage } from './image-source.ts'

type MeasureImage = (bytes: Uint8Array) => { readonly width: number; readonly height: number }

const loadImageSize = lazyModule(async () => {
  // Inside `try`, esbuild and webpack treat an import() as optional, so a build does not fail without the package.
  // Turbopack needs the comment `turbopackOptional` for this.
  try {
    return await import(/* turbopackOptional: true */ 'image-size')
    // oxlint-disable-next-line no-useless-catch -- the `try` is for the bundlers
  } catch (thrown) {
    throw thrown
  }
})

/** Loads the package image-size. Throws an Error with the install command. */
export async function loadImageMeasure(
  load: () => Promise<{ readonly imageSize: MeasureImage }> = loadImageSize,
): Promise<MeasureImage> {
  try {
    return (await load()).imageSize
  } catch (cause) {
    const message = 'A route with `image` needs the package image-size: npm install image-size.'
    throw new Error(message, { cause })
  }
}

/** Returns the first size, which is the displayed size. Returns an error if any size is outside the limits. */
export async function checkAllSizes(
  sizes: AsyncIterable<Dimensions>,
  rules: ImageRules,
  phase: UploadPhase,
): Promise<Dimensions | UploadError> {
  const maximumRules = { ...rules, minWidth: 1, minHeight: 1 }
  let firstSize: Dimensions | undefined
  for await (const size of sizes) {
    firstSize ??= size
    // Without a maximum the later sizes do not matter, so the rest of an animation is not read.
    if (!hasMaximum(rules)) break
    const limitError = checkImage(size, firstSize === size ? rules : maximumRules, phase)
    if (limitError) return limitError
  }
  return firstSize ?? { width: 0, height: 0 }
}

/**
 * Reads the size of an image in a format that only image-size knows. Throws an UnreadableImage, whose `cause` is an Error if
 * the package is not installed.
 */
export async function readSizeFromHeader(
  loadMeasure: () => Promise<MeasureImage>,
  bytes: Uint8Array,
  rules: ImageRules,
): Promise<Dimensions> {
  if (hasMaximum(rules)) {
    throw new UnreadableImage('a decoder of its format may need more memory than its header says')
  }
  const measure = await loadMeasure().catch((cause: unknown) => {
    throw new UnreadableImage(
      'the size of its format is read by the package image-size, which is not installed',
      { cause },
    )
  })
  try {
    const { width, height } = measure(bytes)
    if (width > 0 && height > 0) return { width, height }
  } catch {
    // The bytes are not an image, or the image is truncated.
  }
  throw new UnreadableImage('its header does not say how large it is')
}

/** Whether the rules have a maximum. Then only formats are accepted whose every size is read without image-size. */
export function hasMaximum({ maxWidth, maxHeight, maxPixels }: ImageRules): boolean {
  return [maxWidth, maxHeight, maxPixels].some((maximum) => maximum !== undefined && maximum !== Infinity)
}
