/** A size in bytes, or a string with a unit: `'5MB'` is 5,000,000 and `'5MiB'` is 5,242,880. */
export type Size = number | string

/**
 * Converts a size to bytes. Throws a TypeError for a negative number, and for a string that is not a number with one of
 * the units B, kB, MB, GB, TB, KiB, MiB, GiB and TiB.
 */
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
  throw new TypeError(`"${size}" is not a size. Pass bytes as a number, or a string like '5MB' or '5MiB'.`)
}

const numberFormats = new Map<string, Intl.NumberFormat>()

/** Returns a cached number format. It is cached because creating a format takes longer than rendering a list row. */
export function numberFormat(
  locale: string | undefined,
  options: Intl.NumberFormatOptions = {},
): Intl.NumberFormat {
  const cacheKey = JSON.stringify([locale, options])
  const format = numberFormats.get(cacheKey) ?? new Intl.NumberFormat(locale, options)
  numberFormats.set(cacheKey, format)
  return format
}

/** Formats a size in bytes with decimal units: 1,234,567 is "1.2 MB". `locale` defaults to the browser's. */
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
