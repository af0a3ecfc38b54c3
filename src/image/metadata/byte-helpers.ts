/** Reads bytes as Latin-1, so that an index in the text is an index in the bytes. */
export function decodeLatin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return new TextDecoder('latin1').decode(bytes.subarray(start, end))
}

/** Whether the bytes at `offset` are these ASCII letters. */
export function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset < 0 || offset + text.length > bytes.length) return false
  for (let index = 0; index < text.length; index += 1)
    if (bytes[offset + index] !== text.charCodeAt(index)) return false
  return true
}

/** Returns the offset of ASCII letters at or after `from`, or -1. */
export function indexOfText(bytes: Uint8Array, text: string, from = 0): number {
  const firstByte = text.charCodeAt(0)
  for (
    let offset = bytes.indexOf(firstByte, from);
    offset >= 0;
    offset = bytes.indexOf(firstByte, offset + 1)
  )
    if (hasText(bytes, offset, text)) return offset
  return -1
}

export function dataViewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const joinedBytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) {
    joinedBytes.set(piece, offset)
    offset += piece.length
  }
  return joinedBytes
}
