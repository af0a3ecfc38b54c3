import { imageTypeOf } from './image-type.ts'
import { editMetadata } from './metadata/edit-metadata.ts'
import type { MetadataMode } from './metadata/metadata-mode.ts'

export interface ImageOptions {
  /** Handling of metadata, such as the place of a photo. Default: `strip-location`. */
  readonly metadata?: MetadataMode | undefined
}

/** Bytes at the start of a file that tell its type. */
const headBytes = 512

/**
 * Creates a `prepare` function that makes pictures private before they are uploaded: it removes the place where a photo
 * was taken from JPEG, PNG, WebP, HEIC and AVIF, without encoding them again. A picture whose name or type is wrong gets
 * the type of its bytes. Other files stay as they are. Rejects when the signal aborts, or if the file cannot be read.
 */
export function image({ metadata = 'strip-location' }: ImageOptions = {}): (
  file: File,
  context: { signal: AbortSignal },
) => Promise<Blob> {
  return async (file, { signal }) => {
    const type = imageTypeOf(new Uint8Array(await file.slice(0, headBytes).arrayBuffer()))
    if (type === undefined) return file
    signal.throwIfAborted()
    const unedited = type === file.type ? file : new Blob([file], { type })
    if (metadata === 'keep') return unedited
    const bytes = new Uint8Array(await file.arrayBuffer())
    signal.throwIfAborted()
    const edited = editMetadata(bytes, metadata)
    // No edit makes a SharedArrayBuffer, which Blob refuses.
    return edited === bytes ? unedited : new Blob([edited as Uint8Array<ArrayBuffer>], { type })
  }
}
