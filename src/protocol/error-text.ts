import { acceptHint, typeLabel } from './accept/accept-text.ts'
import { formatSize } from './byte-size.ts'

/**
 * The limits and types that explain a refusal. The protocol sends them instead of a sentence, so that each page can
 * show its own language.
 */
export interface ErrorDetails {
  /** Accepted types, as in `<input accept>`. */
  readonly accept?: string
  /** MIME type of the file's bytes. */
  readonly foundType?: string
  /** Bytes. */
  readonly minSize?: number
  /** Bytes. */
  readonly maxSize?: number
  readonly maxFiles?: number
  /** Bytes of all files together. */
  readonly maxTotalSize?: number
  /** Displayed size of the image in pixels. */
  readonly width?: number
  readonly height?: number
  /** Limits in pixels. Contains only the limits that the image does not meet. */
  readonly minWidth?: number
  readonly minHeight?: number
  readonly maxWidth?: number
  readonly maxHeight?: number
  /** Width times height. */
  readonly maxPixels?: number
  /** Maximum number of files in one request. The browser sends the files again in smaller batches. */
  readonly filesPerRequest?: number
}

/** Returns the English sentence for an error code and its details. `text` is the sentence for the code alone. */
export function textWithDetails(code: string, text: string, details: ErrorDetails = {}): string {
  const { accept, foundType, minSize, maxSize, maxFiles, maxTotalSize } = details
  if (code === 'wrong-type') {
    const foundTypeText = foundType === undefined ? '' : ` It is ${typeLabel(foundType)}.`
    return text + foundTypeText + acceptHint(accept ?? '*')
  }
  if (code === 'too-small' && minSize !== undefined) return `Smaller than ${formatSize(minSize, 'en')}.`
  const limitBytes = code === 'too-large' ? maxSize : code === 'total-too-large' ? maxTotalSize : undefined
  if (limitBytes !== undefined)
    return `Larger than ${formatSize(limitBytes, 'en')}${code === 'too-large' ? '' : ' together with the other files'}.`
  if (code === 'too-many' && maxFiles !== undefined)
    return maxFiles === 1 ? 'Only one file.' : `Only ${maxFiles} files.`
  return code === 'wrong-dimensions' ? dimensionsText(text, details) : text
}

function dimensionsText(text: string, details: ErrorDetails): string {
  const { width, height, minWidth, minHeight, maxWidth, maxHeight, maxPixels } = details
  if (width === undefined || height === undefined) return text
  const minimumText = formatSides(minWidth, minHeight)
  const maximumText =
    maxPixels === undefined ? formatSides(maxWidth, maxHeight) : `${maxPixels} pixels in all`
  const limitText = minimumText
    ? ` It must be at least ${minimumText}.`
    : maximumText
      ? ` It must be at most ${maximumText}.`
      : ''
  return `This image is ${width} × ${height} pixels.${limitText}`
}

function formatSides(width: number | undefined, height: number | undefined): string | undefined {
  if (width !== undefined && height !== undefined) return `${width} × ${height} pixels`
  return width !== undefined
    ? `${width} pixels wide`
    : height === undefined
      ? undefined
      : `${height} pixels high`
}
