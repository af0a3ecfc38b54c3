import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

const [width, height] = [4000, 3000]
/** Size of the picture that all photos are parts of. */
const [fieldWidth, fieldHeight] = [4640, 3480]

/** Index of the photo that a viewer has to turn (orientation 6). */
export const turnedPhoto = 3

/** Keeps the photos for later runs, because making them takes half a minute. The number changes with this file. */
const folder = join(tmpdir(), 'putaway-bench-photos-1')

/**
 * Makes photos of 12 megapixels on disk, with the EXIF of a phone. Their detail falls with the frequency as in real
 * photos: each octave of noise has about the same strength. Lines, discs and text add sharp edges.
 */
export async function makePhotos(count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const paths = Array.from({ length: count }, (_, index) =>
    join(folder, `photo-${String(index).padStart(2, '0')}.jpg`),
  )
  if (paths.every((path) => existsSync(path))) return paths
  const field = await makeField()
  for (const [index, path] of paths.entries()) {
    const left = (index * 131) % (fieldWidth - width)
    const top = (index * 89) % (fieldHeight - height)
    const image = sharp(field, { raw: { width: fieldWidth, height: fieldHeight, channels: 3 } })
      .extract({ left, top, width, height })
      .modulate({ hue: index * 18 })
      .composite([{ input: Buffer.from(edges(index)), blend: 'over' }])
      .withExif({
        IFD0: { Make: 'Bench', Model: 'Phone' },
        IFD2: { DateTimeOriginal: '2026:11:30 12:00:00', FNumber: '18/10' },
        IFD3: {
          GPSLatitudeRef: 'N',
          GPSLatitude: '48/1 8/1 0/1',
          GPSLongitudeRef: 'E',
          GPSLongitude: '11/1 34/1 0/1',
        },
      })
    const turned = index === turnedPhoto ? image.withMetadata({ orientation: 6 }) : image
    await turned.jpeg({ quality: 92 }).toFile(`${path}.part`)
    await rename(`${path}.part`, path)
  }
  return paths
}

/** A random number from 0 to 255, the same in every run (xorshift32). */
function createRandom() {
  let state = 0x2545f491
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 24) & 255
  }
}

/** Adds noise whose grid has cells of `cell` pixels, as strong as `strength` grey values. */
async function addOctave(target: Float32Array, random: () => number, cell: number, strength: number) {
  const [columns, rows] = [Math.ceil(fieldWidth / cell), Math.ceil(fieldHeight / cell)]
  const grid = Buffer.from(Array.from({ length: columns * rows }, random))
  const smooth =
    cell === 1
      ? grid
      : await sharp(grid, { raw: { width: columns, height: rows, channels: 1 } })
          .resize(fieldWidth, fieldHeight, { fit: 'fill', kernel: 'cubic' })
          .extractChannel(0)
          .raw()
          .toBuffer()
  for (let index = 0; index < target.length; index++)
    target[index] = (target[index] ?? 0) + (((smooth[index] ?? 128) - 128) / 74) * strength
}

async function makeField(): Promise<Buffer> {
  const random = createRandom()
  const [light, blue, red] = [0, 1, 2].map(() => new Float32Array(fieldWidth * fieldHeight)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  // A lens and the sensor's filter soften the finest two octaves.
  for (const [cell, strength] of [
    [1, 3],
    [2, 5],
    [4, 9],
    [8, 12],
    [16, 14],
    [32, 16],
    [64, 16],
    [128, 18],
    [256, 18],
    [512, 20],
  ] as const) {
    await addOctave(light, random, cell, strength)
    if (cell < 32) continue
    await addOctave(blue, random, cell, 8)
    await addOctave(red, random, cell, 8)
  }
  const pixels = Buffer.alloc(light.length * 3)
  const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)))
  for (let index = 0; index < light.length; index++) {
    const [y, cb, cr] = [128 + (light[index] ?? 0), blue[index] ?? 0, red[index] ?? 0]
    pixels[index * 3] = clamp(y + 1.402 * cr)
    pixels[index * 3 + 1] = clamp(y - 0.344 * cb - 0.714 * cr)
    pixels[index * 3 + 2] = clamp(y + 1.772 * cb)
  }
  return pixels
}

function edges(index: number) {
  const lines = Array.from(
    { length: 60 },
    (_, line) =>
      `<line x1="${(line * 67) % width}" y1="0" x2="${(line * 67 + index * 40) % width}" y2="900" stroke-width="${1 + (line % 6)}"/>`,
  )
  const discs = Array.from(
    { length: 12 },
    (_, disc) =>
      `<circle cx="${300 + disc * 300}" cy="${1300 + ((disc * 177) % 500)}" r="${40 + disc * 9}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g stroke="#202020">${lines.join('')}</g>
    <g fill="#e8e0c0" stroke="#403020" stroke-width="3">${discs.join('')}</g>
    <text x="200" y="2400" font-size="160" font-family="sans-serif" fill="#101010">photo ${index}: top of the picture is up</text></svg>`
}
