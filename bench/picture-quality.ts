import sharp from 'sharp'

/** A result as the page tells it. */
export interface PreparedPhoto {
  size: number
  type: string
  base64: string
}

export interface Quality {
  /** Against the original, scaled by sharp (Lanczos-3), in dB. NaN if the sizes differ. */
  psnr: number
  width: number
  height: number
  problems: string[]
}

/** Compares a prepared photo with its original: size, direction, type and pixels. */
export async function comparePhoto(
  original: string,
  photo: PreparedPhoto,
  maxSide: number,
): Promise<Quality> {
  const bytes = Buffer.from(photo.base64, 'base64')
  const { format, width, height, orientation = 1 } = await sharp(bytes).metadata()
  const reference = sharp(original)
    .autoOrient()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', kernel: 'lanczos3' })
  const { data, info } = await reference.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const problems: string[] = []
  if (photo.type !== 'image/jpeg' || format !== 'jpeg') problems.push(`type ${photo.type}, bytes ${format}`)
  if (orientation !== 1) problems.push(`orientation ${orientation} left to the viewer`)
  // Libraries round half a pixel up or down.
  if (
    width > maxSide ||
    height > maxSide ||
    Math.abs(width - info.width) > 1 ||
    Math.abs(height - info.height) > 1
  )
    problems.push(`${width} x ${height} instead of ${info.width} x ${info.height}`)
  if (width !== info.width || height !== info.height) return { psnr: Number.NaN, width, height, problems }
  const pixels = await sharp(bytes).removeAlpha().raw().toBuffer()
  let squares = 0
  for (let index = 0; index < data.length; index++)
    squares += ((data[index] ?? 0) - (pixels[index] ?? 0)) ** 2
  const psnr = 10 * Math.log10(255 ** 2 / (squares / data.length))
  // A turned picture has about 10 dB.
  if (psnr < 25) problems.push(`PSNR ${psnr.toFixed(1)}: not the same picture`)
  return { psnr, width, height, problems }
}
