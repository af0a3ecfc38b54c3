import { concatenate, hasText, decodeLatin1, dataViewOf } from './byte-helpers.ts'
import { blankJpeg } from './jpeg-blank.ts'
import type { StripMode } from './metadata-mode.ts'
import { blankLocationInTiff, createOrientationTiff, orientationInTiff } from './exif.ts'

const pngSignature = '\u0089PNG\r\n\u001a\n'

interface PngChunk {
  readonly chunkType: string
  readonly start: number
  readonly dataStart: number
  /** End of the data. Four bytes of CRC follow. */
  readonly dataEnd: number
  readonly end: number
}

export function readPngChunks(bytes: Uint8Array): PngChunk[] {
  const view = dataViewOf(bytes)
  const chunks: PngChunk[] = []
  for (let start = pngSignature.length; start + 12 <= bytes.length;) {
    const dataStart = start + 8
    const dataEnd = dataStart + view.getUint32(start)
    const chunkType = decodeLatin1(bytes, start + 4, dataStart)
    if (dataEnd + 4 > bytes.length) break
    chunks.push({ chunkType, start, dataStart, dataEnd, end: dataEnd + 4 })
    if (chunkType === 'IEND') break
    start = dataEnd + 4
  }
  return chunks
}

/** Chunks that decide how the picture looks: color, transparency, density, animation. */
const pngPictureChunkTypes = new Set(
  'tRNS iCCP sRGB gAMA cHRM cICP mDCV cLLI mDCv cLLi sBIT bKGD hIST pHYs acTL fcTL fdAT'.split(' '),
)
const textChunkTypes = new Set(['tEXt', 'zTXt', 'iTXt'])
/** Keywords of text chunks that may hold a location. Only the keyword is checked, because texts may be compressed. */
const locationKeywords = /^(XML:com\.adobe\.xmp|Raw profile type .*|.*(location|gps|geo|city|country).*)\0/i

/**
 * Removes metadata of a PNG, and all bytes after its end, because some screenshot tools leave the cropped areas of the
 * picture there. Returns the same bytes if there is nothing to remove.
 */
export function stripPng(bytes: Uint8Array, mode: StripMode): Uint8Array {
  const chunks = readPngChunks(bytes)
  const pieces = chunks.map((chunk) => editPngChunk(bytes, chunk, mode))
  const { end, chunkType } = chunks.at(-1) ?? { end: pngSignature.length }
  // Keeps the incomplete last chunk of a picture that was cut off, because browsers show the pixels in it.
  const isPictureCutOff = chunkType !== 'IEND' && isCritical(decodeLatin1(bytes, end + 4, end + 8))
  const remainingBytes = bytes.subarray(isPictureCutOff ? end : bytes.length)
  const hasChanged =
    pieces.some((piece, index) => piece !== chunks[index]) || end + remainingBytes.length !== bytes.length
  if (!hasChanged) return bytes
  return concatenate([
    bytes.subarray(0, pngSignature.length),
    ...pieces.flatMap((piece) => {
      if (piece === undefined) return []
      if (piece instanceof Uint8Array) return [piece]
      // Removes Apple's chunk of offsets (iDOT), which becomes wrong when any chunk moves.
      return piece.chunkType === 'iDOT' ? [] : [bytes.subarray(piece.start, piece.end)]
    }),
    remainingBytes,
  ])
}

/**
 * Whether a chunk is critical, as the chunks of pixels and of the palette are. The type of such a chunk begins with a
 * capital letter.
 */
const isCritical = (type: string) => /^[A-Z][A-Za-z]{3}$/.test(type)

/** Returns the chunk if it stays unchanged, the bytes of a new chunk, or undefined if it is removed. */
function editPngChunk(
  bytes: Uint8Array,
  chunk: PngChunk,
  mode: StripMode,
): PngChunk | Uint8Array | undefined {
  const { chunkType, dataStart, dataEnd } = chunk
  if (chunkType === 'eXIf') {
    const tiff = bytes.slice(dataStart, dataEnd)
    if (mode === 'strip') {
      const orientation = orientationInTiff(tiff)
      return orientation === 1 ? undefined : createChunk(chunkType, createOrientationTiff(orientation))
    }
    blankLocationInTiff(tiff, (thumbnail) => blankJpeg(thumbnail, mode))
    return tiff.every((byte, index) => byte === bytes[dataStart + index])
      ? chunk
      : createChunk(chunkType, tiff)
  }
  if (isCritical(chunkType) || pngPictureChunkTypes.has(chunkType)) return chunk
  if (mode === 'strip') return undefined
  const isLocationText =
    textChunkTypes.has(chunkType) &&
    locationKeywords.test(decodeLatin1(bytes, dataStart, dataEnd).slice(0, 80))
  // Also removes the signature of C2PA (`caBX`), which every edit of the bytes makes invalid.
  return isLocationText || chunkType === 'caBX' ? undefined : chunk
}

function createChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(data.length + 12)
  const view = dataViewOf(chunk)
  view.setUint32(0, data.length)
  chunk.set(new TextEncoder().encode(type), 4)
  chunk.set(data, 8)
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)))
  return chunk
}

/** Computes the CRC of a PNG chunk bit by bit, which is fast enough for the small chunks that are written. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

export function isPng(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, pngSignature)
}
