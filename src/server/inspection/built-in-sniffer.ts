import { splitAccept } from '../../protocol/accept/accept.ts'
import type { Accept } from '../../protocol/accept/accept.ts'
import { canonicalName, formatsByExtension } from './media-types.ts'
import { loadSniffer } from './sniff.ts'
import type { SniffedType, Sniffer } from './sniff.ts'

/**
 * Signatures of the formats that are detected without the package file-type: pictures that browsers show, and PDF. For
 * each file that they match, file-type detects the same format (test/server/built-in-sniffer.test.ts).
 */
const builtInSignatures: readonly (readonly [signature: RegExp | string, mime: string])[] = [
  // With F7, the file is a JPEG-LS.
  [/^\xff\xd8\xff[^\xf7]/, 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^\0\0\0[^]ftypavi[fs]/, 'image/avif'],
  [/^\0\0\0[^]ftyp(hei[cx]|hev[cx]|mif1|msf1)/, 'image/heic'],
  [/^%PDF-/, 'application/pdf'],
]

/** Formats for a message to developers. */
export const builtInFormats = 'JPEG, PNG, GIF, WebP, AVIF, HEIC and PDF'

/**
 * Detects only a few formats. If it is used instead of file-type, the server refuses all other files, because the bytes
 * of a file without a detected type may be of any type.
 */
export const builtInSniffer: Sniffer = {
  fileTypeFromBuffer(head): Promise<SniffedType | undefined> {
    const start = String.fromCharCode(...head.subarray(0, 16))
    const mime = builtInSignatures.find(([signature]) =>
      typeof signature === 'string' ? start.startsWith(signature) : signature.test(start),
    )?.[1]
    const isUnknown = mime === undefined || (mime === 'image/png' && !hasPngChunks(head))
    return Promise.resolve(isUnknown ? undefined : { mime, ext: '' })
  },
}

/** Whether the chunks before the pixels have valid lengths. */
function hasPngChunks(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  for (let offset = 8; offset + 8 < head.length;) {
    const length = view.getInt32(offset)
    const chunkType = String.fromCharCode(...head.subarray(offset + 4, offset + 8))
    if (length < 0 || (chunkType === 'IHDR' && length !== 13)) return false
    if (chunkType === 'IDAT' || chunkType === 'acTL') return true
    offset += length + 12
  }
  return true
}

/**
 * Whether a route can do without file-type: its `accept` is `image/*`, or names only formats that `builtInSniffer`
 * detects. Then every file with another content is refused.
 */
export function worksWithoutFileType(accept: Accept | undefined): boolean {
  const patterns = splitAccept(accept ?? '')
  const isBuiltIn = (type: string) => builtInSignatures.some(([, mime]) => mime === canonicalName(type))
  return (
    patterns.length > 0 &&
    patterns.every((pattern) => {
      if (pattern === 'image/*') return true
      if (!pattern.startsWith('.')) return isBuiltIn(pattern)
      const formats = formatsByExtension(pattern.slice(1))
      return formats.length > 0 && formats.every(({ types }) => types.every(isBuiltIn))
    })
  )
}

/** Loads file-type. If it is not installed and the route can do without it, returns `builtInSniffer`. */
export async function loadSnifferFor(
  accept: Accept,
  load: () => Promise<Sniffer> = loadSniffer,
): Promise<Sniffer> {
  try {
    return await load()
  } catch (thrown) {
    if (worksWithoutFileType(accept)) return builtInSniffer
    throw thrown
  }
}
