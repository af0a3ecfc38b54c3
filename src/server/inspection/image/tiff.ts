import type { Dimensions } from '../../../protocol/image-rules.ts'
import { UnreadableImage } from './image-source.ts'
import type { ImageSource } from './image-source.ts'

/** Number format of a TIFF, and its offset in the file. The offset is not 0 for EXIF, which is a TIFF inside a JPEG. */
interface TiffLayout {
  readonly startOffset: number
  readonly littleEndian: boolean
  /** BigTIFF, with numbers of 64 bits: https://www.awaresystems.be/imaging/tiff/bigtiff.html */
  readonly isBigTiff: boolean
}

interface TiffDirectory {
  readonly tags: ReadonlyMap<number, readonly number[]>
  readonly nextDirectoryOffset: number
}

const widthTag = 256
const heightTag = 257
const orientationTag = 274
const tileWidthTag = 322
const tileHeightTag = 323
const subdirectoriesTag = 330

/**
 * Number of bytes of a value, by its TIFF type. Lists only the types that sizes, offsets and orientations can have.
 * libtiff also accepts the signed types 6, 8, 9 and 17. This reader treats them as unsigned, so a negative value becomes
 * a number that is over every limit.
 */
const valueSizes: Readonly<Record<number, number>> = {
  1: 1,
  3: 2,
  4: 4,
  6: 1,
  8: 2,
  9: 4,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}
const maxValues = 1024
/** Tiles up to this number of pixels are normal, even if the image is smaller than a tile. */
const usualTilePixels = 1024 ** 2

/** Yields the size of every page, of its tiles and of its subimages. A decoder allocates memory for a whole tile. */
export async function* readTiffSizes(source: ImageSource): AsyncGenerator<Dimensions> {
  const header = await readTiffHeader(source, 0)
  if (!header) throw new UnreadableImage('its header is cut off')
  const readOffsets = new Set<number>()
  const offsets = [header.firstDirectoryOffset]
  for (const directoryOffset of offsets) {
    if (directoryOffset === 0 || readOffsets.has(directoryOffset)) continue
    readOffsets.add(directoryOffset)
    const directory = await readTiffDirectory(source, header, directoryOffset)
    if (!directory) continue
    const { tags, nextDirectoryOffset } = directory
    const largestValueOf = (tag: number) =>
      (tags.get(tag) ?? []).reduce((largest, value) => Math.max(largest, value), 0)
    const image = { width: largestValueOf(widthTag), height: largestValueOf(heightTag) }
    yield image
    // The tiles of a small image may be larger than the image.
    const tile = { width: largestValueOf(tileWidthTag), height: largestValueOf(tileHeightTag) }
    if (tile.width * tile.height > Math.max(image.width * image.height, usualTilePixels)) yield tile
    offsets.push(nextDirectoryOffset)
    for (const offset of tags.get(subdirectoriesTag) ?? []) offsets.push(offset)
  }
}

/** Reads the EXIF orientation. From 5 on, width and height are swapped. */
export async function readOrientation(source: ImageSource, startOffset: number): Promise<number> {
  const header = await readTiffHeader(source, startOffset)
  const directory = header && (await readTiffDirectory(source, header, header.firstDirectoryOffset))
  return directory?.tags.get(orientationTag)?.[0] ?? 1
}

/**
 * Returns the offset and the count of a tag's values in the first directory of a TIFF. Such a value is for example the
 * MPF index of images.
 */
export async function findFirstTag(
  source: ImageSource,
  startOffset: number,
  tag: number,
): Promise<{ offset: number; count: number; littleEndian: boolean } | undefined> {
  const header = await readTiffHeader(source, startOffset)
  if (!header || header.isBigTiff) return undefined
  const countView = await source.view(startOffset + header.firstDirectoryOffset, 2)
  const count = countView?.getUint16(0, header.littleEndian) ?? 0
  const entries = await source.view(startOffset + header.firstDirectoryOffset + 2, count * 12)
  if (!entries) return undefined
  for (let entryOffset = 0; entryOffset < count * 12; entryOffset += 12) {
    if (entries.getUint16(entryOffset, header.littleEndian) !== tag) continue
    const offset = entries.getUint32(entryOffset + 8, header.littleEndian)
    return {
      offset: startOffset + offset,
      count: entries.getUint32(entryOffset + 4, header.littleEndian),
      littleEndian: header.littleEndian,
    }
  }
  return undefined
}

