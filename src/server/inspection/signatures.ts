/** Signatures that the package file-type does not know: Core Audio, WAV of over 4 GB, HWP before version 5. */
const signatures: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^caff/, 'audio/x-caf'],
  [/^RF64.{4}WAVE/s, 'audio/wav'],
  [/^HWP Document File/, 'application/x-hwp'],
  // The next signatures are of WOFF with any kind of outlines, Apple's TrueType, photos of older cameras, Feather 1,
  // and the text form of FBX.
  [/^wOFF/, 'font/woff'],
  [/^wOF2/, 'font/woff2'],
  [/^true\0/, 'font/ttf'],
  [/^(IIR[OS]|MMOR)/, 'image/x-olympus-orf'],
  [/^IIU\0/, 'image/x-panasonic-rw2'],
  [/^FEA1/, 'application/vnd.apache.arrow.file'],
  [/^; FBX /, 'application/x.autodesk.fbx'],
]

/** Detects a type that file-type does not know. `start` is the first 32 bytes as text, with one character per byte. */
export function typeOfSignature(start: string): string | undefined {
  return signatures.find(([pattern]) => pattern.test(start))?.[1]
}

/**
 * Major brands of HEIF pictures that file-type does not know. It knows heic, heix, hevc, hevx, mif1 and msf1:
 * https://mp4ra.org/registered-types/brands
 */
const pictureBrands = /^(hei[ms]|hev[ms]|mif[23]|miaf|MiH[ABE]|MiPr|avc[is]|jpe?gs?|j2(ki|is)|vvi[cs])$/
/** Types of the first or second box of a movie or of a movie segment. */
const topLevelBoxTypes = /^(ftyp|styp|sidx|skip|free|wide|junk|pnot|prfl|PICT|pict|uuid|mdat|moov|moof|mfra)$/
const segmentBoxTypes = /^(styp|sidx|moof)$/

/** Detects ISO media and QuickTime files whose first boxes file-type does not know. */
export function detectIsoMediaType(head: Uint8Array): string | undefined {
  const boxType = readBoxType(head, 0)
  if (boxType === 'ftyp') return pictureBrands.test(readBoxType(head, 4)) ? 'image/heic' : undefined
  if (!topLevelBoxTypes.test(boxType)) return undefined
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0)
  if (size < 8 || (size + 8 <= head.length && !topLevelBoxTypes.test(readBoxType(head, size))))
    return undefined
  return segmentBoxTypes.test(boxType) ? 'video/mp4' : 'video/quicktime'
}

function readBoxType(head: Uint8Array, offset: number): string {
  return new TextDecoder('latin1').decode(head.subarray(offset + 4, offset + 8))
}
