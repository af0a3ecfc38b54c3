import { UploadError } from '../../protocol/errors.ts'
import { maxParts, maxPartSize, maxSingleSize } from '../../protocol/s3-limits.ts'
import type { Ticket } from '../../protocol/ticket.ts'

/**
 * Kind of upload for a route's files. `auto` uses multipart for large files and POST for small ones, because POST needs
 * one preflight per bucket and PUT needs one per file. It uses PUT when the store has no POST, or for write-once
 * tickets.
 */
export type Strategy = 'auto' | 'put' | 'post' | 'multipart'

export interface StorageAbilities {
  /** Bytes. */
  readonly multipartFrom: number
  readonly acceptsPost: boolean
  /** Whether the ticket may write only once. POST cannot prevent a second write. */
  readonly writeOnce: boolean
}

/**
 * Chooses the kind of ticket for a file of `size` bytes. Throws an UploadError `too-large` above S3's limit for one PUT
 * or POST (5 GiB) or for one object, and an Error for `strategy: 'post'` if the store does not support POST.
 */
export function chooseTicketKind(
  size: number,
  strategy: Strategy,
  abilities: StorageAbilities,
): Ticket['kind'] {
  const { multipartFrom, acceptsPost, writeOnce } = abilities
  const kind =
    strategy !== 'auto'
      ? strategy
      : size >= multipartFrom
        ? 'multipart'
        : acceptsPost && !writeOnce
          ? 'post'
          : 'put'

  if (kind === 'post' && !acceptsPost) {
    throw new Error(
      'A route sets strategy: "post", but its storage does not accept POST. Use "auto" or "put".',
    )
  }
  const maxBytes = kind === 'multipart' ? maxParts * maxPartSize : maxSingleSize
  if (size > maxBytes) {
    throw new UploadError('too-large', {
      phase: 'starting',
      message: `The file has ${size} bytes; one ${kind} upload can have at most ${maxBytes}.`,
    })
  }
  // A multipart upload cannot be empty.
  return size === 0 && kind === 'multipart' ? 'put' : kind
}
