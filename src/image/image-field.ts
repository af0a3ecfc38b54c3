import { UploadError } from '../protocol/errors.ts'
import { cropOfView } from './crop/crop.ts'
import { cropOf, isCropChosen, requestCrop, setCrop, viewForAllOf } from './crop/crop-requests.ts'
import { maxPixels, prepareImage, resolveImageOptions } from './image.ts'
import type { ImageFieldOptions, ImagePreset } from './image.ts'
import { pixelsOf, readPictureFacts, uprightSizeOf } from './picture-facts.ts'
import type { PictureFacts } from './picture-facts.ts'
import { createPicture } from './worker/worker-host.ts'

/** Maximum width and height of a decoded picture that the dialog shows. */
const maxShownSide = 2048

/** Prepares a file by the options of the prop `image` and the crop that the user chose. */
export async function prepareField(
  options: ImageFieldOptions | ImagePreset,
  file: File,
  signal: AbortSignal,
): Promise<Blob> {
  return prepareImage(file, resolveImageOptions(options), cropOf(file), signal)
}

/**
 * Lets the user crop a picture. Resolves with an UploadError `canceled` if the user closes the dialog and the file is to
 * be dropped. Asks nothing if the options have no crop, and for files that cannot be cropped: animations, SVG, damaged and
 * too large pictures.
 */
export async function chooseCrop(
  options: ImageFieldOptions | ImagePreset,
  file: File,
  signal: AbortSignal,
): Promise<UploadError | undefined> {
  const { crop: cropOptions, heic } = resolveImageOptions(options)
  if (!cropOptions || isCropChosen(file)) return undefined
  const facts = readPictureFacts(new Uint8Array(await file.arrayBuffer()))
  signal.throwIfAborted()
  if (!facts || !isCroppable(facts)) return undefined
  const view = viewForAllOf(file)
  const size = uprightSizeOf(facts)
  if (view && size) {
    setCrop(file, cropOfView(view, size, cropOptions.aspect))
    return undefined
  }
  const decode =
    heic && isHeic(facts)
      ? async (decodeSignal: AbortSignal) =>
          toShownPicture(await heic(file, { signal: decodeSignal }), decodeSignal)
      : undefined
  const choice = await requestCrop(file, { size, options: cropOptions, decode }, signal)
  if (choice !== 'dropped') return undefined
  return new UploadError('canceled', { phase: 'choosing', message: 'The user closed the crop dialog.' })
}

const isHeic = ({ type }: PictureFacts) => /hei[cf]$/.test(type)

function isCroppable(facts: PictureFacts): boolean {
  return facts.isComplete && !facts.isAnimated && facts.type !== 'image/tiff' && pixelsOf(facts) <= maxPixels
}

async function toShownPicture(picture: Blob | ImageBitmap, signal: AbortSignal): Promise<Blob> {
  if (picture instanceof Blob) return picture
  const plan = { maxWidth: maxShownSide, maxHeight: maxShownSide, types: ['image/jpeg'], quality: 0.85 }
  return (await createPicture(picture, plan, signal)).blob
}
