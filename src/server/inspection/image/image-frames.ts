import { readHeifSizes } from './heif.ts'
import type { Dimensions } from '../../../protocol/image-rules.ts'
import { UnreadableImage, readText } from './image-source.ts'
import type { ImageSource } from './image-source.ts'
import { findFirstTag, readOrientation, readTiffSizes } from './tiff.ts'

type DimensionsList = AsyncIterable<Dimensions> | Iterable<Dimensions> | Promise<readonly Dimensions[]>

/**
 * Formats by their signature. The package image-size returns only the first size of a file, but a decoder allocates
 * memory for the largest size.
 */
const formats: readonly (readonly [
  signature: RegExp | string,
  sizesOf: (source: ImageSource) => DimensionsList,
])[] = [
  [/^GIF8[79]a/, readGifSizes],
  ['\x89PNG\r\n\x1a\n', (source) => readPngSizes(source)],
  [/^\xff\xd8/, readJpegSizes],
  [/^RIFF[^]{4}WEBP/, readWebpSizes],
  [/^[^]{4}ftyp/, readHeifSizes],
  [/^(II[*+]\0|MM\0[*+])/, readTiffSizes],
  [/^BM/, readBmpSizes],
  ['\0\0\x01\0', readIconSizes],
  ['\0\0\x02\0', readIconSizes],
]

/**
 * Returns every size for which a decoder would allocate memory: canvas, frames, pages, tiles and embedded images. The
 * displayed size comes first. Undefined for an unknown format. Iteration throws an UnreadableImage for a broken image.
 */
export async function readAllSizes(source: ImageSource): Promise<AsyncIterable<Dimensions> | undefined> {
  const head = await source.view(0, Math.min(16, source.size))
  const startText = head ? readText(head, 0, head.byteLength) : ''
  const formatEntry = formats.find(([signature]) =>
    typeof signature === 'string' ? startText.startsWith(signature) : signature.test(startText),
  )
  return formatEntry && skipEmptySizes(formatEntry[1](source))
}

async function* skipEmptySizes(sizes: DimensionsList): AsyncGenerator<Dimensions> {
  let count = 0
  for await (const size of sizes instanceof Promise ? await sizes : sizes) {
    if (!(size.width > 0 && size.height > 0)) continue
    count += 1
    yield size
  }
  if (count === 0) throw new UnreadableImage('its header does not say how large it is')
}

/**
 * Yields the size of the screen and of all frames. A frame may be larger than the screen, and decoders allocate
 * memory for it. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
async function* readGifSizes(source: ImageSource): AsyncGenerator<Dimensions> {
  const screen = await source.view(6, 7)
  if (!screen) return
  yield { width: screen.getUint16(0, true), height: screen.getUint16(2, true) }
  const paletteBytesOf = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1))
  const skipSubBlocks = async (blockOffset: number): Promise<number> => {
    for (let block = blockOffset; ;) {
      const length = (await source.view(block, 1))?.getUint8(0) ?? 0
      block += length + 1
      if (length === 0) return block
    }
  }

  for (let offset = 13 + paletteBytesOf(screen.getUint8(4)); ;) {
    const blockType = (await source.view(offset, 1))?.getUint8(0)
    if (blockType === undefined || blockType === 0x3b) return
    if (blockType === 0x21) {
      offset = await skipSubBlocks(offset + 2)
    } else if (blockType === 0x2c) {
      const frame = await source.view(offset + 1, 9)
      if (!frame) return
      const [left, top] = [frame.getUint16(0, true), frame.getUint16(2, true)]
      yield { width: left + frame.getUint16(4, true), height: top + frame.getUint16(6, true) }
      offset = await skipSubBlocks(offset + 11 + paletteBytesOf(frame.getUint8(8)))
    } else {
      // Skips an unknown byte, as tolerant decoders do.
      offset += 1
    }
  }
}

/**
 * Yields the size of the image, and of the frames of an animated PNG. A valid frame is not larger than the image, but
 * some decoders do not check this. https://www.w3.org/TR/png-3/
 */
