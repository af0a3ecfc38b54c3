/**
 * Major brands of HEIF pictures, of which file-type knows heic, heix, hevc, hevx, mif1 and msf1:
 * https://mp4ra.org/registered-types/brands
 */
const pictureBrands = /^(hei[ms]|hev[ms]|mif[23]|miaf|MiH[ABE]|MiPr|avc[is]|jpe?gs?|j2(ki|is)|vvi[cs])$/
/** Types of the first or second box of a movie or of a movie segment. */
const topLevel = /^(ftyp|styp|sidx|skip|free|wide|junk|pnot|prfl|PICT|pict|uuid|mdat|moov|moof|mfra)$/
const segment = /^(styp|sidx|moof)$/

/** Detects ISO media and QuickTime files whose first boxes file-type does not know. */
export function detectIsoMediaType(head: Uint8Array): string | undefined {
  const type = readBoxType(head, 0)
  if (type === 'ftyp') return pictureBrands.test(readBoxType(head, 4)) ? 'image/heic' : undefined
  if (!topLevel.test(type)) return undefined
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0)
  if (size < 8 || (size + 8 <= head.length && !topLevel.test(readBoxType(head, size)))) return undefined
  return segment.test(type) ? 'video/mp4' : 'video/quicktime'
}

function readBoxType(head: Uint8Array, at: number): string {
  return new TextDecoder('latin1').decode(head.subarray(at + 4, at + 8))
}
