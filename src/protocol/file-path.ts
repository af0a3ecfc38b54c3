import { removeFormatCharacters } from './format-characters.ts'

/** Maximum number of bytes of one name in a path. File systems and archives do not allow longer names. */
const maxSegmentBytes = 255
/**
 * Maximum number of bytes of a path. An object key has at most 1,024 bytes, and an app puts a prefix before the path.
 */
export const maxPathBytes = 900

/** Matches control characters, lone surrogates, private use characters and line separators. */
const unprintablePattern = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
/** Names of devices on Windows, with or without an extension. */
const deviceNamePattern = /^(con|prn|aux|nul|(com|lpt)[\d\u00b9\u00b2\u00b3])(?=\.|$)/i

/**
 * Cleans the path of a file in a folder: `album/2026/beach.jpg`. Removes a slash at the start and the names `''`, `.`
 * and `..`, and normalizes names to NFC. Returns undefined if no folder is left. A clean path stays the same.
 */
export function sanitizePath(path: string): string | undefined {
  const names = path.split(/[/\\]/).map(sanitizeSegment).filter(Boolean)
  return names.length > 1 ? names.join('/') : undefined
}

/** Whether a path is too long for the key of an object. */
export function isPathTooLong(path: string): boolean {
  return byteLength(path) > maxPathBytes
}

function sanitizeSegment(name: string): string {
  // Two letters that a removed character separated can form one letter in NFC.
  const visibleName = removeFormatCharacters(name.replace(unprintablePattern, '').normalize('NFC'))
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    // Replaces `${`, because S3 replaces `${filename}` in the key of a form.
    .replace(/\$(?=\{)/g, '_')
  return trimSegment(shortenSegment(trimSegment(visibleName))).replace(deviceNamePattern, '_$&')
}

/** Removes spaces around a name, and dots at its end, because Windows drops them and `..` is another folder. */
function trimSegment(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end -= 1
  return name.slice(0, end).trimStart()
}

/** Shortens a name that is too long, and keeps its extension. */
function shortenSegment(name: string): string {
  if (byteLength(name) < maxSegmentBytes) return name
  const [extension = ''] = /\.[a-z0-9]{1,16}$/i.exec(name) ?? []
  let baseName = Array.from(name.slice(0, maxSegmentBytes))
  while (byteLength(baseName.join('')) + extension.length >= maxSegmentBytes) baseName = baseName.slice(0, -1)
  return baseName.join('') + extension
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
