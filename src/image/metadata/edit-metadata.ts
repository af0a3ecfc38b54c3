import { imageTypeOf } from '../image-type.ts'
import { blankHeif } from './heif.ts'
import { blankJpeg } from './jpeg-blank.ts'
import { stripJpeg } from './jpeg-strip.ts'
import type { MetadataMode, StripMode } from './metadata-mode.ts'
import { stripPng } from './png.ts'
import { stripWebp } from './webp.ts'

/**
 * Removes metadata of a JPEG, PNG, WebP, HEIC or AVIF without encoding it again. Other types stay as they are. Returns the
 * same bytes if nothing has to change, and never changes the given bytes.
 */
export function editMetadata(bytes: Uint8Array, mode: MetadataMode): Uint8Array {
  if (mode === 'keep') return bytes
  const editedBytes = stripMetadata(bytes, mode)
  return hasSameBytes(bytes, editedBytes) ? bytes : editedBytes
}

function stripMetadata(bytes: Uint8Array, mode: StripMode): Uint8Array {
  switch (imageTypeOf(bytes)) {
    case 'image/jpeg':
      return mode === 'strip'
        ? stripJpeg(bytes)
        : editCopy(bytes, (copiedBytes) => blankJpeg(copiedBytes, mode))
    case 'image/png':
      return stripPng(bytes, mode)
    case 'image/webp':
      return stripWebp(bytes, mode)
    case 'image/avif':
    case 'image/heic':
    case 'image/heif':
      return editCopy(bytes, (copiedBytes) => blankHeif(copiedBytes, mode))
    default:
      return bytes
  }
}

function editCopy(bytes: Uint8Array, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice()
  edit(copy)
  return copy
}

/** Compares in a loop, because `every` calls a function per byte, which blocks the page for a large photo. */
function hasSameBytes(bytes: Uint8Array, otherBytes: Uint8Array): boolean {
  if (otherBytes === bytes) return true
  if (otherBytes.length !== bytes.length) return false
  for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== otherBytes[index]) return false
  return true
}
