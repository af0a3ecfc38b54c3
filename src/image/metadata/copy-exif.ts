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
  return new Blob([target.slice(0, 2), segment, target.slice(2)], { type: target.type })
}
