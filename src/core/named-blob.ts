import { accepts } from '../protocol/accept.ts'
import { mainExtension } from '../protocol/formats.ts'

/** A `Blob` that an app made of a file, under the file's name, with the extension of its own type. */
export function namedBlob(blob: Blob, { name, type }: File): File {
  const extension =
    blob.type && !accepts(blob.type, { name, type: '' }) ? mainExtension(blob.type) : undefined
  const fitting = extension === undefined ? name : `${name.replace(/\.[^.]*$/, '')}.${extension}`
  return new File([blob], fitting, { type: blob.type || type })
}
