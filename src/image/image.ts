import type { PreparedPicture } from '../core/files/sent-picture.ts'
import { UploadError } from '../protocol/errors.ts'
import type { ImageInfo } from '../protocol/ticket.ts'
import type { Crop, CropOptions } from './crop/crop.ts'
import { imageTypeOf } from './image-type.ts'
import { editMetadata } from './metadata/edit-metadata.ts'
import type { MetadataMode } from './metadata/metadata-mode.ts'
import { fitExif, readExif } from './metadata/copy-exif.ts'
import { pixelsOf, readPictureFacts, uprightSizeOf } from './picture-facts.ts'
import type { PictureFacts } from './picture-facts.ts'
import { acquirePixels } from './gate.ts'
import { readInSlices } from './read-in-slices.ts'
import type { PictureDescription } from './worker/picture-tasks.ts'
import { createPicture, describePicture, insertIntoJpeg } from './worker/worker-host.ts'

export interface ImageOptions {
  /** Largest width in pixels of the upright picture. A smaller picture is not enlarged. Default: no limit. */
  readonly maxWidth?: number | undefined
  /** Largest height in pixels of the upright picture. Default: no limit. */
  readonly maxHeight?: number | undefined
  /**
   * Type of the result. `keep`: the type of the file. (HEIC and AVIF become JPEG when they have to be encoded.)
   * `webp`: WebP. In Safari, which cannot encode WebP, the result is PNG or JPEG. Default: `keep`.
   */
  readonly format?: 'keep' | 'jpeg' | 'webp' | undefined
  /**
   * Quality of JPEG and WebP, from 0 to 1. If it is set, a picture that needs no other change is encoded too, and the
   * smaller of both files is uploaded. Default: 0.85, but only for pictures that have to be encoded.
   */
  readonly quality?: number | undefined
  /** Handling of metadata, such as the location of a photo. Default: `strip-location`. */
  readonly metadata?: MetadataMode | undefined
  /**
   * Decodes HEIC where the browser cannot (Chrome, Edge and Firefox). Called in the page and not in the worker. Without
   * it, a HEIC that has to be encoded is refused with `wrong-type`.
   */
  readonly heic?: HeicDecoder | undefined
}

/** Options of the prop `image`. */
export interface ImageFieldOptions extends ImageOptions {
  /** Opens a dialog that crops each picture when it is chosen. Default: no crop. */
  readonly crop?: CropOptions | undefined
}

/**
 * Named options. `photo`: at most 2560 x 2560 pixels. `avatar`: at most 512 x 512 pixels, and as the prop `image` a dialog
 * that crops a square. Both remove the location of a photo.
 */
export type ImagePreset = 'photo' | 'avatar'

const presets: Readonly<Record<ImagePreset, ImageFieldOptions>> = {
  photo: { maxWidth: 2560, maxHeight: 2560 },
  avatar: { maxWidth: 512, maxHeight: 512, crop: { aspect: 1, round: true } },
}

/** Returns the options of a preset, or the given options. */
export function resolveImageOptions(options: ImageFieldOptions | ImagePreset): ImageFieldOptions {
  return typeof options === 'string' ? presets[options] : options
}

export type HeicDecoder = (file: Blob, context: { signal: AbortSignal }) => Promise<ImageBitmap | Blob>

/** Type of the option `prepare`, which changes a file before it is uploaded. */
export type PrepareImage = (file: File, context: { signal: AbortSignal }) => Promise<Blob>

/** Number of bytes at the start of a file that tell its type. */
export const typeSampleSize = 512
/** Maximum number of pixels of a picture that is decoded. 100 million pixels take 400 MB of memory. */
export const maxPixels = 100_000_000
const defaultQuality = 0.85

/**
 * Creates a `prepare` function that scales pictures down, turns them upright and removes metadata, by default only the
 * location. A picture that needs no smaller size and no other type is not encoded again: only its metadata is edited in
 * the file. Animations and damaged pictures are never encoded. A picture whose name or type is wrong gets the type of
 * its bytes. Other files stay as they are. Rejects when the signal aborts, with `wrong-type` if this browser cannot
 * decode a picture that has to be encoded, and with `wrong-dimensions` if such a picture has more than 100 megapixels.
 */