async function* readPngSizes(source: ImageSource, start = 0): AsyncGenerator<Dimensions> {
  let isAnimated = false
  for (let offset = start + 8; ;) {
    const chunk = await source.view(offset, 8)
    if (!chunk) return
    const length = chunk.getUint32(0)
    const chunkType = readText(chunk, 4, 4)
    if (chunkType === 'IHDR') {
      const size = await source.view(offset + 8, 8)
      if (size) yield { width: size.getUint32(0), height: size.getUint32(4) }
    } else if (chunkType === 'acTL') {
      isAnimated = true
    } else if (chunkType === 'fcTL') {
      const frame = await source.view(offset + 12, 16)
      if (frame) {
        const [left, top] = [frame.getUint32(8), frame.getUint32(12)]
        yield { width: left + frame.getUint32(0), height: top + frame.getUint32(4) }
      }
    } else if (chunkType === 'IEND' || (chunkType === 'IDAT' && !isAnimated)) {
      return
    }
    offset += 12 + length
  }
}

/**
 * Yields the size of the canvas, and the size of each frame.
 * https://developers.google.com/speed/webp/docs/riff_container
 */
async function* readWebpSizes(source: ImageSource): AsyncGenerator<Dimensions> {
  for (let offset = 12; ;) {
    const chunk = await source.view(offset, 8)
    if (!chunk) return
    const chunkType = readText(chunk, 0, 4)
    const length = chunk.getUint32(4, true)
    const content = offset + 8
    const readUint24 = (view: DataView, start: number) =>
      view.getUint16(start, true) + view.getUint8(start + 2) * 65_536
    if (chunkType === 'VP8X') {
      const view = await source.view(content, 10)
      if (view) yield { width: readUint24(view, 4) + 1, height: readUint24(view, 7) + 1 }
    } else if (chunkType === 'VP8 ') {
      const view = await source.view(content + 6, 4)
      if (view) yield { width: view.getUint16(0, true) & 0x3fff, height: view.getUint16(2, true) & 0x3fff }
    } else if (chunkType === 'VP8L') {
      const sizeBits = (await source.view(content + 1, 4))?.getUint32(0, true)
      if (sizeBits !== undefined)
        yield { width: (sizeBits & 0x3fff) + 1, height: ((sizeBits >>> 14) & 0x3fff) + 1 }
    } else if (chunkType === 'ANMF') {
      const view = await source.view(content, 16)
      if (!view) return
      const [left, top] = [readUint24(view, 0) * 2, readUint24(view, 3) * 2]
      yield { width: left + readUint24(view, 6) + 1, height: top + readUint24(view, 9) + 1 }
      // Continues inside this chunk, because it contains the chunks of the frame.
      offset = content + 16
      continue
    }
    offset = content + length + (length % 2)
  }
}

/**
 * Yields the displayed size, then the sizes of embedded images: the EXIF thumbnail, and the images of an MPF
 * (Multi-Picture Format) index, such as gain maps.
 */
async function* readJpegSizes(source: ImageSource): AsyncGenerator<Dimensions> {
  const mainImage = await readJpeg(source, 0, source.size)
  yield* mainImage.sizes.map(({ width, height }) =>
    mainImage.orientation >= 5 ? { width: height, height: width } : { width, height },
  )
  for (const [offset, end] of mainImage.embeddedRanges) yield* (await readJpeg(source, offset, end)).sizes
}

interface JpegContent {
  readonly sizes: Dimensions[]
  orientation: number
  /** Byte ranges of embedded images. An image may end before the end of its range. */
  readonly embeddedRanges: [start: number, end: number][]
}

/** Reads the segments up to the compressed data: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B. */
async function readJpeg(source: ImageSource, start: number, end: number): Promise<JpegContent> {
  const jpeg: JpegContent = { sizes: [], orientation: 1, embeddedRanges: [] }
  for (let offset = start + 2; offset < end;) {
    const twoBytes = (await source.view(offset, 2))?.getUint16(0)
    if (twoBytes === undefined) return jpeg
    const marker = twoBytes & 0xff
    // Decoders skip bytes that are not a marker, and fill bytes (0xff) before a marker.
    if (twoBytes >>> 8 !== 0xff || marker === 0xff) offset += 1
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) offset += 2
    else if (marker === 0xd9 || marker === 0xda) return jpeg
    else {
      const length = (await source.view(offset + 2, 2))?.getUint16(0) ?? 0
      await readSegment(source, jpeg, marker, offset + 4, offset + 2 + length)
      offset += 2 + Math.max(length, 2)
    }
  }
  return jpeg
}

