import { splitAccept } from './accept.ts'
import type { Accept } from './accept.ts'

/**
 * Returns the value of `<input accept>`. Adds the extensions of HEIC to `image/*`, because some systems do not know
 * HEIC as an image, and then disable such files in the file dialog.
 */
export function pickerAccept(accept: Accept): string {
  const patterns = splitAccept(accept)
  return [...patterns, ...(patterns.includes('image/*') ? ['.heic', '.heif'] : [])].join(',')
}
