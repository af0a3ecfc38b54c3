/** S3's numbers, in bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MiB = 1024 ** 2

export const minPartSize = 5 * MiB
export const maxPartSize = 5 * 1024 * MiB
export const maxParts = 10_000
/** Files from here on go in parts, where nothing else is said. */
export const partsFrom = 32 * MiB
/** The largest object that one PUT or POST can carry: 5 GiB. */
export const maxSingleSize = 5 * 1024 * MiB

/**
 * The size of every part but the last for a file of `size` bytes: `preferred` (default 8 MiB), or as much more as
 * 10,000 parts need, in whole MiB. Constant within one upload because Cloudflare R2 wants parts of equal size.
 */
export function partSizeFor(size: number, preferred: number = 8 * MiB): number {
  const needed = Math.ceil(size / maxParts / MiB) * MiB
  const partSize = Math.max(minPartSize, preferred, needed)
  if (partSize > maxPartSize) {
    throw new RangeError(
      `A file of ${size} bytes is over what S3 holds in ${maxParts} parts of at most 5 GiB.`,
    )
  }
  return partSize
}

/** How many parts a file of `size` bytes has. At least one: a multipart upload cannot be empty. */
export function partCount(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize))
}

/** Bytes, or a text with a unit: `'5MB'` is 5,000,000 and `'5MiB'` is 5,242,880. */
export type Size = number | string

/** Bytes of a size. Throws a TypeError for a text that is not a number with one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. */
export function bytesOf(size: Size): number {
  if (typeof size === 'number') {
    if (size >= 0) return size
  } else {
    const [, number, prefix] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b\s*$/i.exec(size) ?? []
    const power = 'kmgt'.indexOf((prefix ?? '').charAt(0).toLowerCase()) + 1
    if (number !== undefined) {
      return Math.round(Number(number) * (prefix ? (prefix.length > 1 ? 1024 : 1000) ** power : 1))
    }
  }
  throw new TypeError(`"${size}" is not a size. Write bytes as a number, or a text such as '5MB' or '5MiB'.`)
}

const formats = new Map<string, Intl.NumberFormat>()

/** Made once for each: making one takes longer than a row of a list. */
export function numberFormat(
  locale: string | undefined,
  options: Intl.NumberFormatOptions = {},
): Intl.NumberFormat {
  const name = JSON.stringify([locale, options])
  const format = formats.get(name) ?? new Intl.NumberFormat(locale, options)
  formats.set(name, format)
  return format
}

/** A size as people read it, in decimal units: 1,234,567 is "1.2 MB". */
export function formatSize(bytes: number, locale?: string): string {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return numberFormat(locale, {
    style: 'unit',
    unit: `${['', 'kilo', 'mega', 'giga', 'tera'][power]}byte`,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value)
}
