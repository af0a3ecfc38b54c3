import { UploadError } from '../protocol/errors.ts'
import { maxParts, maxPartSize, maxSingleSize } from '../protocol/limits.ts'
import type { Ticket } from '../protocol/ticket.ts'

/**
 * How a route's files go. `auto`: large ones in parts; small ones by POST, which needs one preflight for all files
 * of a bucket where every PUT needs its own; and by PUT where storage has no POST, or where a ticket must write once.
 */
export type Strategy = 'auto' | 'put' | 'post' | 'multipart'

export interface StorageAbilities {
  /** Bytes. */
  readonly multipartFrom: number
  readonly acceptsPost: boolean
  /** A POST cannot be held to write only once. */
  readonly writeOnce: boolean
}

/**
 * The kind of ticket for a file of `size` bytes. Throws an UploadError `too-large` for what one PUT or POST cannot
 * carry (5 GiB) or S3 cannot hold, and an Error for POST on a storage without it.
 */
export function kindFor(size: number, strategy: Strategy, abilities: StorageAbilities): Ticket['kind'] {
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
      'A route says strategy: "post", and its storage does not accept POST. Use "auto" or "put".',
    )
  }
  const most = kind === 'multipart' ? maxParts * maxPartSize : maxSingleSize
  if (size > most) {
    throw new UploadError('too-large', {
      phase: 'starting',
      message: `${size} bytes are over what one ${kind} upload can carry, which is ${most}.`,
    })
  }
  // A multipart upload cannot be empty.
  return size === 0 && kind === 'multipart' ? 'put' : kind
}
