import { UploadError } from '../protocol/errors.ts'
import type { PreparedPicture } from '../core/files/sent-picture.ts'
import { cropOfView, isWholePicture, toImageCrop } from './crop/crop.ts'
import type { PixelSize } from './crop/crop.ts'
import {
  cropOf,
  croppedSizeOf,
  isCropChosen,
  requestCrop,
  setCrop,
  setDecodedPicture,
  viewForAllOf,
} from './crop/crop-requests.ts'
import type { CropChoice, CropRequest } from './crop/crop-requests.ts'
import { imageTypeOf } from './image-type.ts'
import { maxPixels, prepareImage, resolveImageOptions } from './image.ts'
import type { ImageFieldOptions, ImagePreset } from './image.ts'
import { pixelsOf, readPictureFacts, uprightSizeOf } from './picture-facts.ts'
import type { PictureFacts } from './picture-facts.ts'
import { readInSlices } from './read-in-slices.ts'
import { createPicture } from './worker/worker-host.ts'

/** Maximum width and height of a decoded picture that the dialog shows. */
const maxShownSide = 2048

/**
 * Prepares a file by the options of the prop `image` and the crop that the user chose. With the mode `coordinates` the crop
 * does not change the picture: the result has it as `~picture`. Previews of a HEIC that the app decodes show the result.
 */
export async function prepareField(
  options: ImageFieldOptions | ImagePreset,
  file: File,
  signal: AbortSignal,
): Promise<Blob> {
  const fieldOptions = resolveImageOptions(options)
  const isCropped = fieldOptions.crop?.mode !== 'coordinates'
  const crop = isCropped ? cropOf(file) : undefined
  const picture: PreparedPicture = await prepareImage(
    file,
    fieldOptions,
    // Encoding a picture again costs quality, so it needs a reason.
    crop && isWholePicture(crop) ? undefined : crop,
    signal,
  )
  if (fieldOptions.heic && picture !== file && (await startsAsHeic(file)))
    setDecodedPicture(file, { picture, isCropped })
  if (isCropped) return picture
  const size = await sentSizeOf(picture, file, signal)
  // Reads the crop last, because the user may have changed it meanwhile.
  const lastCrop = cropOf(file)
  if (lastCrop && size) picture['~picture'] = { ...picture['~picture'], crop: toImageCrop(lastCrop, size) }
  return picture
}

const startsAsHeic = async (file: File) =>
  /hei[cf]$/.test(imageTypeOf(new Uint8Array(await file.slice(0, 512).arrayBuffer())) ?? '')

/**
 * Returns the size of the upright picture that is sent. A HEIC that this browser cannot decode has the size that its header
 * tells. Its dialog showed a decoded and maybe smaller picture, which tells whether a viewer turns it.
 */
async function sentSizeOf(
  picture: PreparedPicture,
  file: File,
  signal: AbortSignal,
): Promise<PixelSize | undefined> {
  const { image } = picture['~picture'] ?? {}
  const shownSize = croppedSizeOf(file)
  if (image || !shownSize) return image
  const { width, height } = readPictureFacts(await readInSlices(picture, signal)) ?? {}
  if (!width || !height) return shownSize
  const isTurned = width > height !== shownSize.width > shownSize.height
  return isTurned ? { width: height, height: width } : { width, height }
}

/** Asks for another crop of a picture that was cropped before. `dropped`: the crop stays. */
export async function chooseNewCrop(
  options: ImageFieldOptions | ImagePreset,
  source: File | string,
  details: Pick<CropRequest, 'size' | 'crop' | 'owner'>,
  signal: AbortSignal,
): Promise<CropChoice> {
  const { crop: cropOptions, heic } = resolveImageOptions(options)
  const decode =
    heic && typeof source !== 'string'
      ? async (decodeSignal: AbortSignal) =>
          toShownPicture(await heic(source, { signal: decodeSignal }), decodeSignal)
      : undefined
  return requestCrop(source, { ...details, options: { ...cropOptions, onCancel: 'drop' }, decode }, signal)
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
  const facts = readPictureFacts(await readInSlices(file, signal))
  if (!facts || !isCroppable(facts)) return undefined
  const view = viewForAllOf(file)
  const size = uprightSizeOf(facts)
  if (view && size) {
    setCrop(file, cropOfView(view, size, cropOptions.aspect), size)
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
