import { blankMovie, blankSamsungCountry, readMediaBoxes, freeBox } from './boxes.ts'
import type { MediaBox } from './boxes.ts'
import { concatenate, decodeLatin1, dataViewOf } from './byte-helpers.ts'
import { blankJpeg } from './jpeg-blank.ts'
import type { StripMode } from './metadata-mode.ts'
import { blankLocationInTiff } from './exif.ts'
import { blankXmp } from './xmp.ts'

interface ItemExtent {
  readonly start: number
  readonly end: number
}

/** Reads the big-endian numbers of a box in order. Throws a RangeError after the end of the box. */
function createBoxReader(bytes: Uint8Array, { dataStart, end }: MediaBox) {
  const data = bytes.subarray(dataStart, end)
  const view = dataViewOf(data)
  let offset = 0
  return {
    /** Reads a number of 0, 1, 2, 4 or 8 bytes. */
    number(size: number): number {
      let value = 0
      for (let index = 0; index < size; index += 1) value = value * 256 + view.getUint8(offset + index)
      offset += size
      return value
    },
    text(): string {
      const textEnd = data.indexOf(0, offset)
      const text = decodeLatin1(data, offset, textEnd < 0 ? data.length : textEnd)
      offset += text.length + 1
      return text
    },
    letters(count: number): string {
      offset += count
      return decodeLatin1(data, offset - count, offset)
    },
  }
}

/** Returns the ids of the items that contain EXIF or XMP. */
function findMetadataItems(bytes: Uint8Array, itemInfo: MediaBox): Map<number, 'exif' | 'xmp'> {
  const items = new Map<number, 'exif' | 'xmp'>()
  const versionBytes = bytes[itemInfo.dataStart] === 0 ? 2 : 4
  for (const box of readMediaBoxes(bytes, itemInfo.dataStart + 4 + versionBytes, itemInfo.end)) {
    if (box.boxType !== 'infe') continue
    const reader = createBoxReader(bytes, box)
    const version = reader.number(1)
    if (version < 2) continue
    reader.number(3)
    const id = reader.number(version === 2 ? 2 : 4)
    reader.number(2)
    const itemType = reader.letters(4)
    reader.text()
    if (itemType === 'Exif') items.set(id, 'exif')
    else if (itemType === 'mime' && /xml/i.test(reader.text())) items.set(id, 'xmp')
  }
  return items
}

/** Returns the byte ranges of each item. Items in other files are left out. */
function readItemRanges(
  bytes: Uint8Array,
  locationBox: MediaBox,
  itemData: MediaBox | undefined,
): Map<number, ItemExtent[]> {
  const reader = createBoxReader(bytes, locationBox)
  const version = reader.number(1)
  reader.number(3)
  const fieldSizes = reader.number(2)
  const [offsetSize, lengthSize, baseSize] = [
    fieldSizes >> 12,
    (fieldSizes >> 8) & 15,
    (fieldSizes >> 4) & 15,
  ]
  const indexSize = version > 0 ? fieldSizes & 15 : 0
  const idSize = version < 2 ? 2 : 4
  const ranges = new Map<number, ItemExtent[]>()
  for (let itemsLeft = reader.number(idSize); itemsLeft > 0; itemsLeft -= 1) {
    const id = reader.number(idSize)
    const constructionMethod = version > 0 ? reader.number(2) & 15 : 0
    const isInThisFile = reader.number(2) === 0
    const baseOffset = reader.number(baseSize) + (constructionMethod === 1 ? (itemData?.dataStart ?? 0) : 0)
    const declaredCount = reader.number(2)
    // An extent without fields is the whole file, so one such extent is enough. The declared count may be huge, because
    // an extent without fields takes no bytes.
    const extentCount = indexSize + offsetSize + lengthSize === 0 ? Math.min(declaredCount, 1) : declaredCount
    const extents = Array.from({ length: extentCount }, () => {
      reader.number(indexSize)
      const start = baseOffset + reader.number(offsetSize)
      const length = reader.number(lengthSize)
      return { start, end: length === 0 ? bytes.length : start + length }
    })
    if (isInThisFile && (constructionMethod === 0 || (constructionMethod === 1 && itemData)))
      ranges.set(id, extents)
  }
  return ranges
}

/** Joins the bytes of several ranges, edits them and writes them back. `edit` must not change the length. */
function editRanges(
  bytes: Uint8Array,
  ranges: readonly ItemExtent[],
  edit: (joinedBytes: Uint8Array) => void,
) {
  const pieces = ranges.map(({ start, end }) => bytes.subarray(start, end))
  const joinedBytes = concatenate(pieces)
  edit(joinedBytes)
  let offset = 0
  for (const piece of pieces) {
    piece.set(joinedBytes.subarray(offset, offset + piece.length))
    offset += piece.length
  }
}

/** Blanks an Exif item. Its first four bytes are the offset of the TIFF after them. */
function blankExifItem(item: Uint8Array, mode: StripMode): void {
  if (item.length < 8) return
  const tiff = item.subarray(Math.min(4 + dataViewOf(item).getUint32(0), item.length))
  // Clears all of the EXIF, also the orientation. Viewers turn a HEIC by properties outside of the EXIF.
  if (mode === 'strip') tiff.fill(0)
  else blankLocationInTiff(tiff, (thumbnail) => blankJpeg(thumbnail, mode))
}

/**
 * Overwrites metadata of a HEIC or AVIF. Keeps all lengths, because the file refers to its items by their offsets in
 * the file.
 */
export function blankHeif(bytes: Uint8Array, mode: StripMode): void {
  // Items of a valid file do not overlap, so together they are not longer than the file. Overlapping items would take
  // quadratic time.
  const readBudget = { bytes: bytes.length }
  for (const box of readMediaBoxes(bytes)) {
    if (box.boxType === 'uuid') freeBox(bytes, box)
    else if (box.boxType === 'moov') blankMovie(bytes, box.start, box.end)
    else if (box.boxType === 'mpvd') blankMovie(bytes, box.dataStart, box.end)
    else if (box.boxType === 'sefd') blankSamsungCountry(bytes.subarray(0, box.end), box.dataStart)
    else if (box.boxType === 'meta') {
      try {
        blankItems(bytes, box, mode, readBudget)
      } catch (thrown) {
        // A RangeError means that the file is damaged: a list of items continues after the end of its box. In this case
        // the items stay as they are.
        if (!(thrown instanceof RangeError)) throw thrown
      }
    }
  }
}

function blankItems(bytes: Uint8Array, meta: MediaBox, mode: StripMode, readBudget: { bytes: number }): void {
  const boxes = readMediaBoxes(bytes, meta.dataStart + 4, meta.end)
  const findBox = (type: string) => boxes.find((box) => box.boxType === type)
  const itemInfo = findBox('iinf')
  const location = findBox('iloc')
  if (!itemInfo || !location) return
  const ranges = readItemRanges(bytes, location, findBox('idat'))
  for (const [id, kind] of findMetadataItems(bytes, itemInfo)) {
    const extents = ranges.get(id) ?? []
    for (const { start, end } of extents) readBudget.bytes -= Math.max(0, Math.min(end, bytes.length) - start)
    if (readBudget.bytes < 0) return
    editRanges(bytes, extents, (item) => {
      if (kind === 'exif') blankExifItem(item, mode)
      else blankXmp(item)
    })
  }
}
