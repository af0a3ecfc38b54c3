import { concatenate, hasText, decodeLatin1, dataViewOf } from './byte-helpers.ts'
import { blankJpeg } from './jpeg-blank.ts'
import type { StripMode } from './metadata-mode.ts'
import { blankLocationInTiff, removeOrientation } from './exif.ts'

/** Bits of the `VP8X` chunk that say which metadata follows. */
const exifBit = 0x08
const xmpBit = 0x04

interface WebpChunk {
  readonly chunkType: string
  readonly start: number
  readonly dataStart: number
  readonly dataEnd: number
}

const webpPictureChunkTypes = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])

export function isWebp(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'WEBP')
}

export function readWebpChunks(bytes: Uint8Array): WebpChunk[] {
  const view = dataViewOf(bytes)
  const chunks: WebpChunk[] = []
  for (let start = 12; start + 8 <= bytes.length;) {
    const dataStart = start + 8
    const dataEnd = dataStart + view.getUint32(start + 4, true)
    if (dataEnd > bytes.length) break
    chunks.push({ chunkType: decodeLatin1(bytes, start, start + 4), start, dataStart, dataEnd })
    // Every chunk is padded to an even length.
    start = dataEnd + (dataEnd % 2)
  }
  return chunks
}

/**
 * Removes metadata of a WebP. Removes the orientation in all modes, because browsers ignore it but other programs use
 * it.
 */
export function stripWebp(bytes: Uint8Array, mode: StripMode): Uint8Array {
  const chunks = readWebpChunks(bytes)
  if (!chunks.some(({ chunkType }) => chunkType.startsWith('VP8'))) return bytes
  const keptChunks = chunks.filter(
    ({ chunkType }) =>
      webpPictureChunkTypes.has(chunkType) || (chunkType === 'EXIF' && mode === 'strip-location'),
  )
  const exif = mode === 'strip-location' ? chunks.find(({ chunkType }) => chunkType === 'EXIF') : undefined
  if (keptChunks.length === chunks.length && !exif) return bytes
  const pieces = keptChunks.map((chunk) => paddedChunk(bytes, chunk))
  const newFile = concatenate([bytes.slice(0, 12), ...pieces])
  dataViewOf(newFile).setUint32(4, newFile.length - 8, true)
  for (const { chunkType, dataStart, dataEnd } of readWebpChunks(newFile)) {
    if (chunkType === 'VP8X')
      newFile[dataStart] = ((newFile[dataStart] ?? 0) & ~(exifBit | xmpBit)) | (exif ? exifBit : 0)
    if (chunkType === 'EXIF') blankExif(newFile.subarray(dataStart, dataEnd), mode)
  }
  return newFile
}

function blankExif(data: Uint8Array, mode: StripMode): void {
  // Some programs write the EXIF prefix of JPEG before the TIFF.
  const tiff = hasText(data, 0, 'Exif\0\0') ? data.subarray(6) : data
  blankLocationInTiff(tiff, (thumbnail) => blankJpeg(thumbnail, mode))
  removeOrientation(tiff)
}

function paddedChunk(bytes: Uint8Array, { start, dataEnd }: WebpChunk): Uint8Array {
  const chunk = bytes.slice(start, dataEnd)
  return chunk.length % 2 === 0 ? chunk : concatenate([chunk, new Uint8Array(1)])
}
