import { accepts, baseType } from '../protocol/accept.ts'
import { mainExtension } from '../protocol/formats.ts'

/** A `Blob` that an app made of a file, under the file's name, with the extension of its own type. */
export function namedBlob(blob: Blob, { name, type }: File): File {
  // A recorder names its codecs too: `video/webm;codecs=vp9`.
  const own = baseType(blob.type)
  const extension = own && !accepts(own, { name, type: '' }) ? mainExtension(own) : undefined
  // What follows a dot may be words, or a version: "Mr. Smith", "v1.2".
  const fitting =
    extension === undefined ? name : `${name.replace(/\.(?=\d*[a-z])[a-z\d]+$/i, '')}.${extension}`
  return new File([blob], fitting, { type: blob.type || type })
}
