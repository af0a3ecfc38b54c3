import { accepts, baseType } from '../../protocol/accept/accept.ts'
import { mainExtension } from '../../protocol/accept/formats.ts'
import { typeToSend } from '../../protocol/sent-type.ts'
import type { FileInfo } from '../../protocol/ticket.ts'
import { withExtensionOf } from '../item-record.ts'
import type { ItemRecord } from '../item-record.ts'
import type { UploaderOptions } from '../options.ts'
import { cleanedPathOf } from './file-path.ts'
import { sizeOf } from './file-size.ts'

/** Converts a `Blob` that an app made from a file to a File with that file's name and the extension of the blob's type. */
export function toNamedFile(blob: Blob, { name, type }: File): File {
  // Removes the codecs that a MediaRecorder adds to the type: `video/webm;codecs=vp9`.
  const blobType = baseType(blob.type)
  const extension = blobType && !accepts(blobType, { name, type: '' }) ? mainExtension(blobType) : undefined
  // Replaces the text after the last dot only if it can be an extension. In "Mr. Smith" and "v1.2" it is a word or a
  // version.
  const nameWithExtension =
    extension === undefined ? name : `${name.replace(/\.(?=\d*[a-z])[a-z\d]+$/i, '')}.${extension}`
  return new File([blob], nameWithExtension, { type: blob.type || type })
}

/** Returns the properties of a file that the backend receives. */
export function fileInfoOf<Result>(
  { id, file, preparedFile, newName, meta: newMeta, image, crop }: ItemRecord<Result>,
  { route, meta }: UploaderOptions<Result>,
): FileInfo {
  const name = newName === undefined ? preparedFile.name : withExtensionOf(newName, file, preparedFile)
  const initialMeta = typeof meta === 'function' ? meta(file) : meta
  const path = cleanedPathOf(file)
  const metadata = newMeta ? { ...initialMeta, ...newMeta } : initialMeta
  return {
    id,
    name,
    size: sizeOf(preparedFile),
    type: typeToSend(preparedFile),
    ...(route !== undefined && { route }),
    ...(metadata && { meta: metadata }),
    ...(path !== undefined && { path }),
    ...(image && { image }),
    ...(crop && { crop }),
  }
}
