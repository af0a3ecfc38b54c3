import { hasText, decodeLatin1, dataViewOf } from './metadata/byte-helpers.ts'
import { isJpeg } from './metadata/jpeg-segments.ts'
import { isPng } from './metadata/png.ts'
import { isWebp } from './metadata/webp.ts'

/** Picture types that are recognized by the first bytes of a file. */
export type ImageType =
  | 'image/jpeg'
  | 'image/png'
  | 'image/gif'
  | 'image/webp'
  | 'image/avif'
  | 'image/heic'
  | 'image/heif'
  | 'image/bmp'
  | 'image/tiff'

const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx']
const heifBrands = ['mif1', 'msf1']

/** Returns the type of a picture from its bytes, independent of its name. The first 512 bytes are enough. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  if (isJpeg(bytes)) return 'image/jpeg'
  if (isPng(bytes)) return 'image/png'
  if (hasText(bytes, 0, 'GIF87a') || hasText(bytes, 0, 'GIF89a')) return 'image/gif'
  if (isWebp(bytes)) return 'image/webp'
  if (hasText(bytes, 4, 'ftyp')) return heifTypeOf(bytes)
  if (hasText(bytes, 0, 'II*\0') || hasText(bytes, 0, 'MM\0*')) return 'image/tiff'
  // A text file may also begin with "BM", so the four reserved bytes, which are zero in a BMP, are checked too.
  if (hasText(bytes, 0, 'BM') && hasText(bytes, 6, '\0\0\0\0')) return 'image/bmp'
  return undefined
}

/**
 * Returns the type by all brands of a HEIF file, because the first brand of an AVIF may be `mif1`. A file without a
 * brand for pictures is a video.
 */
function heifTypeOf(bytes: Uint8Array): ImageType | undefined {
  const end = Math.min(dataViewOf(bytes).getUint32(0), bytes.length, 512)
  const brands = [decodeLatin1(bytes, 8, 12)]
  for (let offset = 16; offset + 4 <= end; offset += 4) brands.push(decodeLatin1(bytes, offset, offset + 4))
  const hasBrandOf = (brandList: readonly string[]) => brands.some((brand) => brandList.includes(brand))
  if (hasBrandOf(['avif', 'avis'])) return 'image/avif'
  if (hasBrandOf(heicBrands)) return 'image/heic'
  return hasBrandOf(heifBrands) ? 'image/heif' : undefined
}
