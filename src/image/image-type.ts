import { hasText, latin1, viewOf } from './metadata/byte-helpers.ts'
import { isJpeg } from './metadata/jpeg-segments.ts'
import { isPng } from './metadata/png.ts'
import { isWebp } from './metadata/webp.ts'

/** Types of pictures that are recognized by their first bytes. */
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

/** Returns the type of a picture by its bytes, whatever its name says. The first 512 bytes are enough. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  if (isJpeg(bytes)) return 'image/jpeg'
  if (isPng(bytes)) return 'image/png'
  if (hasText(bytes, 0, 'GIF87a') || hasText(bytes, 0, 'GIF89a')) return 'image/gif'
  if (isWebp(bytes)) return 'image/webp'
  if (hasText(bytes, 4, 'ftyp')) return heifTypeOf(bytes)
  if (hasText(bytes, 0, 'II*\0') || hasText(bytes, 0, 'MM\0*')) return 'image/tiff'
  // Two letters alone would make a picture of a text: the four bytes behind the length are zero.
  if (hasText(bytes, 0, 'BM') && hasText(bytes, 6, '\0\0\0\0')) return 'image/bmp'
  return undefined
}

/** A file lists its brands: `mif1` may come first in an AVIF. Files with no brand of a picture are videos. */
function heifTypeOf(bytes: Uint8Array): ImageType | undefined {
  const end = Math.min(viewOf(bytes).getUint32(0), bytes.length, 512)
  const brands = [latin1(bytes, 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, at + 4))
  const has = (known: readonly string[]) => brands.some((brand) => known.includes(brand))
  if (has(['avif', 'avis'])) return 'image/avif'
  if (has(heicBrands)) return 'image/heic'
  return has(heifBrands) ? 'image/heif' : undefined
}
