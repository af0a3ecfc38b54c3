import type { Dimensions } from '../protocol/image-rules.ts'
import { imageTypeOf } from './image-type.ts'
import type { ImageType } from './image-type.ts'
import { readMediaBoxes } from './metadata/boxes.ts'
import { hasText, decodeLatin1, dataViewOf } from './metadata/byte-helpers.ts'
import { readJpegLayout, segmentSignatures } from './metadata/jpeg-segments.ts'
import { readPngChunks } from './metadata/png.ts'
import { orientationInTiff } from './metadata/exif.ts'
import { readWebpChunks } from './metadata/webp.ts'

/** Facts about a picture that its bytes tell without decoding. */
export interface PictureFacts {
  readonly type: ImageType
  /** Size in pixels as stored, before a viewer turns the picture. Undefined if the file does not tell it. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** Whether the EXIF orientation of a JPEG or PNG, or a box of a HEIC or AVIF, turns the picture by 90 degrees. */
  readonly isOnSide: boolean
  readonly isAnimated: boolean
  /**
   * Whether all bytes are present. If false, the file is cut off, and some browsers decode it to a black or
   * transparent picture.
   */
  readonly isComplete: boolean
}

type Size = Pick<PictureFacts, 'width' | 'height'>
const unknownSize: Size = { width: undefined, height: undefined }

/** Reads the facts of a picture. Undefined if the bytes are no picture of a known type. */
export function readPictureFacts(bytes: Uint8Array): PictureFacts | undefined {
  const type = imageTypeOf(bytes)
  if (type === undefined) return undefined
  const defaultFacts = { type, ...unknownSize, isOnSide: false, isAnimated: false, isComplete: true }
  const view = dataViewOf(bytes)
  try {
    switch (type) {
      case 'image/jpeg':
        return { ...defaultFacts, ...jpegFacts(bytes, view) }
      case 'image/png': {
        const chunks = readPngChunks(bytes)
        const isAnimated = chunks.some((chunk) => chunk.chunkType === 'acTL')
        const isComplete = chunks.at(-1)?.chunkType === 'IEND'
        const exif = chunks.find((chunk) => chunk.chunkType === 'eXIf')
        return {
          ...defaultFacts,
          isOnSide: exif !== undefined && isTurnedByTiff(bytes.subarray(exif.dataStart, exif.dataEnd)),
          width: view.getUint32(16),
          height: view.getUint32(20),
          isAnimated,
          isComplete,
        }
      }
      case 'image/gif':
        // Treats every GIF as animated, so that it is never encoded, because no browser can encode GIF.
        return {
          ...defaultFacts,
          width: view.getUint16(6, true),
          height: view.getUint16(8, true),
          isAnimated: true,
        }
      case 'image/webp':
        return { ...defaultFacts, ...webpFacts(bytes, view) }
      case 'image/bmp':
        return {
          ...defaultFacts,
          width: view.getInt32(18, true),
          height: Math.abs(view.getInt32(22, true)),
          isComplete: view.getUint32(2, true) <= bytes.length,
        }
      case 'image/tiff':
        return defaultFacts
      case 'image/avif':
      case 'image/heic':
      case 'image/heif': {
        const brands = decodeLatin1(bytes, 8, Math.min(view.getUint32(0), 64))
        return {
          ...defaultFacts,
          ...heifFacts(bytes, view),
          isAnimated: /avis|msf1|hevc/.test(brands),
        }
      }
    }
  } catch (thrown) {
    // A RangeError means that the bytes end inside the header.
    if (thrown instanceof RangeError) return { ...defaultFacts, isComplete: false }
    throw thrown
  }
}

function jpegFacts(bytes: Uint8Array, view: DataView) {
  const { segments, isComplete } = readJpegLayout(bytes)
  const frameSegment = segments.find(
    ({ marker }) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc,
  )
  const exifSegment = segments.find(({ dataStart }) => hasText(bytes, dataStart, segmentSignatures.exif))
  const tiff =
    exifSegment && bytes.subarray(exifSegment.dataStart + segmentSignatures.exif.length, exifSegment.end)
  return {
    isComplete: isComplete && frameSegment !== undefined,
    isOnSide: tiff !== undefined && isTurnedByTiff(tiff),
    ...(frameSegment && {
      height: view.getUint16(frameSegment.dataStart + 1),
      width: view.getUint16(frameSegment.dataStart + 3),
    }),
  }
}

/** The orientations 5 to 8 turn a picture by 90 degrees. */
const isTurnedByTiff = (tiff: Uint8Array) => orientationInTiff(tiff) >= 5

function webpFacts(bytes: Uint8Array, view: DataView) {
  const isComplete = view.getUint32(4, true) + 8 <= bytes.length
  const [firstChunk] = readWebpChunks(bytes)
  const isAnimated = firstChunk?.chunkType === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0
  return {
    ...webpSize(firstChunk?.chunkType, view),
    isComplete: isComplete && firstChunk !== undefined,
    isAnimated,
  }
}

function webpSize(firstChunk: string | undefined, view: DataView): Size {
  if (firstChunk === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (firstChunk === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (firstChunk !== 'VP8X') return unknownSize
  return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 }
}

/**
 * Returns the largest size in a HEIF. It is the size of the picture. The other sizes are those of its tiles and its
 * thumbnail. Its first rotation is that of all pictures in the file.
 */
function heifFacts(bytes: Uint8Array, view: DataView) {
  const boxes = readMediaBoxes(bytes)
  // Cameras write bytes after the last box, so only a box of the picture that is too long tells that the file is cut off.
  const rest = boxes.at(-1)?.end ?? 0
  const isComplete = !['meta', 'mdat'].includes(decodeLatin1(bytes, rest + 4, rest + 8))
  const findBox = (type: string, start: number, end: number) =>
    readMediaBoxes(bytes, start, end).find((box) => box.boxType === type)
  const meta = boxes.find((box) => box.boxType === 'meta')
  const properties = meta && findBox('iprp', meta.dataStart + 4, meta.end)
  const container = properties && findBox('ipco', properties.dataStart, properties.end)
  if (!container) return { ...unknownSize, isComplete }
  const propertyBoxes = readMediaBoxes(bytes, container.dataStart, container.end)
  const rotation = propertyBoxes.find(({ boxType }) => boxType === 'irot')
  const size = propertyBoxes
    .filter(({ boxType: type }) => type === 'ispe')
    .map(({ dataStart }) => ({ width: view.getUint32(dataStart + 4), height: view.getUint32(dataStart + 8) }))
    .reduce<Size>(
      (largestSize, each) => (each.width * each.height > pixelsOf(largestSize) ? each : largestSize),
      unknownSize,
    )
  return {
    ...size,
    isComplete,
    isOnSide: rotation !== undefined && view.getUint8(rotation.dataStart) % 2 === 1,
  }
}

/**
 * Returns the size of the upright picture. Undefined if the file does not tell it, and for HEIC and AVIF, whose size may be one
 * of whole blocks, which a viewer cuts.
 */
export function uprightSizeOf({ type, width, height, isOnSide }: PictureFacts): Dimensions | undefined {
  if (!width || !height || /hei[cf]$|avif$/.test(type)) return undefined
  return isOnSide ? { width: height, height: width } : { width, height }
}

/** Returns the number of pixels, or 0 if the file does not tell its size. */
export function pixelsOf({ width, height }: Size): number {
  return (width ?? 0) * (height ?? 0)
}
