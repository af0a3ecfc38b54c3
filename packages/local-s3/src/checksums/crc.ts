import { crc32 } from 'node:zlib'

/** An incremental CRC. `digest` returns the value in big-endian byte order, as S3 encodes it. */
export interface CrcDigest {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

/** Reflected polynomials. crc64nvme: https://github.com/mkp/crc64-nvme-test; crc32c: RFC 3720. */
const polynomials = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const

export type CrcName = keyof typeof polynomials

/**
 * Builds eight tables of 256 entries for slicing by 8: eight bytes per step. Low and high 32-bit words are separate, so
 * that the loop needs no BigInt.
 */
function makeTables({ bits, polynomial }: { bits: number; polynomial: bigint }) {
  const low = new Uint32Array(2048)
  const high = new Uint32Array(2048)
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte)
    for (let table = 0; table < 8; table++) {
      for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
      low[table * 256 + byte] = Number(value & 0xffffffffn)
      if (bits === 64) high[table * 256 + byte] = Number(value >> 32n)
    }
  }
  return { low, high }
}

const tables = new Map<CrcName, ReturnType<typeof makeTables>>()
const getTables = (name: CrcName) => {
  const found = tables.get(name) ?? makeTables(polynomials[name])
  tables.set(name, found)
  return found
}

export function createCrc(name: CrcName): CrcDigest {
  if (name === 'CRC32') return nativeCrc32()
  const { low, high } = getTables(name)
  let lo = 0xffffffff | 0
  let hi = name === 'CRC64NVME' ? 0xffffffff | 0 : 0
  return {
    update(chunk) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const alignedLength = chunk.length - (chunk.length % 8)
      let offset = 0
      for (; offset < alignedLength; offset += 8) {
        const a = lo ^ view.getInt32(offset, true)
        const b = hi ^ view.getInt32(offset + 4, true)
        const i0 = 1792 + (a & 255),
          i1 = 1536 + ((a >>> 8) & 255),
          i2 = 1280 + ((a >>> 16) & 255),
          i3 = 1024 + (a >>> 24)
        const i4 = 768 + (b & 255),
          i5 = 512 + ((b >>> 8) & 255),
          i6 = 256 + ((b >>> 16) & 255),
          i7 = b >>> 24
        lo = low[i0]! ^ low[i1]! ^ low[i2]! ^ low[i3]! ^ low[i4]! ^ low[i5]! ^ low[i6]! ^ low[i7]!
        hi = high[i0]! ^ high[i1]! ^ high[i2]! ^ high[i3]! ^ high[i4]! ^ high[i5]! ^ high[i6]! ^ high[i7]!
      }
      for (; offset < chunk.length; offset++) {
        const index = (lo ^ chunk[offset]!) & 255
        lo = ((lo >>> 8) | (hi << 24)) ^ low[index]!
        hi = (hi >>> 8) ^ high[index]!
      }
    },
    digest() {
      const value = Buffer.alloc(name === 'CRC64NVME' ? 8 : 4)
      if (name === 'CRC64NVME') value.writeInt32BE(~hi, 0)
      value.writeInt32BE(~lo, value.length - 4)
      return value
    },
  }
}

function nativeCrc32(): CrcDigest {
  let value = 0
  return {
    update: (chunk) => (value = crc32(chunk, value)),
    digest() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}

/** Multiplies two polynomials modulo the CRC polynomial, in reflected form (x^0 is the highest bit). */
function multiply(a: bigint, b: bigint, { bits, polynomial }: { bits: number; polynomial: bigint }) {
  let product = 0n
  for (let bit = 1n << BigInt(bits - 1), factor = b; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n
  }
  return product
}

const toBytes = (value: bigint, bits: number) =>
  Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex')
const fromBytes = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

/** Combines the CRC and size (bytes) of each part into the CRC of all bytes: S3's full object checksum. */
export function combineCrcs(name: CrcName, parts: readonly { crc: Uint8Array; size: number }[]): Buffer {
  const field = polynomials[name]
  const shiftsBySize = new Map<number, bigint>() // cached by size: nearly all parts have the same size
  const computeShift = (size: number) => {
    let shift = 1n << BigInt(field.bits - 1)
    let square = 1n << BigInt(field.bits - 2)
    for (let remainingBits = BigInt(size) * 8n; remainingBits > 0n; remainingBits >>= 1n) {
      if (remainingBits & 1n) shift = multiply(shift, square, field)
      square = multiply(square, square, field)
    }
    shiftsBySize.set(size, shift)
    return shift
  }
  let combinedCrc = 0n
  for (const { crc, size } of parts) {
    combinedCrc = multiply(shiftsBySize.get(size) ?? computeShift(size), combinedCrc, field) ^ fromBytes(crc)
  }
  return toBytes(combinedCrc, field.bits)
}
