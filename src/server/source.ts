/** Reads an object in pieces, as its format leads from one place to the next. */
export interface Source {
  /** Bytes of the whole object. */
  readonly size: number
  /** `length` bytes at `at`; undefined where the object ends before. Throws an UnreadableImage when it has read too much. */
  view(at: number, length: number): Promise<DataView | undefined>
}

/** Why the size of an image cannot be told. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage'
}

const firstPiece = 64 * 1024
const largestPiece = 1024 ** 2
/** Frames of an animation are found only by reading through it, so that is how long one may be. */
const mostBytes = 32 * 1024 ** 2
/** Each is a request to storage. Reading 32 MB from start to end takes 36; pages of a TIFF are one jump each. */
const mostReads = 128
/** A step is to look at up to 256 bytes, however often. A GIF of 32 MB has half as many blocks. */
const mostSteps = 2 ** 18

export function createSource(
  read: (length: number, start: number) => Promise<Uint8Array>,
  size: number,
): Source {
  let start = 0
  let bytes: Uint8Array = new Uint8Array()
  let bytesLeft = mostBytes
  let readsLeft = mostReads
  let stepsLeft = mostSteps

  return {
    size,
    async view(at, length) {
      stepsLeft -= 1 + (length >>> 8)
      if (at + length > size) return undefined
      const end = start + bytes.length
      if (at < start || at + length > end) {
        // Read further on, a file is read in larger and larger pieces; a jump may need only a little.
        const further = at >= start && at <= end ? Math.min(bytes.length * 2, largestPiece) : 0
        const piece = Math.max(length, firstPiece, further)
        bytesLeft -= piece
        readsLeft -= 1
        if (bytesLeft < 0) throw new UnreadableImage('its frames are spread over more than 32 MB')
        if (readsLeft < 0) throw new UnreadableImage('its frames are spread over too many places')
        bytes = await read(piece, at)
        start = at
        if (bytes.length < length) return undefined
      }
      if (stepsLeft < 0) throw new UnreadableImage('it has too many parts')
      return new DataView(bytes.buffer, bytes.byteOffset + at - start, length)
    },
  }
}

/** ASCII at the start of a view, or anywhere in it. */
export function textAt(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length))
}
