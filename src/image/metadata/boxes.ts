import { indexOfText, decodeLatin1, dataViewOf } from './byte-helpers.ts'

/** A box of an ISO base media file (HEIC, AVIF, MP4, QuickTime). */
export interface MediaBox {
  readonly boxType: string
  readonly start: number
  readonly dataStart: number
  readonly end: number
}

/** Returns the boxes in a range of bytes. Stops at the first box that does not fit into the range. */
export function readMediaBoxes(bytes: Uint8Array, from = 0, to = bytes.length): MediaBox[] {
  const view = dataViewOf(bytes)
  const boxes: MediaBox[] = []
  let start = from
  while (start + 8 <= to) {
    const shortSize = view.getUint32(start)
    const hasLongSize = shortSize === 1
    if (hasLongSize && start + 16 > to) break
    const headerBytes = hasLongSize ? 16 : 8
    const size = hasLongSize ? Number(view.getBigUint64(start + 8)) : shortSize || to - start
    if (size < headerBytes || start + size > to) break
    const boxType = decodeLatin1(bytes, start + 4, start + 8)
    boxes.push({ boxType, start, dataStart: start + headerBytes, end: start + size })
    start += size
  }
  return boxes
}

/** Changes the type of a box to `free`, which readers skip, and overwrites its contents with zeros. */
export function freeBox(bytes: Uint8Array, { start, dataStart, end }: MediaBox): void {
  bytes.set([0x66, 0x72, 0x65, 0x65], start + 4)
  bytes.fill(0, dataStart, end)
}

/**
 * Blanks the boxes of a video that may hold locations and names: `udta` and `meta` of the movie and its tracks, and `uuid`
 * (XMP).
 */
export function blankMovie(bytes: Uint8Array, from = 0, to = bytes.length): void {
  // The loop adds child boxes to the list that it reads. It is not recursive, because boxes that are nested a hundred
  // thousand deep would overflow the stack.
  const boxes = readMediaBoxes(bytes, from, to)
  for (const box of boxes) {
    if (['udta', 'meta', 'uuid'].includes(box.boxType)) freeBox(bytes, box)
    else if (box.boxType === 'moov' || box.boxType === 'trak')
      for (const child of readMediaBoxes(bytes, box.dataStart, box.end)) boxes.push(child)
  }
}

/** Overwrites with zeros the country code that Samsung phones write after a picture. */
export function blankSamsungCountry(bytes: Uint8Array, from = 0): void {
  const fieldName = 'MCC_Data'
  for (
    let offset = indexOfText(bytes, fieldName, from);
    offset >= 0;
    offset = indexOfText(bytes, fieldName, offset + 1)
  )
    for (let digitOffset = offset + fieldName.length; isDigit(bytes[digitOffset]); digitOffset += 1)
      bytes[digitOffset] = 0
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39
}

/** Returns the start of the first video at or after `from`, or -1. */
export function indexOfMovie(bytes: Uint8Array, from: number): number {
  for (
    let offset = indexOfText(bytes, 'ftyp', from);
    offset >= 0;
    offset = indexOfText(bytes, 'ftyp', offset + 1)
  ) {
    const [firstBox, secondBox] = offset - 4 >= from ? readMediaBoxes(bytes, offset - 4) : []
    if (firstBox && secondBox) return firstBox.start
  }
  return -1
}
