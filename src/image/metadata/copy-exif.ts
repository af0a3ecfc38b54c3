import { hasText } from './byte-helpers.ts'
import { editMetadata } from './edit-metadata.ts'
import { endOfImage, readJpegLayout, segmentSignatures, startOfScan } from './jpeg-segments.ts'
import type { MetadataMode } from './metadata-mode.ts'
import { fitTiff } from './exif.ts'

/**
 * Returns a copy of the EXIF segment of a JPEG after an edit of its metadata. Undefined if there is none. Edits only the
 * segments before the scan data, because a copy of the whole file would block the page.
 */
export function readExif(bytes: Uint8Array, mode: MetadataMode): Uint8Array | undefined {
  const scanStart = readJpegLayout(bytes).segments.find(({ marker }) => marker === startOfScan)?.start ?? 2
  const head = new Uint8Array(scanStart + 2)
  head.set(bytes.subarray(0, scanStart))
  head.set([0xff, endOfImage], scanStart)
  const edited = editMetadata(head, mode)
  const segment = readJpegLayout(edited).segments.find(({ dataStart }) =>
    hasText(edited, dataStart, segmentSignatures.exif),
  )
  return segment && edited.slice(segment.start, segment.end)
}

/** Adapts an EXIF segment to the JPEG that was drawn from its picture. Changes the given segment. */
export function fitExif(segment: Uint8Array, width: number, height: number): void {
  fitTiff(segment.subarray(4 + segmentSignatures.exif.length), width, height)
}
