/** Limits of S3, in bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MiB = 1024 ** 2

export const minPartSize = 5 * MiB
export const maxPartSize = 5 * 1024 * MiB
export const maxParts = 10_000
/** Default size from which files are uploaded in parts. */
export const multipartThreshold = 32 * MiB
/** The largest object of one PUT or POST: 5 GiB. */
export const maxSingleSize = 5 * 1024 * MiB

/**
 * Returns the size in bytes of every part except the last for a file of `size` bytes: `preferred` (default 8 MiB), or in
 * whole MiB as much as 10,000 parts require. Constant within one upload because Cloudflare R2 requires equal parts.
 */
export function partSizeFor(size: number, preferred: number = 8 * MiB): number {
  const requiredSize = Math.ceil(size / maxParts / MiB) * MiB
  const partSize = Math.max(minPartSize, preferred, requiredSize)
  if (partSize > maxPartSize) {
    throw new RangeError(
      `A file of ${size} bytes is larger than ${maxParts} parts of 5 GiB, the maximum of S3. Choose a smaller file.`,
    )
  }
  return partSize
}

/** Returns the number of parts of a file of `size` bytes. At least one: a multipart upload cannot be empty. */
export function partCount(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize))
}
