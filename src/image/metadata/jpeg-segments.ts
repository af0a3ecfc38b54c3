import { hasText, dataViewOf } from './byte-helpers.ts'

/** A segment of a JPEG: a marker and the data after it. The segment of a scan includes the entropy-coded data. */
export interface JpegSegment {
  /** The second byte of the marker. */
  readonly marker: number
  readonly start: number
  /** Offset of the data, after marker and length. */
  readonly dataStart: number
  readonly end: number
}

export const jpegMarkers = {
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app13: 0xed,
  app14: 0xee,
  app15: 0xef,
  comment: 0xfe,
}
/** Second byte of the marker before the scan data. */
export const startOfScan = 0xda
/** Second byte of the marker at the end of a JPEG. */
export const endOfImage = 0xd9

/** Texts at the start of a segment that tell what it holds. The marker does not tell it: APP1 may hold EXIF or XMP. */
export const segmentSignatures = {
  exif: 'Exif\0\0',
  xmp: 'http://ns.adobe.com/xap/1.0/\0',
  photoshop: 'Photoshop 3.0\0',
  icc: 'ICC_PROFILE\0',
  mpf: 'MPF\0',
  gainMap: 'urn:iso:std:iso:ts:21496:-1\0',
  adobe: 'Adobe',
}

export interface JpegLayout {
  readonly segments: readonly JpegSegment[]
  /** Offset after the picture, where other pictures and videos may follow. */
  readonly end: number
  /** Whether the picture has an end marker. If false, the file is cut off or damaged. */
  readonly isComplete: boolean
  /** Offset after the last segment that could be read. Equals `end` if the picture is complete. */
  readonly lastSegmentEnd: number
}

export function isJpeg(bytes: Uint8Array, offset = 0): boolean {
  return hasText(bytes, offset, '\u00ff\u00d8\u00ff')
}

/**
 * Reads the segments one after the other, by their lengths. A search for markers would also find the markers of
 * thumbnails.
 */
export function readJpegLayout(bytes: Uint8Array): JpegLayout {
  const view = dataViewOf(bytes)
  const segments: JpegSegment[] = []
  let offset = 2
  while (offset + 4 <= bytes.length || (offset + 2 <= bytes.length && bytes[offset + 1] === endOfImage)) {
    if (bytes[offset] !== 0xff) break
    const marker = bytes[offset + 1] ?? 0
    if (marker === 0xff) {
      // Skips fill bytes, which may be before a marker.
      offset += 1
      continue
    }
    if (marker === endOfImage)
      return { segments, end: offset + 2, isComplete: true, lastSegmentEnd: offset + 2 }
    const hasLength = !(marker === 1 || (marker >= 0xd0 && marker <= 0xd8))
    const length = hasLength ? view.getUint16(offset + 2) : 0
    if (hasLength && length < 2) break
    let end = offset + 2 + length
    if (end > bytes.length) break
    if (marker === startOfScan) end = endOfScan(bytes, end)
    segments.push({ marker, start: offset, dataStart: offset + (hasLength ? 4 : 2), end })
    offset = end
  }
  return { segments, end: bytes.length, isComplete: false, lastSegmentEnd: offset }
}

/**
 * Returns the end of the scan data, which is the next marker. FF 00 (an escaped FF), restart markers and fill bytes
 * belong to the scan data.
 */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (
    let offset = bytes.indexOf(0xff, from);
    offset >= 0 && offset + 1 < bytes.length;
    offset = bytes.indexOf(0xff, offset + 1)
  ) {
    const nextByte = bytes[offset + 1] ?? 0
    if (nextByte !== 0 && nextByte !== 0xff && !(nextByte >= 0xd0 && nextByte <= 0xd7)) return offset
  }
  return bytes.length
}

/** A picture in the index of a Multi-Picture Format (MPF) file. */
export interface FurtherPicture {
  readonly start: number
  readonly end: number
  /** Offset of the field that holds the offset of the picture. */
  readonly offsetFieldStart: number
}

export interface MultiPictureIndex {
  /** Start of the TIFF header. Offsets in the index are relative to it. */
  readonly origin: number
  readonly isLittleEndian: boolean
  /** Offset of the field that holds the length of the first picture. */
  readonly firstLengthFieldStart: number
  readonly pictures: readonly FurtherPicture[]
}

/**
 * Reads the index of the pictures that follow the first one. Returns undefined if there is no index or if it is wrong.
 */
export function readMultiPictureIndex(
  bytes: Uint8Array,
  { segments }: JpegLayout,
): MultiPictureIndex | undefined {
  const segment = segments.find(
    ({ marker, dataStart }) =>
      marker === jpegMarkers.app2 && hasText(bytes, dataStart, segmentSignatures.mpf),
  )
  if (!segment) return undefined
  const origin = segment.dataStart + segmentSignatures.mpf.length
  const isLittleEndian = hasText(bytes, origin, 'II*\0')
  const indexView = dataViewOf(bytes.subarray(origin, segment.end))
  try {
    const directoryOffset = indexView.getUint32(4, isLittleEndian)
    for (let entry = 0; entry < indexView.getUint16(directoryOffset, isLittleEndian); entry += 1) {
      const entryOffset = directoryOffset + 2 + 12 * entry
      if (indexView.getUint16(entryOffset, isLittleEndian) !== 0xb002) continue
      const count = indexView.getUint32(entryOffset + 4, isLittleEndian) / 16
      const entriesStart = indexView.getUint32(entryOffset + 8, isLittleEndian)
      const pictures = Array.from({ length: Math.min(count - 1, 100) }, (_, picture) => {
        const offsetField = entriesStart + 16 * (picture + 1) + 8
        const start = origin + indexView.getUint32(offsetField, isLittleEndian)
        const end = start + indexView.getUint32(offsetField - 4, isLittleEndian)
        return { start, end, offsetFieldStart: origin + offsetField }
      })
      const sortedPictures = pictures.toSorted((first, second) => first.start - second.start)
      // Rejects pictures that overlap, because shared bytes would be read once for each picture.
      const isConsistent = sortedPictures.every(
        ({ start, end }, position) =>
          isJpeg(bytes, start) && end <= (sortedPictures[position + 1]?.start ?? bytes.length),
      )
      return isConsistent
        ? { origin, isLittleEndian, firstLengthFieldStart: origin + entriesStart + 4, pictures }
        : undefined
    }
  } catch {
    // A RangeError means that the index ends outside its segment.
  }
  return undefined
}
