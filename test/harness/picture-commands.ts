import sharp from 'sharp'
import type { BrowserCommand } from 'vitest/node'

/** Commands of Node for tests in a browser: they make pictures that no browser makes, and examine those that it made. */

export interface PictureRequest {
  readonly width: number
  readonly height: number
  readonly format: 'jpeg' | 'png' | 'webp' | 'gif'
  readonly orientation?: number
  /** The right half is transparent. */
  readonly isTransparent?: boolean
  /** Number of frames. Default: 1. */
  readonly frames?: number
  readonly exif?: Readonly<Record<string, string>>
}

export interface PictureReport {
  readonly format: string
  readonly width: number
  readonly height: number
  readonly orientation: number
  /** Colors `r,g,b,a` of the upright picture near its corners: top left, top right, bottom left, bottom right. */
  readonly corners: readonly string[]
  readonly hasAlpha: boolean
  /** EXIF as Latin-1, which has its texts. */
  readonly exif: string
}

/** Quarters of the stored picture: red, green, blue, and white or transparent. */
function quarters({ width, height, isTransparent }: PictureRequest): Buffer {
  const colors = [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 255],
    isTransparent ? [0, 0, 0, 0] : [255, 255, 255, 255],
  ]
  return Buffer.from(
    Array.from({ length: width * height }, (_, pixel) => {
      const isRight = pixel % width >= width / 2
      const isBottom = Math.floor(pixel / width) >= height / 2
      return colors[(isRight ? 1 : 0) + (isBottom ? 2 : 0)] ?? []
    }).flat(),
  )
}

async function makePicture(request: PictureRequest): Promise<string> {
  const { width, height, format, orientation, frames = 1, exif } = request
  const frame = quarters(request)
  // Encoders join frames that are equal.
  const all = Array.from({ length: frames }, (_, index) =>
    frame.map((value) => (index % 2 ? 255 - value : value)),
  )
  let picture = sharp(Buffer.concat(all), {
    raw: { width, height: height * frames, channels: 4, ...(frames > 1 && { pageHeight: height }) },
  })
  if (format === 'jpeg') picture = picture.flatten().jpeg({ chromaSubsampling: '4:4:4', quality: 95 })
  else picture = picture.toFormat(format)
  if (orientation !== undefined || exif)
    picture = picture.withExif({ IFD0: { ...exif } }).withMetadata({
      ...(orientation !== undefined && { orientation }),
      ...(exif && { exif: { IFD0: { ...exif } } }),
    })
  return (await picture.toBuffer()).toString('base64')
}

async function readPicture(base64: string): Promise<PictureReport> {
  const bytes = Buffer.from(base64, 'base64')
  const { format, orientation = 1, exif, hasAlpha } = await sharp(bytes).metadata()
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const inset = (size: number) => [Math.floor(size / 5), size - 1 - Math.floor(size / 5)]
  const corners = inset(height).flatMap((y) =>
    // Rounds to steps of 64, because JPEG changes colors a little.
    inset(width).map((x) =>
      Array.from(
        data.subarray(4 * (y * width + x)).subarray(0, 4),
        (value) => Math.round(value / 64) * 64,
      ).join(),
    ),
  )
  return { format, width, height, orientation, corners, hasAlpha, exif: exif?.toString('latin1') ?? '' }
}

export const pictureCommands = {
  makePicture: ((_context, request: PictureRequest) => makePicture(request)) satisfies BrowserCommand<
    [PictureRequest]
  >,
  readPicture: ((_context, base64: string) => readPicture(base64)) satisfies BrowserCommand<[string]>,
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    makePicture(request: PictureRequest): Promise<string>
    readPicture(base64: string): Promise<PictureReport>
  }
}
