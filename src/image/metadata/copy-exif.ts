import { hasText } from './byte-helpers.ts'
import { readJpegLayout, segmentSignatures } from './jpeg-segments.ts'
import { fitTiff } from './tiff.ts'

/**
 * Returns the JPEG `target` with the EXIF of `source`, adapted to the new size. This is needed because encoders drop
 * the EXIF.
 */
export async function copyExif(source: Blob, target: Blob, width: number, height: number): Promise<Blob> {
  const bytes = new Uint8Array(await source.arrayBuffer())
  const exif = readJpegLayout(bytes).segments.find(({ dataStart }) =>
    hasText(bytes, dataStart, segmentSignatures.exif),
  )
  if (!exif) return target
  const segment = bytes.slice(exif.start, exif.end)
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
