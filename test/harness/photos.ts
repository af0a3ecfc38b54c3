import type { Page } from 'playwright'

/** A file on disk. */
export interface Photo {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

export interface Painting {
  readonly name: string
  /** Different seeds give different landscapes. */
  readonly seed: number
  readonly width?: number
  readonly height?: number
}

const types: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

/** Real pictures, encoded by the browser in the format of the extension. */
export async function paint(page: Page, ...paintings: readonly Painting[]): Promise<Photo[]> {
  const photos: Photo[] = []
  for (const { name, seed, width = 800, height = 600 } of paintings) {
    const mimeType = types[name.split('.').at(-1) ?? ''] ?? 'image/png'
    const base64 = await page.evaluate(paintLandscape, { seed, width, height, mimeType })
    photos.push({ name, mimeType, buffer: Buffer.from(base64, 'base64') })
  }
  return photos
}

/** Runs in the page. */
async function paintLandscape({
  seed,
  width,
  height,
  mimeType,
}: Required<Omit<Painting, 'name'>> & { readonly mimeType: string }): Promise<string> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const brush = canvas.getContext('2d')
  if (!brush) throw new Error('This browser has no 2D canvas.')
  let state = seed * 7919 + 1
  const random = () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let warm = 0; warm < 20; warm += 1) random()
  const hue = random() * 360
  const sky = brush.createLinearGradient(0, 0, 0, height)
  sky.addColorStop(0, `hsl(${hue} 55% 42%)`)
  sky.addColorStop(0.55, `hsl(${hue + 38} 68% 72%)`)
  sky.addColorStop(1, `hsl(${hue + 62} 80% 86%)`)
  brush.fillStyle = sky
  brush.fillRect(0, 0, width, height)

  const [x, y] = [width * (0.2 + random() * 0.6), height * (0.22 + random() * 0.25)]
  const glow = brush.createRadialGradient(x, y, 0, x, y, height * 0.5)
  glow.addColorStop(0, 'rgb(255 252 240 / 0.95)')
  glow.addColorStop(0.13, 'rgb(255 246 222 / 0.9)')
  glow.addColorStop(0.15, 'rgb(255 240 214 / 0.35)')
  glow.addColorStop(1, 'rgb(255 240 214 / 0)')
  brush.fillStyle = glow
  brush.fillRect(0, 0, width, height)

  const ridges = 5
  for (let ridge = 0; ridge < ridges; ridge += 1) {
    const base = height * (0.48 + ridge * 0.11)
    const waves = [1, 2.3, 4.9, 11].map((frequency) => ({
      frequency,
      phase: random() * 7,
      part: 1 / frequency,
    }))
    brush.beginPath()
    brush.moveTo(0, height)
    for (let at = 0; at <= width; at += 4) {
      const rise = waves.reduce(
        (sum, { frequency, phase, part }) => sum + Math.sin((at / width) * frequency * 5 + phase) * part,
        0,
      )
      brush.lineTo(at, base - rise * height * (0.075 - ridge * 0.006))
    }
    brush.lineTo(width, height)
    brush.fillStyle = `hsl(${hue + 14 - ridge * 9} ${30 + ridge * 5}% ${54 - ridge * 10}%)`
    brush.fill()
  }
  // Camera-like grain: a smooth picture has too few bytes to observe its upload.
  const picture = brush.getImageData(0, 0, width, height)
  for (let at = 0; at < picture.data.length; at += 4) {
    const grain = (random() - 0.5) * 14
    for (let channel = at; channel < at + 3; channel += 1) picture.data[channel]! += grain
  }
  brush.putImageData(picture, 0, 0)

  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, mimeType, 0.92))
  if (blob?.type !== mimeType) throw new Error(`This browser does not encode ${mimeType}.`)
  let binary = ''
  for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte)
  return btoa(binary)
}
