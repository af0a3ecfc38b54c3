import { readAv1Sizes, parseHevcSizes } from './coded-size.ts'
import type { Dimensions } from '../../../protocol/image-rules.ts'
import { UnreadableImage, readText } from './image-source.ts'
import type { ImageSource } from './image-source.ts'

/** A box of ISO media with the byte range of its content. `end` is exclusive. */
interface Box {
  readonly boxType: string
  readonly start: number
  readonly end: number
}

/** Boxes whose child boxes may contain sizes, with the number of bytes before the first child box. */
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
/** Largest block in pixels. Encoders code whole blocks, so the coded size may be larger than the picture by up to a block. */
const av1BlockSize = 8
const hevcBlockSize = 64
/**
 * Limits of CPU time and memory for one file. Each tile of a grid has a coded size, but most tiles have the same coded
 * size.
 */
const maxCodedItems = 4096
const maxCodedSizes = 64
/**
 * Marks an item that has several locations. This number is not a valid construction method of HEIF, so the item is
 * rejected.
 */
const conflictingLocationsMethod = 16

/**
 * Reads the sizes that a HEIC or AVIF file declares, the largest first: the sizes of items (`ispe`), of grids and
 * overlays (in their own data), and of sequences. Also returns the sizes of coded pictures that are larger than all
 * declared sizes, because decoders first allocate memory for the coded picture.
 */
export async function readHeifSizes(source: ImageSource): Promise<Dimensions[]> {
  const sizes: Dimensions[] = []
  const codedSizes = new Map<string, Dimensions & { readonly blockSize: number }>()
  const itemTypes = new Map<number, string>()
  const locations = new Map<number, ItemLocation>()
  const itemData: number[] = []
  let codedCount = 0
  const addCodedSizes = (newSizes: readonly Dimensions[], blockSize: number) => {
    codedCount += newSizes.length
    for (const { width, height } of newSizes)
      codedSizes.set(`${width}x${height}x${blockSize}`, { width, height, blockSize })
    if (codedCount > maxCodedItems || codedSizes.size > maxCodedSizes)
      throw new UnreadableImage('it has too many parts')
  }

  const walkBoxes = async (start: number, end: number, parent: string, depth: number): Promise<void> => {
    for await (const box of boxesOf(source, start, end)) {
      const childOffset = containerBoxes[box.boxType]
      if (childOffset !== undefined && depth < maxBoxDepth) {
        await walkBoxes(box.start + childOffset, box.end, box.boxType, depth + 1)
      } else if (box.boxType === 'ispe') {
        const view = await source.view(box.start + 4, 8)
        if (view) sizes.push({ width: view.getUint32(0), height: view.getUint32(4) })
      } else if (parent === 'stsd') {
        const view = await source.view(box.start + 24, 4)
        if (view) sizes.push({ width: view.getUint16(0), height: view.getUint16(2) })
        if (depth < maxBoxDepth) await walkBoxes(box.start + sampleEntrySize, box.end, box.boxType, depth + 1)
      } else if (box.boxType === 'av1C') {
        addCodedSizes(await readAv1Sizes(source, box.start + 4, box.end, false), av1BlockSize)
      } else if (box.boxType === 'hvcC') {
        const view = await source.view(box.start, box.end - box.start)
        if (view) addCodedSizes(parseHevcSizes(view), hevcBlockSize)
      } else if (box.boxType === 'idat') {
        itemData.push(box.start)
      } else if (box.boxType === 'iinf') {
        for (const [id, itemType] of await readItemTypes(source, box)) itemTypes.set(id, itemType)
      } else if (box.boxType === 'iloc') {
        for (const [id, location] of await readItemLocations(source, box)) {
          locations.set(
            id,
            locations.has(id) ? { ...location, method: conflictingLocationsMethod } : location,
          )
        }
      }
    }
  }
  await walkBoxes(0, source.size, '', 0)

  for (const [id, itemType] of itemTypes) {
    const location = locations.get(id)
    const sizeOffset = sizeOffsets[itemType]
    if (!location && sizeOffset !== undefined) throw new UnreadableImage('a grid in it has no data')
    if (!location) continue
    const { method, pieces } = location
    const [origin = 0, anotherOrigin] = method === 1 ? itemData : []
    if (method > 1 || anotherOrigin !== undefined)
      throw new UnreadableImage('an item in it has several places')
    if (sizeOffset === undefined) {
      for (const { offset, length } of pieces) {
        const start = origin + offset
        const end = length === 0 ? source.size : Math.min(start + length, source.size)
        addCodedSizes(await readAv1Sizes(source, start, end, pieces.length > 1), av1BlockSize)
      }
    } else {
      const [piece, ...otherPieces] = pieces
      if (!piece || otherPieces.length > 0)
        throw new UnreadableImage('the data of a grid in it is in several pieces')
      sizes.push(await readCompositeSize(source, origin + piece.offset, sizeOffset))
    }
  }
  const largerSizes = [...codedSizes.values()].filter(
    ({ width, height, blockSize }) =>
      !sizes.some((size) => width < size.width + blockSize && height < size.height + blockSize),
  )
  sizes.push(...largerSizes)
  return sizes.toSorted(
    (firstSize, secondSize) => secondSize.width * secondSize.height - firstSize.width * firstSize.height,
  )
}