async function readTiffHeader(
  source: ImageSource,
  startOffset: number,
): Promise<(TiffLayout & { readonly firstDirectoryOffset: number }) | undefined> {
  const view = await source.view(startOffset, 8)
  if (!view) return undefined
  const littleEndian = view.getUint8(0) === 0x49
  const isBigTiff = view.getUint16(2, littleEndian) === 43
  if (!isBigTiff)
    return { startOffset, littleEndian, isBigTiff, firstDirectoryOffset: view.getUint32(4, littleEndian) }
  const firstOffset = await source.view(startOffset + 8, 8)
  return (
    firstOffset && {
      startOffset,
      littleEndian,
      isBigTiff,
      firstDirectoryOffset: Number(firstOffset.getBigUint64(0, littleEndian)),
    }
  )
}

async function readTiffDirectory(
  source: ImageSource,
  layout: TiffLayout,
  offset: number,
): Promise<TiffDirectory | undefined> {
  const { startOffset, littleEndian, isBigTiff } = layout
  const entrySize = isBigTiff ? 20 : 12
  const countSize = isBigTiff ? 8 : 2
  const directoryStart = startOffset + offset
  const countView = await source.view(directoryStart, countSize)
  if (!countView) return undefined
  const count = isBigTiff
    ? Number(countView.getBigUint64(0, littleEndian))
    : countView.getUint16(0, littleEndian)
  if (count > 0xffff) throw new UnreadableImage('it has too many parts')
  const entries = await source.view(directoryStart + countSize, count * entrySize)
  if (!entries) return undefined

  const tags = new Map<number, number[]>()
  for (let entryOffset = 0; entryOffset < count * entrySize; entryOffset += entrySize) {
    const tag = entries.getUint16(entryOffset, littleEndian)
    if (!wantedTags.has(tag)) continue
    const valueType = entries.getUint16(entryOffset + 2, littleEndian)
    const valueSize = valueSizes[valueType] ?? 0
    const valueCount = isBigTiff
      ? Number(entries.getBigUint64(entryOffset + 4, littleEndian))
      : entries.getUint32(entryOffset + 4, littleEndian)
    const inlineBytes = isBigTiff ? 8 : 4
    if (valueSize === 0 || valueCount > maxValues) {
      // A decoder may read values that this reader does not support.
      if (tag !== orientationTag) throw new UnreadableImage('a size in it is written in an unusual way')
      continue
    }
    const valueOffset = isBigTiff
      ? Number(entries.getBigUint64(entryOffset + 12, littleEndian))
      : entries.getUint32(entryOffset + 8, littleEndian)
    const isInline = valueCount * valueSize <= inlineBytes
    const data = isInline
      ? new DataView(entries.buffer, entries.byteOffset + entryOffset + (isBigTiff ? 12 : 8), inlineBytes)
      : await source.view(startOffset + valueOffset, valueCount * valueSize)
    if (!data) continue
    // Keeps the values of duplicate tags, because decoders differ in which one they use.
    const knownValues = tags.get(tag) ?? []
    tags.set(tag, knownValues)
    source.countParts(valueCount)
    for (let index = 0; index < valueCount; index += 1)
      knownValues.push(readNumber(data, index * valueSize, valueSize, littleEndian))
  }
  const nextView = await source.view(directoryStart + countSize + count * entrySize, isBigTiff ? 8 : 4)
  return {
    tags,
    nextDirectoryOffset: nextView ? readNumber(nextView, 0, isBigTiff ? 8 : 4, littleEndian) : 0,
  }
}

const wantedTags = new Set([
  widthTag,
  heightTag,
  orientationTag,
  tileWidthTag,
  tileHeightTag,
  subdirectoriesTag,
])

function readNumber(view: DataView, offset: number, size: number, littleEndian: boolean): number {
  if (size === 1) return view.getUint8(offset)
  if (size === 2) return view.getUint16(offset, littleEndian)
  return size === 4 ? view.getUint32(offset, littleEndian) : Number(view.getBigUint64(offset, littleEndian))
}
