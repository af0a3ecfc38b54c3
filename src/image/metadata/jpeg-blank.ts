import { blankMovie, blankSamsungCountry, indexOfMovie } from './boxes.ts'
import { hasText, indexOfText, dataViewOf } from './byte-helpers.ts'
import {
  isJpeg,
  jpegMarkers,
  readJpegLayout,
  readMultiPictureIndex,
  segmentSignatures,
} from './jpeg-segments.ts'
import type { JpegSegment } from './jpeg-segments.ts'
import type { StripMode } from './metadata-mode.ts'
import { blankLocationInTiff, blankTiff } from './exif.ts'
import { blankXmp } from './xmp.ts'

/**
 * Role of a picture in its file: the main picture, a further picture after it, or a thumbnail. A thumbnail inside a
 * thumbnail is not read. The table of pictures (MPF) is read only in the main picture. Otherwise a file with nested
 * thumbnails or tables would take exponential time.
 */
type PictureRole = 'file' | 'further' | 'thumbnail'

/**
 * Overwrites metadata of a JPEG, of its thumbnail, and of the pictures and the video that cameras append to a JPEG.
 * Keeps all lengths, so that the offsets in the file stay valid. The mode `strip-location` edits a JPEG only in this
 * way; the mode `strip` removes its segments with `stripJpeg`.
 */
export function blankJpeg(bytes: Uint8Array, mode: StripMode, role: PictureRole = 'file'): void {
  if (!isJpeg(bytes)) return
  const layout = readJpegLayout(bytes)
  // Reads the index before the edit, which changes the bytes that the index is checked against.
  const index = role === 'file' ? readMultiPictureIndex(bytes, layout) : undefined
  const photoshopSegments = layout.segments.filter((segment) => isPhotoshop(bytes, segment))
  for (const segment of layout.segments)
    blankSegment(bytes, segment, mode, photoshopSegments.length > 1, role)
  for (const { start, end } of index?.pictures ?? []) blankJpeg(bytes.subarray(start, end), mode, 'further')
  if (layout.isComplete) blankTail(bytes, layout.end, mode)
}

function isPhotoshop(bytes: Uint8Array, { marker, dataStart }: JpegSegment): boolean {
  return marker === jpegMarkers.app13 && hasText(bytes, dataStart, segmentSignatures.photoshop)
}

/**
 * Whether a decoder needs a segment to show the picture. Such a segment holds the pixel density (JFIF), the colors
 * (ICC, Adobe), the gain map, or the index of appended pictures (MPF, Multi-Picture Format), which locates the gain
 * map. All segments that are neither APP segments nor comments are needed too.
 */
export function isNeededToShow(bytes: Uint8Array, { marker, dataStart }: JpegSegment): boolean {
  const hasSignature = (signature: string) => hasText(bytes, dataStart, signature)
  if (marker === jpegMarkers.app0) return hasSignature('JFIF\0')
  if (marker === jpegMarkers.app2)
    return (
      hasSignature(segmentSignatures.icc) ||
      hasSignature(segmentSignatures.mpf) ||
      hasSignature(segmentSignatures.gainMap)
    )
  if (marker === jpegMarkers.app14) return hasSignature(segmentSignatures.adobe)
  // APP11 (0xeb) holds the boxes of JPEG XT, which are kept, and of C2PA, which every edit makes invalid.
  if (marker === 0xeb) return hasSignature('JP') && !hasText(bytes, dataStart + 12, 'jumb')
  return !(marker >= jpegMarkers.app0 && marker <= jpegMarkers.app15) && marker !== jpegMarkers.comment
}

function blankSegment(
  bytes: Uint8Array,
  segment: JpegSegment,
  mode: StripMode,
  isPhotoshopSplit: boolean,
  role: PictureRole,
) {
  const { marker, dataStart, end } = segment
  const contentsAfter = (signature: string) => bytes.subarray(dataStart + signature.length, end)
  if (isNeededToShow(bytes, segment)) return
  if (marker === jpegMarkers.app1 && hasText(bytes, dataStart, segmentSignatures.exif)) {
    const tiff = contentsAfter(segmentSignatures.exif)
    if (mode === 'strip' || role === 'thumbnail') blankTiff(tiff)
    else blankLocationInTiff(tiff, (thumbnail) => blankJpeg(thumbnail, mode, 'thumbnail'))
    return
  }
  if (marker === jpegMarkers.app1 && hasText(bytes, dataStart, segmentSignatures.xmp)) {
    blankXmp(contentsAfter(segmentSignatures.xmp))
    return
  }
  if (mode === 'strip-location') {
    if (marker === jpegMarkers.comment || marker === jpegMarkers.app0) return
    // If there are several Photoshop segments, all of them are blanked, because a resource may continue in the next
    // segment.
    if (isPhotoshop(bytes, segment) && !isPhotoshopSplit)
      return blankPhotoshop(contentsAfter(segmentSignatures.photoshop))
  }
  bytes.fill(0, dataStart, end)
}

/** Ids of Photoshop resources that may tell where a picture was taken: thumbnails, IPTC, EXIF and XMP. */
const locationResourceIds = new Set([0x0404, 0x0409, 0x040c, 0x0422, 0x0423, 0x0424])
/** Id of a resource that no program reads. */
const unusedResourceId = 0x0fa0

function blankPhotoshop(resources: Uint8Array): void {
  const view = dataViewOf(resources)
  let offset = 0
  while (hasText(resources, offset, '8BIM') && offset + 12 <= resources.length) {
    // The name begins with a length byte. Name and data are padded to an even length.
    const sizeOffset = offset + 6 + 2 * Math.floor(((resources[offset + 6] ?? 0) + 2) / 2)
    if (sizeOffset + 4 > resources.length) break
    const dataStart = sizeOffset + 4
    const size = view.getUint32(sizeOffset)
    if (locationResourceIds.has(view.getUint16(offset + 4))) {
      view.setUint16(offset + 4, unusedResourceId)
      resources.fill(0, dataStart, dataStart + size)
    }
    offset = dataStart + size + (size % 2)
  }
  // Overwrites the resources that cannot be read, because they may hold a location.
  resources.fill(0, Math.min(offset, resources.length))
}

/**
 * Blanks metadata after the last known picture: in pictures that are not in the index, in the video of a motion
 * photo, and in the trailer of Samsung phones.
 */
function blankTail(bytes: Uint8Array, from: number, mode: StripMode): void {
  const movieStart = indexOfMovie(bytes, from)
  const picturesEnd = movieStart < 0 ? bytes.length : movieStart
  // The three bytes at the start of a JPEG may also occur by chance. If no complete picture begins there, the search
  // continues directly after the three bytes, because a real picture may follow. `bytesToRead` limits the search,
  // because a file with many such bytes would take quadratic time.
  let bytesToRead = 4 * (picturesEnd - from)
  for (let offset = indexOfText(bytes, '\u00ff\u00d8\u00ff', from); offset >= 0 && offset < picturesEnd;) {
    const picture = bytes.subarray(offset, picturesEnd)
    const layout = readJpegLayout(picture)
    for (const segment of layout.segments) blankSegment(picture, segment, mode, true, 'further')
    bytesToRead -= layout.lastSegmentEnd
    const searchesInside = !layout.isComplete && bytesToRead > 0
    offset = indexOfText(
      bytes,
      '\u00ff\u00d8\u00ff',
      offset + (searchesInside ? 3 : Math.max(3, layout.lastSegmentEnd)),
    )
  }
  if (movieStart >= 0) blankMovie(bytes, movieStart)
  blankSamsungCountry(bytes, from)
}
