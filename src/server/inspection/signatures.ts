/** Signatures that the sniffer does not know: Core Audio, WAV of over 4 GB, HWP before version 5. */
const signatures: readonly (readonly [mark: RegExp, type: string])[] = [
  [/^caff/, 'audio/x-caf'],
  [/^RF64.{4}WAVE/s, 'audio/wav'],
  [/^HWP Document File/, 'application/x-hwp'],
  // WOFF of any outlines, Apple's TrueType, photos of older cameras, Feather 1 and FBX as text.
  [/^wOFF/, 'font/woff'],
  [/^wOF2/, 'font/woff2'],
  [/^true\0/, 'font/ttf'],
  [/^(IIR[OS]|MMOR)/, 'image/x-olympus-orf'],
  [/^IIU\0/, 'image/x-panasonic-rw2'],
  [/^FEA1/, 'application/vnd.apache.arrow.file'],
  [/^; FBX /, 'application/x.autodesk.fbx'],
]

/** Detects a type that the sniffer does not know. `start` is the first 32 bytes, one character each. */
export function typeOfSignature(start: string): string | undefined {
  return signatures.find(([mark]) => mark.test(start))?.[1]
}
