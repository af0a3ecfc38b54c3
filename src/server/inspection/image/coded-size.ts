import type { Dimensions } from '../../../protocol/image-rules.ts'
import { UnreadableImage } from './image-source.ts'
import type { ImageSource } from './image-source.ts'

/** Reads unsigned integers of any number of bits, the highest bit first. Throws an UnreadableImage after the last byte. */
function createBitReader(bytes: Uint8Array) {
  let bitIndex = 0
  const readBits = (count: number): number => {
    let value = 0
    for (let bitsLeft = count; bitsLeft > 0; bitsLeft -= 1, bitIndex += 1) {
      const byte = bytes[bitIndex >>> 3]
      if (byte === undefined) throw new UnreadableImage('the header of its data is cut off')
      value = value * 2 + ((byte >>> (7 - (bitIndex & 7))) & 1)
    }
    return value
  }
  /** Reads an Exp-Golomb number (`uvlc` in AV1). It has n zero bits, a one bit, and n more bits. */
  const readGolomb = (): number => {
    let zeroBits = 0
    while (readBits(1) === 0) zeroBits += 1
    if (zeroBits > 32) throw new UnreadableImage('a number in it is too large')
    return 2 ** zeroBits - 1 + readBits(zeroBits)
  }
  return { readBits, readGolomb }
}

/**
 * Parses the size of the largest frame from an AV1 sequence header: https://aomediacodec.github.io/av1-spec/ section
 * 5.5.1.
 */
export function parseAv1Size(sequenceHeader: Uint8Array): Dimensions {
  const { readBits, readGolomb } = createBitReader(sequenceHeader)
  readBits(4) // profile, still picture
  if (readBits(1) === 1) {
    readBits(5)
  } else {
    let delayBits = 0
    if (readBits(1) === 1) {
      readBits(32)
      readBits(32)
      if (readBits(1) === 1) readGolomb()
      if (readBits(1) === 1) {
        delayBits = readBits(5) + 1
        readBits(32)
        readBits(10)
      }
    }
    const hasDisplayDelay = readBits(1) === 1
    for (let pointsLeft = readBits(5); pointsLeft >= 0; pointsLeft -= 1) {
      readBits(12)
      if (readBits(5) > 7) readBits(1)
      if (delayBits > 0 && readBits(1) === 1) readBits(delayBits * 2 + 1)
      if (hasDisplayDelay && readBits(1) === 1) readBits(4)
    }
  }
  const [widthBits, heightBits] = [readBits(4) + 1, readBits(4) + 1]
  return { width: readBits(widthBits) + 1, height: readBits(heightBits) + 1 }
}

/** Parses the size of coded pictures from an HEVC sequence parameter set: ITU-T H.265, section 7.3.2.2. */
export function parseHevcSize(sequenceParameterSet: Uint8Array): Dimensions {
  const { readBits, readGolomb } = createBitReader(removeEmulationPreventionBytes(sequenceParameterSet))
  readBits(16 + 4)
  const layerCount = readBits(3)
  readBits(1 + 96)
  const sublayerFlags = Array.from({ length: layerCount }, () => [readBits(1), readBits(1)] as const)
  if (layerCount > 0) readBits(2 * (8 - layerCount))
  for (const [profileFlag, levelFlag] of sublayerFlags) readBits(profileFlag * 88 + levelFlag * 8)
  readGolomb()
  if (readGolomb() === 3) readBits(1)
  return { width: readGolomb(), height: readGolomb() }
}

/**
 * Reads the sizes from all AV1 sequence headers (section 5.3 of the AV1 specification). If `rejectsCutUnits` is true,
 * throws for an AV1 unit that continues after the offset `end`.
 */
export async function readAv1Sizes(
  source: ImageSource,
  start: number,
  end: number,
  rejectsCutUnits: boolean,
): Promise<Dimensions[]> {
  const sizes: Dimensions[] = []
  for (let offset = start; offset < end;) {
    const header = (await source.view(offset, 1))?.getUint8(0) ?? 0
    offset += 1 + ((header >>> 2) & 1)
    let length = end - offset
    if ((header & 2) !== 0) {
      length = 0
      for (let byteIndex = 0; byteIndex < 8; byteIndex += 1, offset += 1) {
        const byte = (await source.view(offset, 1))?.getUint8(0) ?? 0
        length += (byte & 127) * 128 ** byteIndex
        if (byte < 128) break
      }
      offset += 1
    }
    if (rejectsCutUnits && offset + length > end) throw new UnreadableImage('its data is in several pieces')
    const unit =
      ((header >>> 3) & 15) === 1 && (await source.view(offset, Math.min(length, end - offset, 1024)))
    if (unit) sizes.push(parseAv1Size(new Uint8Array(unit.buffer, unit.byteOffset, unit.byteLength)))
    offset += length
  }
  return sizes
}

/** Parses the sizes from the parameter sets of an `hvcC` box: ISO/IEC 14496-15, section 8.3.3.1. */
export function parseHevcSizes(box: DataView): Dimensions[] {
  const sizes: Dimensions[] = []
  const sequenceParameterSetType = 33
  let offset = 23
  while (offset + 3 <= box.byteLength) {
    const arrayType = box.getUint8(offset) & 63
    let unitsLeft = box.getUint16(offset + 1)
    for (offset += 3; unitsLeft > 0 && offset + 2 <= box.byteLength; unitsLeft -= 1) {
      const length = Math.min(box.getUint16(offset), box.byteLength - offset - 2)
      const unit = new Uint8Array(box.buffer, box.byteOffset + offset + 2, length)
      const unitType = ((unit[0] ?? 0) >>> 1) & 63
      if (arrayType === sequenceParameterSetType || unitType === sequenceParameterSetType)
        sizes.push(parseHevcSize(unit))
      offset += 2 + length
    }
  }
  return sizes
}

function removeEmulationPreventionBytes(unit: Uint8Array): Uint8Array {
  return unit.filter(
    (byte, index) => byte !== 3 || index < 2 || unit[index - 1] !== 0 || unit[index - 2] !== 0,
  )
}