export function image(options: ImageOptions | ImagePreset = {}): PrepareImage {
  const resolvedOptions = resolveImageOptions(options)
  return (file, { signal }) => prepareImage(file, resolvedOptions, undefined, signal)
}

/** Prepares a picture like `image`, and crops it. The result has its size and its ThumbHash as `~picture`. */
export async function prepareImage(
  file: File,
  options: ImageOptions,
  crop: Crop | undefined,
  signal: AbortSignal,
): Promise<Blob> {
  const type = imageTypeOf(new Uint8Array(await file.slice(0, typeSampleSize).arrayBuffer()))
  if (type === undefined) return file
  signal.throwIfAborted()
  const bytes = await readInSlices(file, signal)
  const mode = options.metadata ?? 'strip-location'
  if (type === 'image/jpeg') {
    const jpegFacts = readPictureFacts(bytes)
    // A JPEG whose pixels have to change is read from its own file. An edited copy of its bytes would block the page.
    if (jpegFacts?.isComplete && encodeReason(jpegFacts, options, crop) === 'required')
      return encodePicture(typedFile(file, type), jpegFacts, options, crop, readExif(bytes, mode), signal)
  }
  const editedBytes = editMetadata(bytes, mode)
  const losslessBlob = editedBytes === bytes ? typedFile(file, type) : toBlob(editedBytes, type)
  const facts = readPictureFacts(editedBytes)
  const canEncode = facts && !facts.isAnimated && facts.isComplete && type !== 'image/tiff'
  const reason = canEncode ? encodeReason(facts, options, crop) : undefined
  const keepPixels = () => describeLossless(losslessBlob, facts, signal)
  if (!facts || reason === undefined) return keepPixels()

  const exif = type === 'image/jpeg' ? readExif(editedBytes, 'keep') : undefined
  const encodedBlob = await encodePicture(losslessBlob, facts, options, crop, exif, signal).catch(
    (thrown: unknown) => {
      // Ignores the error if the picture was only encoded to make the file smaller.
      if (signal.aborted || reason === 'required') throw thrown
      return undefined
    },
  )
  if (!encodedBlob || (reason === 'smaller' && encodedBlob.size >= losslessBlob.size)) return keepPixels()
  return encodedBlob
}

/** Maximum number of pixels of a picture that is decoded only to make its ThumbHash. */
const maxDescribedPixels = 50_000_000

/** Sets the size and the ThumbHash of a picture that is not encoded. Returns the same picture. */
async function describeLossless(
  picture: Blob,
  facts: PictureFacts | undefined,
  signal: AbortSignal,
): Promise<Blob> {
  const size = facts && uprightSizeOf(facts)
  const canDecode = facts?.isComplete && facts.type !== 'image/tiff' && pixelsOf(facts) <= maxDescribedPixels
  const description = canDecode ? await describeDecoded(picture, facts, signal) : undefined
  return withDescription(picture, description ?? size)
}

async function describeDecoded(picture: Blob, facts: PictureFacts, signal: AbortSignal) {
  const release = await acquirePixels(pixelsOf(facts), signal)
  try {
    return await describePicture(picture, signal)
  } catch (thrown) {
    if (signal.aborted) throw thrown
    // This browser cannot decode the picture. It is uploaded without a ThumbHash.
    return undefined
  } finally {
    release()
  }
}

function withDescription(picture: Blob, description: PictureDescription | undefined): Blob {
  if (!description) return picture
  const { width, height, thumbHash } = description
  const imageInfo: ImageInfo = { width, height, ...(thumbHash !== undefined && { thumbHash }) }
  const facts: Pick<PreparedPicture, '~picture'> = { '~picture': { image: imageInfo } }
  return Object.assign(picture, facts)
}

function typedFile(file: File, type: string): Blob {
  return type === file.type ? file : new Blob([file], { type })
}

