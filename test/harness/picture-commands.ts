import sharp from 'sharp'
import type { BrowserCommand } from 'vitest/node'
import type { Crop } from '../../src/image/crop/crop.ts'
import { readTags } from './exiftool.ts'

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
  /** Says where the picture was taken. */
  readonly hasLocation?: boolean
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
  const pixels = Buffer.alloc(4 * width * height)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const isRight = pixel % width >= width / 2
    const isBottom = Math.floor(pixel / width) >= height / 2
    pixels.set(colors[(isRight ? 1 : 0) + (isBottom ? 2 : 0)] ?? [], 4 * pixel)
  }
  return pixels
}

async function makePicture(request: PictureRequest): Promise<string> {
  const { width, height, format, orientation, frames = 1, exif, hasLocation } = request
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
  const location = { GPSLatitudeRef: 'N', GPSLatitude: '37/1 33/1 59/1' }
  const tags = { ...(exif && { IFD0: { ...exif } }), ...(hasLocation && { IFD3: location }) }
  if (orientation !== undefined || exif || hasLocation)
    picture = picture.withExif(tags).withMetadata({
      ...(orientation !== undefined && { orientation }),
      ...((exif || hasLocation) && { exif: tags }),
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

interface CroppedPictures {
  readonly source: string
  readonly cropped: string
  readonly crop: Crop
}

/**
 * Cuts a picture with sharp, and returns the mean difference of its values from a picture that was cut in a browser.
 * Infinity if their sizes differ.
 */
async function cropDifference({ source, cropped, crop }: CroppedPictures): Promise<number> {
  const turned = await sharp(Buffer.from(source, 'base64'))
    .autoOrient()
    .rotate(crop.rotation ?? 0)
    .png()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = turned.info
  const expected = await sharp(turned.data)
    .extract({
      left: Math.round(crop.x * width),
      top: Math.round(crop.y * height),
      width: Math.round(crop.width * width),
      height: Math.round(crop.height * height),
    })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const actual = await sharp(Buffer.from(cropped, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  if (actual.info.width !== expected.info.width || actual.info.height !== expected.info.height)
    return Infinity
  const sum = expected.data.reduce(
    (total, value, index) => total + Math.abs(value - (actual.data[index] ?? 0)),
    0,
  )
  return sum / expected.data.length
}

/** The names of all tags that say where a picture was taken. */
async function readLocation(base64: string): Promise<string[]> {
  const [tags] = await readTags([new File([Buffer.from(base64, 'base64')], 'picture')])
  return Object.keys(tags ?? {}).filter((name) => /GPS|Location|City|State|Country/i.test(name))
}

export const pictureCommands = {
  cropDifference: ((_context, pictures: CroppedPictures) =>
    cropDifference(pictures)) satisfies BrowserCommand<[CroppedPictures]>,
  readLocation: ((_context, base64: string) => readLocation(base64)) satisfies BrowserCommand<[string]>,
  makePicture: ((_context, request: PictureRequest) => makePicture(request)) satisfies BrowserCommand<
    [PictureRequest]
  >,
  readPicture: ((_context, base64: string) => readPicture(base64)) satisfies BrowserCommand<[string]>,
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    makePicture(request: PictureRequest): Promise<string>
    readPicture(base64: string): Promise<PictureReport>
    cropDifference(pictures: CroppedPictures): Promise<number>
    readLocation(base64: string): Promise<string[]>
  }
}
