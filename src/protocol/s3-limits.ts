const MiB = 1024 ** 2

// These three limits of S3 are from https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
export const minPartSize = 5 * MiB
export const maxPartSize = 5 * 1024 * MiB
export const maxParts = 10_000
/** Files of at least this size are uploaded in parts by default. */
export const multipartThreshold = 32 * MiB
/** The largest object of one PUT or POST: 5 GiB. */
export const maxSingleSize = 5 * 1024 * MiB

/**
 * Returns the part size in bytes for a file of `size` bytes. Only the last part may be smaller. The part size is
 * `preferredSize` (default 8 MiB), or more if the file would have more than 10,000 parts. It is then a whole number of
 * MiB. All parts of an upload have the same size, because Cloudflare R2 requires this.
 */
export function partSizeFor(size: number, preferredSize: number = 8 * MiB): number {
  const requiredSize = Math.ceil(size / maxParts / MiB) * MiB
  const partSize = Math.max(minPartSize, preferredSize, requiredSize)
  if (partSize > maxPartSize) {
    throw new RangeError(
      `A file of ${size} bytes is larger than ${maxParts} parts of 5 GiB, the maximum of S3. Choose a smaller file.`,
    )
  }
  return partSize
}

/** Returns the number of parts of a file of `size` bytes: at least one, because a multipart upload cannot be empty. */
export function partCount(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize))
}
