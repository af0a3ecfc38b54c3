import { accepts } from '../protocol/accept.ts'
import { mainExtension } from '../protocol/formats.ts'

/** Converts a `Blob` that an app made from a file to a File with that file's name and the extension of the blob's type. */
export function namedBlob(blob: Blob, { name, type }: File): File {
  const extension =
    blob.type && !accepts(blob.type, { name, type: '' }) ? mainExtension(blob.type) : undefined
  const fittingName = extension === undefined ? name : `${name.replace(/\.[^.]*$/, '')}.${extension}`
  return new File([blob], fittingName, { type: blob.type || type })
}
