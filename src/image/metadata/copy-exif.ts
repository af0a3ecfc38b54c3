import { hasText } from './byte-helpers.ts'
import { editMetadata } from './edit-metadata.ts'
import { endOfImage, readJpegLayout, segmentSignatures, startOfScan } from './jpeg-segments.ts'
import type { MetadataMode } from './metadata-mode.ts'
import { fitTiff } from './tiff.ts'

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

/**
 * Returns the JPEG `target` with an EXIF segment, adapted to the new size. This is needed because encoders drop the EXIF.
 */
export async function copyExif(
  segment: Uint8Array,
  target: Blob,
  width: number,
  height: number,
): Promise<Blob> {
  fitTiff(segment.subarray(4 + segmentSignatures.exif.length), width, height)
  // Puts the EXIF directly after the start marker, where readers look for it.
  const encoded = new Uint8Array(await target.arrayBuffer())
  // One piece of memory: createImageBitmap of Firefox decodes no Blob that consists of several Blobs (153).
  const joined = new Uint8Array(encoded.length + segment.length)
  joined.set(encoded)
  joined.set(segment, 2)
  joined.set(encoded.subarray(2), 2 + segment.length)
  return new Blob([joined], { type: target.type })
}
