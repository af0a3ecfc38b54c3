import type { ImageSizeLimits } from './image-size.ts'
import { imageTypeOf } from '../image/image-type.ts'
import { readMediaBoxes } from '../image/metadata/boxes.ts'
import { readPictureFacts } from '../image/picture-facts.ts'
import { UploadError } from '../protocol/errors.ts'
import { checkImage } from '../protocol/image-rules.ts'
import type { Dimensions } from '../protocol/image-rules.ts'

/** Number of bytes at the start of a file that are read first. Most files tell their size in pixels there. */
const headBytes = 262_144
/** Maximum size of a file that is read completely, if its first bytes do not tell the size in pixels. */
const maxCompleteReadBytes = 100_000_000

/**
 * Returns the error of a picture outside the limits. Rejects with `unreadable` if the file cannot be read, and with the
 * reason of the signal when it aborts.
 */
export async function checkImageSize(
  file: File,
  limits: ImageSizeLimits,
  signal: AbortSignal,
): Promise<UploadError | undefined> {
  const size = await readImageSize(file, signal)
  const definedLimits = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined))
  return size && checkImage(size, definedLimits, 'choosing')
}

/** Reads the size of a picture as it is shown. Undefined if the file does not tell it. */
async function readImageSize(file: File, signal: AbortSignal): Promise<Dimensions | undefined> {
  const firstBytes = await bytesOfBlob(file.slice(0, headBytes), signal)
  if (imageTypeOf(firstBytes) === undefined) return undefined
  const size = displayedSizeOf(firstBytes)
  if (size || firstBytes.length < headBytes || file.size > maxCompleteReadBytes) return size
  // The first bytes do not contain the size in pixels. It comes after large metadata, or a HEIC has its boxes after its
  // pixels.
  return displayedSizeOf(await bytesOfBlob(file, signal))
}

async function bytesOfBlob(blob: Blob, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted()
  const buffer = await blob.arrayBuffer().catch((cause: unknown) => {
    throw new UploadError('unreadable', { phase: 'starting', cause })
  })
  signal.throwIfAborted()
  return new Uint8Array(buffer)
}

function displayedSizeOf(bytes: Uint8Array): Dimensions | undefined {
  const { width, height, isOnSide = false } = readPictureFacts(bytes) ?? {}
  if (!width || !height) return undefined
  return isOnSide || isHeifOnSide(bytes) ? { width: height, height: width } : { width, height }
}

/**
 * Whether a HEIC or AVIF is turned by 90 degrees. Any `irot` box tells this, because a thumbnail has the same rotation
 * as the picture.
 */
function isHeifOnSide(bytes: Uint8Array): boolean {
  let [start, end] = [0, bytes.length]
  for (const [type, versionBytes] of [
    ['meta', 4],
    ['iprp', 0],
    ['ipco', 0],
  ] as const) {
    const box = readMediaBoxes(bytes, start, end).find((each) => each.boxType === type)
    if (!box) return false
    ;[start, end] = [box.dataStart + versionBytes, box.end]
  }
  return readMediaBoxes(bytes, start, end).some(
    ({ boxType: type, dataStart }) => type === 'irot' && ((bytes[dataStart] ?? 0) & 1) === 1,
  )
}
