/** Reads the bytes of a stored image at any offset. Requests them from storage in chunks. */
export interface ImageSource {
  /** Size of the object in bytes. */
  readonly size: number
  /**
   * Returns `length` bytes from `offset`, or undefined after the end of the file. Throws an UnreadableImage when
   * a read limit is exceeded.
   */
  view(offset: number, length: number): Promise<DataView | undefined>
  /**
   * Adds `count` to the number of steps, which is limited. Call it in loops over bytes that an earlier `view` returned.
   * Throws an UnreadableImage above the limit.
   */
  countParts(count: number): void
}

/** Thrown when the size of an image cannot be determined. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage'
}

const minChunkBytes = 64 * 1024
const maxChunkBytes = 1024 ** 2
/** Limits the bytes that are read. All frames of an animation are found only by reading the whole file. */
const maxBytes = 32 * 1024 ** 2
/** Limits storage requests. Reading 32 MB from start to end takes 36 requests; a TIFF takes one request per page. */
const maxReads = 128
/** Limits CPU time. A step reads up to 256 bytes. A GIF of 32 MB needs at most half of this number of steps. */
const maxSteps = 2 ** 18

export function createImageSource(
  read: (length: number, start: number) => Promise<Uint8Array>,
  size: number,
): ImageSource {
  let start = 0
  let bytes: Uint8Array = new Uint8Array()
  let bytesLeft = maxBytes
  let readsLeft = maxReads
  let stepsLeft = maxSteps
  const countParts = (count: number) => {
    stepsLeft -= count
    if (stepsLeft < 0) throw new UnreadableImage('it has too many parts')
  }

  return {
    size,
    countParts,
    async view(offset, length) {
      countParts(1 + (length >>> 8))
      if (offset + length > size) return undefined
      const end = start + bytes.length
      if (offset < start || offset + length > end) {
        // Sequential reads double the chunk size. A read at another offset starts with a small chunk again.
        const sequentialLength =
          offset >= start && offset <= end ? Math.min(bytes.length * 2, maxChunkBytes) : 0
        const chunkLength = Math.max(length, minChunkBytes, sequentialLength)
        bytesLeft -= chunkLength
        readsLeft -= 1
        if (bytesLeft < 0) throw new UnreadableImage('its frames are spread over more than 32 MB')
        if (readsLeft < 0) throw new UnreadableImage('its frames are spread over too many places')
        bytes = await read(chunkLength, offset)
        start = offset
        if (bytes.length < length) return undefined
      }
      return new DataView(bytes.buffer, bytes.byteOffset + offset - start, length)
    },
  }
}

/** Reads `length` bytes of a view from `offset` as ASCII text. */
export function readText(view: DataView, offset: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length))
}
