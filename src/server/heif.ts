import type { Dimensions } from './image.ts'
import { UnreadableImage, textAt } from './source.ts'
import type { Source } from './source.ts'

/** A box of ISO media with the byte range of its content. `end` is exclusive. */
interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** Boxes whose child boxes lead to sizes, with the number of bytes before the first child. */
const containers: Readonly<Record<string, number>> = {
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
const deepest = 10

/**
 * Sizes that HEIC and AVIF declare, the largest first: of items (`ispe`), of grids and overlays, which have their size in
 * their own data, and of sequences.
 */
export async function heifSizes(source: Source): Promise<Dimensions[]> {
  const sizes: Dimensions[] = []
  const composed = new Map<number, number>()
  const places = new Map<number, ItemPlace>()
  let itemData = 0

  const walk = async (start: number, end: number, parent: string, depth: number): Promise<void> => {
    for await (const box of boxesOf(source, start, end)) {
      const inner = containers[box.type]
      if (inner !== undefined && depth < deepest) {
        await walk(box.start + inner, box.end, box.type, depth + 1)
      } else if (box.type === 'ispe') {
        const view = await source.view(box.start + 4, 8)
        if (view) sizes.push({ width: view.getUint32(0), height: view.getUint32(4) })
      } else if (parent === 'stsd') {
        const view = await source.view(box.start + 24, 4)
        if (view) sizes.push({ width: view.getUint16(0), height: view.getUint16(2) })
      } else if (box.type === 'idat') {
        if (itemData > 0) throw new UnreadableImage('it has the data of its items twice')
        itemData = box.start
      } else if (box.type === 'iinf') {
        for (const [id, sizeAt] of await composedItems(source, box)) composed.set(id, sizeAt)
      } else if (box.type === 'iloc') {
        for (const [id, place] of await itemPlaces(source, box)) {
          if (places.has(id)) throw new UnreadableImage('an item in it has two places')
          places.set(id, place)
        }
      }
    }
  }
  await walk(0, source.size, '', 0)

  for (const [id, sizeAt] of composed) {
    const place = places.get(id)
    if (!place) throw new UnreadableImage('a grid in it has no data')
    if (!place.plain) throw new UnreadableImage('the data of a grid in it is in several pieces')
    sizes.push(await composedSize(source, place.at + (place.inside ? itemData : 0), sizeAt))
  }
  return sizes.toSorted((one, other) => other.width * other.height - one.width * one.height)
}

async function* boxesOf(source: Source, start: number, end: number): AsyncGenerator<Box> {
  for (let at = start; at + 8 <= end;) {
    const view = await source.view(at, 8)
    if (!view) return
    const type = textAt(view, 4, 4)
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

/** Returns the ids of grids and overlays, with the offset of the size in their data. */
async function composedItems(source: Source, { start, end }: Box): Promise<Map<number, number>> {
  const items = new Map<number, number>()
  const version = (await source.view(start, 1))?.getUint8(0) ?? 0
  for await (const entry of boxesOf(source, start + (version === 0 ? 6 : 8), end)) {
    const view = entry.type === 'infe' ? await source.view(entry.start, 12) : undefined
    if (!view) continue
    const wide = view.getUint8(0) >= 3
    const kind = wide
      ? await source.view(entry.start + 10, 4)
      : new DataView(view.buffer, view.byteOffset + 8, 4)
    const sizeAt = kind && sizesInData[textAt(kind, 0, 4)]
    if (sizeAt !== undefined) items.set(wide ? view.getUint32(4) : view.getUint16(4), sizeAt)
  }
  return items
}

/** Offset of the size: after version, flags, and a grid's rows and columns or the color of an overlay's canvas. */
const sizesInData: Readonly<Record<string, number>> = { grid: 4, iovl: 10 }

/** Returns the offset of each item's data, and whether it counts from the start of `idat`. */
async function itemPlaces(source: Source, { start, end }: Box): Promise<[id: number, ItemPlace][]> {
  const places: [id: number, ItemPlace][] = []
  const view = await source.view(start, end - start)
  if (!view) return places
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
    const extents = next(2)
    for (let extent = 0; extent < extents; extent += 1) {
      next(indexSize)
      const offset = next(sizes >> 4)
      next(sizes & 15)
      const plain = extents === 1 && method <= 1
      if (extent === 0) places.push([id, { at: base + offset, inside: method === 1, plain }])
    }
  }
  return places
}

interface ItemPlace {
  readonly at: number
  readonly inside: boolean
  /** In one piece, and not counted from another item. */
  readonly plain: boolean
}

async function composedSize(source: Source, at: number, sizeAt: number): Promise<Dimensions> {
  const flags = await source.view(at + 1, 1)
  const wide = flags !== undefined && (flags.getUint8(0) & 1) === 1
  const view = await source.view(at + sizeAt, wide ? 8 : 4)
  if (!view) throw new UnreadableImage('the data of a grid in it is cut off')
  return wide
    ? { width: view.getUint32(0), height: view.getUint32(4) }
    : { width: view.getUint16(0), height: view.getUint16(2) }
}
