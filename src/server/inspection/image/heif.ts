import { readAv1Sizes, parseHevcSizes } from './coded-size.ts'
import type { Dimensions } from '../../../protocol/image-rules.ts'
import { UnreadableImage, readText } from './image-source.ts'
import type { Source } from './image-source.ts'

/** A box of ISO media with the byte range of its content. `end` is exclusive. */
interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** Boxes whose child boxes lead to sizes, with the number of bytes before the first child. */
const containerBoxes: Readonly<Record<string, number>> = {
  meta: 4,
  iprp: 0,
  ipco: 0,
  moov: 0,
  trak: 0,
  mdia: 0,
  minf: 0,
  stbl: 0,
  stsd: 8,
}
const maxBoxDepth = 10
/** Bytes of an entry of `stsd` before the boxes in it. */
const sampleEntrySize = 78
/** Pixels of the largest block. Encoders code whole blocks, so a picture may end inside of the last one. */
const av1Padding = 8
const hevcPadding = 64
/** Limits of the work for one file. Each tile of a grid has a coded size, and few of the sizes differ. */
const maxCodedItems = 4096
const maxCodedSizes = 64
/** Replaces the method of an item with two locations, so that the item is rejected. Not a valid construction method. */
const severalPlaces = 16

/**
 * Sizes that HEIC and AVIF declare, the largest first: of items (`ispe`), of grids and overlays, which have their size
 * in their own data, and of sequences. Adds the sizes of coded pictures that are larger than all of these, because
 * decoders allocate them first.
 */
export async function readHeifSizes(source: Source): Promise<Dimensions[]> {
  const sizes: Dimensions[] = []
  const codedSizes = new Map<string, Dimensions & { readonly padding: number }>()
  const kinds = new Map<number, string>()
  const locations = new Map<number, ItemLocation>()
  const itemData: number[] = []
  let codedCount = 0
  const addCoded = (found: readonly Dimensions[], padding: number) => {
    codedCount += found.length
    for (const { width, height } of found)
      codedSizes.set(`${width}x${height}x${padding}`, { width, height, padding })
    if (codedCount > maxCodedItems || codedSizes.size > maxCodedSizes)
      throw new UnreadableImage('it has too many parts')
  }

  const walk = async (start: number, end: number, parent: string, depth: number): Promise<void> => {
    for await (const box of boxesOf(source, start, end)) {
      const inner = containerBoxes[box.type]
      if (inner !== undefined && depth < maxBoxDepth) {
        await walk(box.start + inner, box.end, box.type, depth + 1)
      } else if (box.type === 'ispe') {
        const view = await source.view(box.start + 4, 8)
        if (view) sizes.push({ width: view.getUint32(0), height: view.getUint32(4) })
      } else if (parent === 'stsd') {
        const view = await source.view(box.start + 24, 4)
        if (view) sizes.push({ width: view.getUint16(0), height: view.getUint16(2) })
        if (depth < maxBoxDepth) await walk(box.start + sampleEntrySize, box.end, box.type, depth + 1)
      } else if (box.type === 'av1C') {
        addCoded(await readAv1Sizes(source, box.start + 4, box.end, false), av1Padding)
      } else if (box.type === 'hvcC') {
        const view = await source.view(box.start, box.end - box.start)
        if (view) addCoded(parseHevcSizes(view), hevcPadding)
      } else if (box.type === 'idat') {
        itemData.push(box.start)
      } else if (box.type === 'iinf') {
        for (const [id, kind] of await readItemTypes(source, box)) kinds.set(id, kind)
      } else if (box.type === 'iloc') {
        for (const [id, location] of await readItemLocations(source, box)) {
          locations.set(id, locations.has(id) ? { ...location, method: severalPlaces } : location)
        }
      }
    }
  }
  await walk(0, source.size, '', 0)

  for (const [id, kind] of kinds) {
    const location = locations.get(id)
    const sizeAt = sizeOffsets[kind]
    if (!location && sizeAt !== undefined) throw new UnreadableImage('a grid in it has no data')
    if (!location) continue
    const { method, pieces } = location
    const [origin = 0, another] = method === 1 ? itemData : []
    if (method > 1 || another !== undefined) throw new UnreadableImage('an item in it has several places')
    if (sizeAt === undefined) {
      for (const { at, length } of pieces) {
        const start = origin + at
        const end = length === 0 ? source.size : Math.min(start + length, source.size)
        addCoded(await readAv1Sizes(source, start, end, pieces.length > 1), av1Padding)
      }
    } else {
      const [piece, ...more] = pieces
      if (!piece || more.length > 0)
        throw new UnreadableImage('the data of a grid in it is in several pieces')
      sizes.push(await readCompositeSize(source, origin + piece.at, sizeAt))
    }
  }
  const larger = [...codedSizes.values()].filter(
    ({ width, height, padding }) =>
      !sizes.some((size) => width < size.width + padding && height < size.height + padding),
  )
  sizes.push(...larger)
  return sizes.toSorted((one, other) => other.width * other.height - one.width * one.height)
}

