import type { Dimensions } from './image.ts'
import { UnreadableImage } from './source.ts'
import type { Source } from './source.ts'

/** Number format of a TIFF, and its start in the file: EXIF is a TIFF inside a JPEG. */
interface Layout {
  readonly base: number
  readonly little: boolean
  /** BigTIFF, with numbers of 64 bits: https://www.awaresystems.be/imaging/tiff/bigtiff.html */
  readonly big: boolean
}

interface Directory {
  readonly tags: ReadonlyMap<number, readonly number[]>
  readonly next: number
}

const widthTag = 256
const heightTag = 257
const orientationTag = 274
const tileWidthTag = 322
const tileHeightTag = 323
const subdirectoriesTag = 330

/** Bytes of a value, by TIFF type. Only types of sizes, offsets and orientations. */
const valueSizes: Readonly<Record<number, number>> = {
  1: 1,
  3: 2,
  4: 4,
  13: 4,
  16: 8,
  18: 8,
  // Signed types, which libtiff accepts too. Read as unsigned, a negative value is too large.
  6: 1,
  8: 2,
  9: 4,
  17: 8,
}
const mostValues = 1024
/** Tiles up to this many pixels are usual, even when the image is smaller. */
const usualTile = 1024 ** 2

/** Yields the size of every page, of its tiles (a decoder allocates a whole tile), and of its subimages. */
export async function* tiffSizes(source: Source): AsyncGenerator<Dimensions> {
  const header = await readHeader(source, 0)
  if (!header) throw new UnreadableImage('its header is cut off')
  const seen = new Set<number>()
  const offsets = [header.first]
  for (let at = offsets.shift(); at !== undefined; at = offsets.shift()) {
    if (at === 0 || seen.has(at)) continue
    seen.add(at)
    const directory = await readDirectory(source, header, at)
    if (!directory) continue
    const { tags, next } = directory
    const largest = (tag: number) => Math.max(0, ...(tags.get(tag) ?? []))
    const image = { width: largest(widthTag), height: largest(heightTag) }
    yield image
    // Tiles of a small image are larger than the image.
    const tile = { width: largest(tileWidthTag), height: largest(tileHeightTag) }
    if (tile.width * tile.height > Math.max(image.width * image.height, usualTile)) yield tile
    offsets.push(next, ...(tags.get(subdirectoriesTag) ?? []))
  }
}

/** Reads the EXIF orientation. From 5 on, width and height are swapped. */
export async function orientationOf(source: Source, base: number): Promise<number> {
  const header = await readHeader(source, base)
  const directory = header && (await readDirectory(source, header, header.first))
  return directory?.tags.get(orientationTag)?.[0] ?? 1
}

/** Returns the position of a tag's values in a TIFF's first directory, for example the MPF index of images. */
export async function firstTag(
  source: Source,
  base: number,
  tag: number,
): Promise<{ at: number; count: number; little: boolean } | undefined> {
  const header = await readHeader(source, base)
  if (!header || header.big) return undefined
  const counted = await source.view(base + header.first, 2)
  const count = counted?.getUint16(0, header.little) ?? 0
  const entries = await source.view(base + header.first + 2, count * 12)
  if (!entries) return undefined
  for (let at = 0; at < count * 12; at += 12) {
    if (entries.getUint16(at, header.little) !== tag) continue
    const offset = entries.getUint32(at + 8, header.little)
    return { at: base + offset, count: entries.getUint32(at + 4, header.little), little: header.little }
  }
  return undefined
}

async function readHeader(
  source: Source,
  base: number,
): Promise<(Layout & { readonly first: number }) | undefined> {
  const view = await source.view(base, 8)
  if (!view) return undefined
  const little = view.getUint8(0) === 0x49
  const big = view.getUint16(2, little) === 43
  if (!big) return { base, little, big, first: view.getUint32(4, little) }
  const offset = await source.view(base + 8, 8)
  return offset && { base, little, big, first: Number(offset.getBigUint64(0, little)) }
}

async function readDirectory(source: Source, layout: Layout, offset: number): Promise<Directory | undefined> {
  const { base, little, big } = layout
  const entrySize = big ? 20 : 12
  const countSize = big ? 8 : 2
  const at = base + offset
  const counted = await source.view(at, countSize)
  if (!counted) return undefined
  const count = big ? Number(counted.getBigUint64(0, little)) : counted.getUint16(0, little)
  if (count > 0xffff) throw new UnreadableImage('it has too many parts')
  const entries = await source.view(at + countSize, count * entrySize)
  if (!entries) return undefined

  const tags = new Map<number, readonly number[]>()
  for (let entry = 0; entry < count * entrySize; entry += entrySize) {
    const tag = entries.getUint16(entry, little)
    if (!wantedTags.has(tag)) continue
    const type = entries.getUint16(entry + 2, little)
    const size = valueSizes[type] ?? 0
    const values = big
      ? Number(entries.getBigUint64(entry + 4, little))
      : entries.getUint32(entry + 4, little)
    const inline = big ? 8 : 4
    if (size === 0 || values > mostValues) {
      // A decoder may read what this does not.
      if (tag !== orientationTag) throw new UnreadableImage('a size in it is written in an unusual way')
      continue
    }
    const place = big
      ? Number(entries.getBigUint64(entry + 12, little))
      : entries.getUint32(entry + 8, little)
    const fits = values * size <= inline
    const data = fits
      ? new DataView(entries.buffer, entries.byteOffset + entry + (big ? 12 : 8), inline)
      : await source.view(base + place, values * size)
    if (!data) continue
    const read = Array.from({ length: values }, (_, index) => numberAt(data, index * size, size, little))
    // Keeps the values of duplicate tags, because decoders differ in which one they use.
    tags.set(tag, [...(tags.get(tag) ?? []), ...read])
  }
  const following = await source.view(at + countSize + count * entrySize, big ? 8 : 4)
  return { tags, next: following ? numberAt(following, 0, big ? 8 : 4, little) : 0 }
}

const wantedTags = new Set([
  widthTag,
  heightTag,
  orientationTag,
  tileWidthTag,
  tileHeightTag,
  subdirectoriesTag,
])

function numberAt(view: DataView, at: number, size: number, little: boolean): number {
  if (size === 1) return view.getUint8(at)
  if (size === 2) return view.getUint16(at, little)
  return size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little))
}