async function* boxesOf(source: ImageSource, start: number, end: number): AsyncGenerator<Box> {
  for (let offset = start; offset + 8 <= end;) {
    const view = await source.view(offset, 8)
    if (!view) return
    const boxType = readText(view, 4, 4)
    let size = view.getUint32(0)
    let headerSize = 8
    if (size === 1) {
      const largeSize = await source.view(offset + 8, 8)
      if (!largeSize) return
      size = Number(largeSize.getBigUint64(0))
      headerSize = 16
    }
    if (size === 0) size = end - offset
    if (size < headerSize) throw new UnreadableImage('a box in it is shorter than its header')
    yield { boxType, start: offset + headerSize, end: Math.min(offset + size, end) }
    offset += size
  }
}

/** Returns the ids and types of the items whose data contains a size: AV1 pictures, grids and overlays. */
async function readItemTypes(source: ImageSource, { start, end }: Box): Promise<Map<number, string>> {
  const items = new Map<number, string>()
  const version = (await source.view(start, 1))?.getUint8(0) ?? 0
  for await (const entry of boxesOf(source, start + (version === 0 ? 6 : 8), end)) {
    const view = entry.boxType === 'infe' ? await source.view(entry.start, 12) : undefined
    if (!view) continue
    const isWide = view.getUint8(0) >= 3
    const typeView = isWide
      ? await source.view(entry.start + 10, 4)
      : new DataView(view.buffer, view.byteOffset + 8, 4)
    const typeName = typeView && readText(typeView, 0, 4)
    if (typeName === 'av01' || (typeName !== undefined && typeName in sizeOffsets)) {
      items.set(isWide ? view.getUint32(4) : view.getUint16(4), typeName)
    }
  }
  return items
}

/**
 * Offset of the size in the data of a grid or an overlay. Before the size are version and flags, then the rows and
 * columns of the grid, or the color of the overlay's canvas.
 */
const sizeOffsets: Readonly<Record<string, number>> = { grid: 4, iovl: 10 }

/** Returns the locations of each item's data. */
async function readItemLocations(
  source: ImageSource,
  { start, end }: Box,
): Promise<[id: number, ItemLocation][]> {
  const locations: [id: number, ItemLocation][] = []
  const view = await source.view(start, end - start)
  if (!view) return locations
  let viewOffset = 0
  const readNext = (size: number): number => {
    viewOffset += size
    if (viewOffset > view.byteLength) throw new UnreadableImage('a box in it is shorter than its content')
    if (size === 8) return Number(view.getBigUint64(viewOffset - 8))
    return size === 4
      ? view.getUint32(viewOffset - 4)
      : size === 2
        ? view.getUint16(viewOffset - 2)
        : size === 1
          ? view.getUint8(viewOffset - 1)
          : 0
  }
  const version = readNext(1)
  viewOffset += 3
  const [fieldSizes, moreFieldSizes] = [readNext(1), readNext(1)]
  const indexSize = version === 0 ? 0 : moreFieldSizes & 15
  const count = readNext(version < 2 ? 2 : 4)
  for (let itemIndex = 0; itemIndex < count; itemIndex += 1) {
    const id = readNext(version < 2 ? 2 : 4)
    const method = version > 0 ? readNext(2) & 15 : 0
    readNext(2)
    const baseOffset = readNext(moreFieldSizes >> 4)
    const pieces: ItemLocation['pieces'][number][] = []
    const pieceCount = readNext(2)
    // If the field sizes are 0, each piece takes 0 bytes, so a small file can declare 65,535 pieces.
    source.countParts(pieceCount)
    for (let piecesLeft = pieceCount; piecesLeft > 0; piecesLeft -= 1) {
      readNext(indexSize)
      const offset = readNext(fieldSizes >> 4)
      pieces.push({ offset: baseOffset + offset, length: readNext(fieldSizes & 15) })
    }
    locations.push([id, { method, pieces }])
  }
  return locations
}

interface ItemLocation {
  /** Origin of the offsets. 0 is the start of the file, and 1 is the box `idat`. */
  readonly method: number
  /** Pieces of the data. The length 0 means up to the end of the file. */
  readonly pieces: readonly { readonly offset: number; readonly length: number }[]
}

async function readCompositeSize(
  source: ImageSource,
  dataOffset: number,
  sizeOffset: number,
): Promise<Dimensions> {
  const flags = await source.view(dataOffset + 1, 1)
  const isWide = flags !== undefined && (flags.getUint8(0) & 1) === 1
  const view = await source.view(dataOffset + sizeOffset, isWide ? 8 : 4)
  if (!view) throw new UnreadableImage('the data of a grid in it is cut off')
  return isWide
    ? { width: view.getUint32(0), height: view.getUint32(4) }
    : { width: view.getUint16(0), height: view.getUint16(2) }
}
