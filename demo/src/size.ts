const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** Formats bytes for people: "4.2 MB". */
export function formatSize(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  const maximumFractionDigits = value < 100 && power > 0 ? 1 : 0
  return value.toLocaleString('en', { style: 'unit', unit: units[power], maximumFractionDigits })
}