async function* boxesOf(source: Source, start: number, end: number): AsyncGenerator<Box> {
  for (let at = start; at + 8 <= end;) {
    const view = await source.view(at, 8)
    if (!view) return
    const type = readText(view, 4, 4)
    let size = view.getUint32(0)
    let header = 8
    if (size === 1) {
      const large = await source.view(at + 8, 8)
      if (!large) return
      size = Number(large.getBigUint64(0))
      header = 16
    }
    if (size === 0) size = end - at
    if (size < header) throw new UnreadableImage('a box in it is shorter than its header')
    yield { type, start: at + header, end: Math.min(at + size, end) }
    at += size
  }
}

/** Returns the ids and types of items whose data contains a size. */
async function readItemTypes(source: Source, { start, end }: Box): Promise<Map<number, string>> {
  const items = new Map<number, string>()
  const version = (await source.view(start, 1))?.getUint8(0) ?? 0
  for await (const entry of boxesOf(source, start + (version === 0 ? 6 : 8), end)) {
    const view = entry.type === 'infe' ? await source.view(entry.start, 12) : undefined
    if (!view) continue
    const wide = view.getUint8(0) >= 3
    const kind = wide
      ? await source.view(entry.start + 10, 4)
      : new DataView(view.buffer, view.byteOffset + 8, 4)
    const name = kind && readText(kind, 0, 4)
    if (name === 'av01' || (name !== undefined && name in sizeOffsets)) {
      items.set(wide ? view.getUint32(4) : view.getUint16(4), name)
    }
  }
  return items
}

/** Offset of the size: after version, flags, and a grid's rows and columns or the color of an overlay's canvas. */
const sizeOffsets: Readonly<Record<string, number>> = { grid: 4, iovl: 10 }

/** Returns the places of each item's data. */
async function readItemLocations(source: Source, { start, end }: Box): Promise<[id: number, ItemLocation][]> {
  const locations: [id: number, ItemLocation][] = []
  const view = await source.view(start, end - start)
  if (!view) return locations
  let at = 0
  const next = (size: number): number => {
    at += size
    if (at > view.byteLength) throw new UnreadableImage('a box in it is shorter than its content')
    if (size === 8) return Number(view.getBigUint64(at - 8))
    return size === 4
      ? view.getUint32(at - 4)
      : size === 2
        ? view.getUint16(at - 2)
        : size === 1
          ? view.getUint8(at - 1)
          : 0
  }
  const version = next(1)
  at += 3
  const [sizes, moreSizes] = [next(1), next(1)]
  const indexSize = version === 0 ? 0 : moreSizes & 15
  const count = next(version < 2 ? 2 : 4)
  for (let item = 0; item < count; item += 1) {
    const id = next(version < 2 ? 2 : 4)
    const method = version > 0 ? next(2) & 15 : 0
    next(2)
    const base = next(moreSizes >> 4)
    const pieces: ItemLocation['pieces'][number][] = []
    const pieceCount = next(2)
    // If the field sizes are 0, each piece takes 0 bytes, so a small file can declare 65,535 pieces.
    source.countParts(pieceCount)
    for (let left = pieceCount; left > 0; left -= 1) {
      next(indexSize)
      const offset = next(sizes >> 4)
      pieces.push({ at: base + offset, length: next(sizes & 15) })
    }
    locations.push([id, { method, pieces }])
  }
  return locations
}

interface ItemLocation {
  /** Origin of the offsets: 0 is the start of the file, 1 is `idat`. */
  readonly method: number
  /** A length of 0 is up to the end. */
  readonly pieces: readonly { readonly at: number; readonly length: number }[]
}

async function readCompositeSize(source: Source, at: number, sizeAt: number): Promise<Dimensions> {
  const flags = await source.view(at + 1, 1)
  const wide = flags !== undefined && (flags.getUint8(0) & 1) === 1
  const view = await source.view(at + sizeAt, wide ? 8 : 4)
  if (!view) throw new UnreadableImage('the data of a grid in it is cut off')
  return wide
    ? { width: view.getUint32(0), height: view.getUint32(4) }
    : { width: view.getUint16(0), height: view.getUint16(2) }
}