/** Creates a blob. The cast is safe because the bytes are never shared with a worker. */
function toBlob(bytes: Uint8Array, type: string): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type })
}

const outputTypes = { jpeg: 'image/jpeg', webp: 'image/webp' }

/**
 * Returns why a picture has to be encoded. `required`: its size, type or crop must change. `smaller`: only to apply
 * `quality`. Undefined: it does not have to be encoded.
 */
function encodeReason(
  { type, width = 0, height = 0, isOnSide }: PictureFacts,
  { maxWidth = Infinity, maxHeight = Infinity, format = 'keep', quality }: ImageOptions,
  crop: Crop | undefined,
): 'required' | 'smaller' | undefined {
  const [uprightWidth, uprightHeight] = isOnSide ? [height, width] : [width, height]
  if (crop || uprightWidth > maxWidth || uprightHeight > maxHeight) return 'required'
  if (format !== 'keep' && type !== outputTypes[format]) return 'required'
  return quality !== undefined && (type === 'image/jpeg' || type === 'image/webp') ? 'smaller' : undefined
}

/** Returns the output types to try, best first. */
function typesToTry(type: string, format: ImageOptions['format']): string[] {
  if (format === 'jpeg') return ['image/jpeg']
  if (type === 'image/png' && format !== 'webp') return ['image/png']
  if (format === 'webp' || type === 'image/webp')
    // If the browser cannot encode WebP, a picture that may be transparent becomes PNG.
    return ['image/webp', type === 'image/png' || type === 'image/webp' ? 'image/png' : 'image/jpeg']
  return ['image/jpeg']
}

async function encodePicture(
  source: Blob,
  facts: PictureFacts,
  {
    maxWidth = Infinity,
    maxHeight = Infinity,
    format,
    quality = defaultQuality,
    metadata,
    heic,
  }: ImageOptions,
  crop: Crop | undefined,
  /** The edited EXIF segment of a JPEG. */
  exif: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Blob> {
  const pixels = pixelsOf(facts)
  if (pixels > maxPixels)
    throw new UploadError('wrong-dimensions', {
      phase: 'starting',
      message: `The picture has ${Math.round(pixels / 1e6)} megapixels. image() decodes at most 100, because each takes 4 MB of memory.`,
    })
  const plan = {
    maxWidth,
    maxHeight,
    crop,
    rotation: crop?.rotation,
    types: typesToTry(facts.type, format),
    quality,
    hasThumbHash: true,
  }
  const release = await acquirePixels(pixels, signal)
  try {
    const { blob, ...description } = await createPicture(source, plan, signal).catch(
      async (thrown: unknown) => {
        if (signal.aborted) throw thrown
        // Rejects with the reason of the browser if the file was changed or deleted since it was read.
        await source.slice(0, 1).arrayBuffer()
        const decodedPicture = /hei[cf]$/.test(facts.type) ? await heic?.(source, { signal }) : undefined
        if (!decodedPicture) throw createDecodeError(facts.type, thrown)
        return createPicture(decodedPicture, plan, signal)
      },
    )
    // Encoders drop the EXIF.
    if (!exif || metadata === 'strip' || blob.type !== 'image/jpeg') return withDescription(blob, description)
    fitExif(exif, description.width, description.height)
    return withDescription(await insertIntoJpeg(blob, exif, signal), description)
  } finally {
    release()
  }
}

/** Types that every browser decodes. */
const decodedTypes = 'image/jpeg,image/png,image/webp'

function createDecodeError(type: string, cause: unknown) {
  const isHeic = /hei[cf]$/.test(type)
  return new UploadError('wrong-type', {
    phase: 'starting',
    message: isHeic
      ? 'This browser cannot decode HEIC. Pass a decoder as `heic` to image(), or do not ask for a size, type or crop. See docs/images.md.'
      : `This browser cannot decode this picture of the type ${type}.`,
    // The user reads what the file is, and what to choose instead.
    details: { foundType: type, accept: decodedTypes },
    cause,
  })
}