const startOfFrameMarkers = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7,
])
const exifSignature = 'Exif\0\0'
const mpfSignature = 'MPF\0'
/**
 * Tag of the list of images in an MPF index (CIPA DC-007). The list has 16 bytes for each image. Bytes 8 to 11 of them
 * are the offset of the image.
 */
const mpEntriesTag = 0xb002

async function readSegment(
  source: ImageSource,
  jpeg: JpegContent,
  marker: number,
  start: number,
  end: number,
): Promise<void> {
  if (startOfFrameMarkers.has(marker)) {
    const view = await source.view(start + 1, 4)
    if (view) jpeg.sizes.push({ height: view.getUint16(0), width: view.getUint16(2) })
    return
  }
  const view =
    marker === 0xe1 || marker === 0xe2 ? await source.view(start, Math.max(0, end - start)) : undefined
  if (!view || view.byteLength < 8) return
  if (marker === 0xe1 && readText(view, 0, 6) === exifSignature) {
    jpeg.orientation = await readOrientation(source, start + 6)
    for (let offset = 6; offset + 3 < view.byteLength; offset += 1) {
      if (view.getUint16(offset) !== 0xffd8 || view.getUint8(offset + 2) !== 0xff) continue
      // Collects every JPEG start in the EXIF segment, because the first one is not always the thumbnail.
      source.countParts(1)
      jpeg.embeddedRanges.push([start + offset, end])
    }
  } else if (marker === 0xe2 && readText(view, 0, 4) === mpfSignature) {
    const entries = await findFirstTag(source, start + 4, mpEntriesTag)
    if (!entries) return
    for (let entryOffset = 0; entryOffset + 16 <= entries.count; entryOffset += 16) {
      const entry = await source.view(entries.offset + entryOffset, 16)
      if (!entry) return
      const offset = entry.getUint32(8, entries.littleEndian)
      // Offset 0 is the main image, which is already being read.
      if (offset > 0) jpeg.embeddedRanges.push([start + 4 + offset, source.size])
    }
  }
}

function readBmpSizes(source: ImageSource): Promise<Dimensions[]> {
  return readBitmapSizes(source, 14, 1)
}

/** Reads the size in a bitmap's header. In an icon, the height counts two images: the picture and its mask. */
async function readBitmapSizes(
  source: ImageSource,
  offset: number,
  imagesInHeight: number,
): Promise<Dimensions[]> {
  const headerSize = (await source.view(offset, 4))?.getUint32(0, true)
  if (headerSize === 12) {
    const view = await source.view(offset + 4, 4)
    return view ? [{ width: view.getUint16(0, true), height: view.getUint16(2, true) / imagesInHeight }] : []
  }
  const view = await source.view(offset + 4, 16)
  if (!view) return []
  // Compression 4 or 5 means that the pixels are a JPEG or PNG file, which has its own size.
  if ([4, 5].includes(view.getUint32(12, true)))
    throw new UnreadableImage('it holds a file of another format')
  // Some decoders read a negative width as an unsigned number of up to 2^32.
  if (view.getInt32(0, true) < 0) throw new UnreadableImage('its width is negative')
  return [{ width: view.getInt32(0, true), height: Math.abs(view.getInt32(4, true)) / imagesInHeight }]
}

/** Returns the sizes of an icon or cursor, from its directory and its images' headers, the largest first. */
async function readIconSizes(source: ImageSource): Promise<readonly Dimensions[]> {
  const count = (await source.view(4, 2))?.getUint16(0, true) ?? 0
  const sizes: Dimensions[] = []
  for (let index = 0; index < count; index += 1) {
    const entry = await source.view(6 + index * 16, 16)
    if (!entry) break
    sizes.push({ width: entry.getUint8(0) || 256, height: entry.getUint8(1) || 256 })
    const imageOffset = entry.getUint32(12, true)
    const imageStart = await source.view(imageOffset, 24)
    if (!imageStart) continue
    if (imageStart.getUint32(0) === 0x89504e47)
      for await (const size of readPngSizes(source, imageOffset)) sizes.push(size)
    else sizes.push(...(await readBitmapSizes(source, imageOffset, 2)))
  }
  return sizes.toSorted(
    (firstSize, secondSize) => secondSize.width * secondSize.height - firstSize.width * firstSize.height,
  )
}
