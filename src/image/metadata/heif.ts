import { blankMovie, blankSamsungCountry, mediaBoxes, freeBox } from './boxes.ts'
import type { MediaBox } from './boxes.ts'
import { concatenate, latin1, viewOf } from './byte-helpers.ts'
import { blankJpeg } from './jpeg-blank.ts'
import type { StripMode } from './metadata-mode.ts'
import { blankLocationInTiff } from './tiff.ts'
import { blankXmp } from './xmp.ts'

interface ItemExtent {
  readonly start: number
  readonly end: number
}

/** Reads big-endian numbers of a box one after the other. Throws a RangeError behind its end. */
function numberReader(bytes: Uint8Array, { dataStart, end }: MediaBox) {
  const data = bytes.subarray(dataStart, end)
  const view = viewOf(data)
  let at = 0
  return {
    /** A number of 0, 1, 2, 4 or 8 bytes. */
    number(size: number): number {
      let value = 0
      for (let index = 0; index < size; index += 1) value = value * 256 + view.getUint8(at + index)
      at += size
      return value
    },
    text(): string {
      const textEnd = data.indexOf(0, at)
      const text = latin1(data, at, textEnd < 0 ? data.length : textEnd)
      at += text.length + 1
      return text
    },
    letters(count: number): string {
      at += count
      return latin1(data, at - count, at)
    },
  }
}

/** Returns the ids of the items of EXIF and of XMP. */
function metadataItems(bytes: Uint8Array, itemInfo: MediaBox): Map<number, 'exif' | 'xmp'> {
  const items = new Map<number, 'exif' | 'xmp'>()
  const versionBytes = bytes[itemInfo.dataStart] === 0 ? 2 : 4
  for (const box of mediaBoxes(bytes, itemInfo.dataStart + 4 + versionBytes, itemInfo.end)) {
    if (box.type !== 'infe') continue
    const read = numberReader(bytes, box)
    const version = read.number(1)
    if (version < 2) continue
    read.number(3)
    const id = read.number(version === 2 ? 2 : 4)
    read.number(2)
    const type = read.letters(4)
    read.text()
    if (type === 'Exif') items.set(id, 'exif')
    else if (type === 'mime' && /xml/i.test(read.text())) items.set(id, 'xmp')
  }
  return items
}

/** Returns where the bytes of each item lie. Items in other files are left out. */
function itemRanges(
  bytes: Uint8Array,
  location: MediaBox,
  itemData: MediaBox | undefined,
): Map<number, ItemExtent[]> {
  const read = numberReader(bytes, location)
  const version = read.number(1)
  read.number(3)
  const sizes = read.number(2)
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15]
  const indexSize = version > 0 ? sizes & 15 : 0
  const idSize = version < 2 ? 2 : 4
  const ranges = new Map<number, ItemExtent[]>()
  for (let count = read.number(idSize); count > 0; count -= 1) {
    const id = read.number(idSize)
    const construction = version > 0 ? read.number(2) & 15 : 0
    const isInThisFile = read.number(2) === 0
    const base = read.number(baseSize) + (construction === 1 ? (itemData?.dataStart ?? 0) : 0)
    const extents = Array.from({ length: read.number(2) }, () => {
      read.number(indexSize)
      const start = base + read.number(offsetSize)
      const length = read.number(lengthSize)
      return { start, end: length === 0 ? bytes.length : start + length }
    })
    if (isInThisFile && (construction === 0 || (construction === 1 && itemData))) ranges.set(id, extents)
  }
  return ranges
}

/** Edits the bytes of several ranges as one. The length must stay. */
function editRanges(bytes: Uint8Array, ranges: readonly ItemExtent[], edit: (whole: Uint8Array) => void) {
  const pieces = ranges.map(({ start, end }) => bytes.subarray(start, end))
  const whole = concatenate(pieces)
  edit(whole)
  let offset = 0
  for (const piece of pieces) {
    piece.set(whole.subarray(offset, offset + piece.length))
    offset += piece.length
  }
}

/** An Exif item begins with the offset of the TIFF behind these four bytes. */
function blankExifItem(item: Uint8Array, mode: StripMode): void {
  if (item.length < 8) return
  const tiff = item.subarray(Math.min(4 + viewOf(item).getUint32(0), item.length))
  // The picture is turned by its own properties: the orientation in EXIF only informs.
  if (mode === 'strip') tiff.fill(0)
  else blankLocationInTiff(tiff, (thumbnail) => blankJpeg(thumbnail, mode))
}

/**
 * Overwrites metadata of a HEIC or AVIF without changing a length: items lie at offsets from the start of the file.
 */
export function blankHeif(bytes: Uint8Array, mode: StripMode): void {
  for (const box of mediaBoxes(bytes)) {
    if (box.type === 'uuid') freeBox(bytes, box)
    else if (box.type === 'moov') blankMovie(bytes, box.start, box.end)
    else if (box.type === 'mpvd') blankMovie(bytes, box.dataStart, box.end)
    else if (box.type === 'sefd') blankSamsungCountry(bytes.subarray(0, box.end), box.dataStart)
    else if (box.type === 'meta') {
      try {
        blankItems(bytes, box, mode)
      } catch (thrown) {
        // A damaged list of items ends behind its box: the items before are blank.
        if (!(thrown instanceof RangeError)) throw thrown
      }
    }
  }
}

function blankItems(bytes: Uint8Array, meta: MediaBox, mode: StripMode): void {
  const boxes = mediaBoxes(bytes, meta.dataStart + 4, meta.end)
  const find = (type: string) => boxes.find((box) => box.type === type)
  const itemInfo = find('iinf')
  const location = find('iloc')
  if (!itemInfo || !location) return
  const ranges = itemRanges(bytes, location, find('idat'))
  for (const [id, kind] of metadataItems(bytes, itemInfo))
    editRanges(bytes, ranges.get(id) ?? [], (item) => {
      if (kind === 'exif') blankExifItem(item, mode)
      else blankXmp(item)
    })
}
