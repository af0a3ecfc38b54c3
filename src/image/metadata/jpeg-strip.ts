import { concatenate, hasText, decodeLatin1, dataViewOf } from './byte-helpers.ts'
import { blankJpeg, isNeededToShow } from './jpeg-blank.ts'
import {
  isJpeg,
  jpegMarkers,
  readJpegLayout,
  readMultiPictureIndex,
  segmentSignatures,
} from './jpeg-segments.ts'
import type { JpegLayout, JpegSegment, MultiPictureIndex } from './jpeg-segments.ts'
import { createOrientationTiff, orientationTiffBytes, orientationInTiff } from './exif.ts'
import { blankXmp } from './xmp.ts'

/**
 * Removes all metadata of a JPEG. Keeps orientation, color profile and gain map, and does not change the scan data.
 * Removes other pictures and videos after the picture, unless the gain map needs them.
 */
export function stripJpeg(original: Uint8Array): Uint8Array {
  if (!isJpeg(original)) return original
  const bytes = original.slice()
  const layout = readJpegLayout(bytes)
  const index = readMultiPictureIndex(bytes, layout)
  const hasGainMap = index?.pictures.some(({ start, end }) => isGainMap(bytes.subarray(start, end))) ?? false
  const pieces: Uint8Array[] = [bytes.subarray(0, 2)]
  for (const segment of layout.segments) {
    const piece = keptBytesOf(bytes, segment, hasGainMap)
    if (piece) pieces.push(piece)
  }
  const segmentsEnd = layout.segments.at(-1)?.end ?? 2
  pieces.push(bytes.subarray(segmentsEnd, layout.end))
  if (!hasGainMap || !index) return concatenate(pieces)

  const mainPictureLength = pieces.reduce((sum, { length }) => sum + length, 0)
  const tailEnd = Math.max(...index.pictures.map(({ end }) => end))
  for (const { start, end } of index.pictures) blankJpeg(bytes.subarray(start, end), 'strip')
  const newFile = concatenate([...pieces, bytes.subarray(layout.end, tailEnd)])
  writeOffsets(newFile, layout, index, mainPictureLength)
  return newFile
}

/** Returns the bytes of a segment that are kept, or undefined. */
function keptBytesOf(bytes: Uint8Array, segment: JpegSegment, hasGainMap: boolean): Uint8Array | undefined {
  const { marker, start, dataStart, end } = segment
  const piece = bytes.subarray(start, end)
  const hasSignature = (signature: string) => hasText(bytes, dataStart, signature)
  if (marker === jpegMarkers.app1 && hasSignature(segmentSignatures.exif)) {
    const orientation = orientationInTiff(bytes.subarray(dataStart + segmentSignatures.exif.length, end))
    return orientation === 1 ? undefined : createExifSegment(orientation)
  }
  if (marker === jpegMarkers.app1 && hasSignature(segmentSignatures.xmp) && hasGainMap) {
    const packet = bytes.subarray(dataStart + segmentSignatures.xmp.length, end)
    if (!blankXmp(packet)) return undefined
    removeMotionPhoto(packet)
    return piece
  }
  if (
    marker === jpegMarkers.app2 &&
    (hasSignature(segmentSignatures.mpf) || hasSignature(segmentSignatures.gainMap))
  )
    return hasGainMap ? piece : undefined
  return isNeededToShow(bytes, segment) ? piece : undefined
}

function createExifSegment(orientation: number): Uint8Array {
  const length = 2 + segmentSignatures.exif.length + orientationTiffBytes
  const header = Uint8Array.of(0xff, jpegMarkers.app1, 0, length)
  const signature = new TextEncoder().encode(segmentSignatures.exif)
  return concatenate([header, signature, createOrientationTiff(orientation)])
}

/**
 * Whether a further picture is a gain map of Adobe, ISO or Apple. A gain map says how to brighten the first picture.
 */
function isGainMap(picture: Uint8Array): boolean {
  return readJpegLayout(picture).segments.some(({ dataStart, end }) => {
    if (hasText(picture, dataStart, segmentSignatures.gainMap)) return true
    if (!hasText(picture, dataStart, segmentSignatures.xmp)) return false
    return /hdr-gain-map|HDRGainMap/.test(decodeLatin1(picture, dataStart, end))
  })
}

/** Blanks the XMP entry of the removed video, because readers would look for the video after the gain map. */
function removeMotionPhoto(packet: Uint8Array): void {
  const endTag = '</rdf:li>'
  let start = 0
  // Items are not nested, so the last start tag before an end tag belongs to it.
  for (const text of decodeLatin1(packet).split(endTag).slice(0, -1)) {
    const end = start + text.length + endTag.length
    const itemStart = text.lastIndexOf('<rdf:li')
    if (itemStart >= 0 && text.includes('Semantic="MotionPhoto"', itemStart))
      packet.fill(0x20, start + itemStart, end)
    start = end
  }
}

/** Writes the new offsets of the pictures. All of them moved by the same number of bytes. */
function writeOffsets(
  newFile: Uint8Array,
  layout: JpegLayout,
  index: MultiPictureIndex,
  mainPictureLength: number,
) {
  const newOrigin = readMultiPictureOrigin(newFile)
  if (newOrigin === undefined) return
  const view = dataViewOf(newFile)
  const { origin, isLittleEndian, firstLengthFieldStart, pictures } = index
  view.setUint32(firstLengthFieldStart - origin + newOrigin, mainPictureLength, isLittleEndian)
  for (const { start, offsetFieldStart } of pictures)
    view.setUint32(
      offsetFieldStart - origin + newOrigin,
      start - layout.end + mainPictureLength - newOrigin,
      isLittleEndian,
    )
}

function readMultiPictureOrigin(bytes: Uint8Array): number | undefined {
  const segment = readJpegLayout(bytes).segments.find(({ dataStart }) =>
    hasText(bytes, dataStart, segmentSignatures.mpf),
  )
  return segment && segment.dataStart + segmentSignatures.mpf.length
}
