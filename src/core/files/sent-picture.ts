import type { FileInfo } from '../../protocol/ticket.ts'

/** Facts about a picture that only its preparation knows. */
export type SentPicture = Pick<FileInfo, 'image' | 'crop'>

/** The facts of each blob that `prepare` returned. A map stores them, because a Blob has no place for them. */
const sentPictures = new WeakMap<Blob, SentPicture>()

/** Sets the facts that presign sends with a prepared picture. */
export function setSentPicture(blob: Blob, picture: SentPicture) {
  sentPictures.set(blob, picture)
}

export const sentPictureOf = (blob: Blob): SentPicture | undefined => sentPictures.get(blob)
