import type { Page } from 'playwright'
import { PNG } from 'pngjs'

/** A screenshot, and the time for which the animation shows it. */
export interface Frame {
  readonly png: Buffer
  readonly durationMs: number
}

/** Size of the compared blocks in pixels: the size of a macroblock of VP8. */
const blockSize = 16
/** Quality of the encoder, 0 to 1. */
const quality = 0.82

/**
 * Encodes frames as an animated WebP that repeats forever. A frame contains only the blocks that changed, and is
 * transparent elsewhere. The browser encodes the pictures; this module only writes the container, so that no encoder is
 * a dependency. Format: https://developers.google.com/speed/webp/docs/riff_container
 */
export async function encodeAnimatedWebp(page: Page, frames: readonly Frame[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  let previous: PNG | undefined
  let size = { width: 0, height: 0 }
  for (const { png, durationMs } of frames) {
    const picture = PNG.sync.read(png)
    size = { width: picture.width, height: picture.height }
    const changed = previous ? withoutUnchangedBlocks(picture, previous) : picture
    const webp = Buffer.from(await page.evaluate(encodeWebp, { ...dataOf(changed), quality }), 'base64')
    chunks.push(chunk('ANMF', Buffer.concat([frameHeader(size, durationMs), pictureChunks(webp)])))
    previous = picture
  }
  const hasAlpha = 0x10
  const isAnimated = 0x02
  const header = Buffer.concat([
    Buffer.from([hasAlpha | isAnimated, 0, 0, 0]),
    uint24(size.width - 1),
    uint24(size.height - 1),
  ])
  // A transparent background, repeated forever.
  const animation = Buffer.from([0, 0, 0, 0, 0, 0])
  const body = [Buffer.from('WEBP'), chunk('VP8X', header), chunk('ANIM', animation), ...chunks]
  return chunk('RIFF', Buffer.concat(body))
}

/** Makes unchanged blocks transparent, so that the frame below stays visible and they cost no bytes. */
function withoutUnchangedBlocks(picture: PNG, previous: PNG): PNG {
  const { width, height } = picture
  const result = new PNG({ width, height })
  for (let top = 0; top < height; top += blockSize) {
    for (let left = 0; left < width; left += blockSize) {
      const right = Math.min(left + blockSize, width)
      const rows = Array.from({ length: Math.min(blockSize, height - top) }, (_, row) => {
        const start = ((top + row) * width + left) * 4
        return [start, start + (right - left) * 4] as const
      })
      const isSame = rows.every(
        ([start, end]) => picture.data.compare(previous.data, start, end, start, end) === 0,
      )
      if (!isSame) for (const [start, end] of rows) picture.data.copy(result.data, start, start, end)
    }
  }
  return result
}

const dataOf = (png: PNG) => ({ base64: PNG.sync.write(png, { deflateLevel: 1 }).toString('base64') })

/** Runs in the page. */
async function encodeWebp(given: { readonly base64: string; readonly quality: number }): Promise<string> {
  const picture = new Image()
  picture.src = `data:image/png;base64,${given.base64}`
  await picture.decode()
  const canvas = document.createElement('canvas')
  canvas.width = picture.naturalWidth
  canvas.height = picture.naturalHeight
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  const blob = await new Promise<Blob | null>((resolve) =>
    canvas.toBlob(resolve, 'image/webp', given.quality),
  )
  if (blob?.type !== 'image/webp') throw new Error('This browser does not encode WebP.')
  let binary = ''
  for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The chunks of a still WebP that a frame may contain: alpha and pixels. */
function pictureChunks(webp: Buffer): Buffer {
  const kept: Buffer[] = []
  const firstChunk = 12 // after RIFF, its size, and WEBP
  for (let at = firstChunk; at < webp.length;) {
    const end = at + 8 + webp.readUInt32LE(at + 4)
    const next = end + (end % 2)
    if (['ALPH', 'VP8 ', 'VP8L'].includes(webp.toString('latin1', at, at + 4)))
      kept.push(webp.subarray(at, next))
    at = next
  }
  return Buffer.concat(kept)
}

function frameHeader({ width, height }: { readonly width: number; readonly height: number }, ms: number) {
  const position = [uint24(0), uint24(0)]
  // Zero flags: blend with the frame below, and keep it.
  return Buffer.concat([...position, uint24(width - 1), uint24(height - 1), uint24(ms), Buffer.from([0])])
}

function chunk(name: string, body: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(body.length)
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)])
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3)
  bytes.writeUIntLE(value, 0, 3)
  return bytes
}
