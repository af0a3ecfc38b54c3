import type { FileInfo } from '../../protocol/ticket.ts'

/** Facts about a picture that only its preparation knows. */
export type SentPicture = Pick<FileInfo, 'image' | 'crop'>

/**
 * A blob that `prepare` returned, with facts for presign. It is a property and not a map in a module, because the code of
 * pictures and the engine are two chunks: a module that both import would be a third one.
 */
export interface PreparedPicture extends Blob {
  '~picture'?: SentPicture
}
