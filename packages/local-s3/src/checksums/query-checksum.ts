import { checksumAlgorithms, checksumHeader, checksumOf } from './checksums.ts'
import type { S3Request } from '../http/request.ts'

/**
 * Returns a warning about a presigned URL with the checksum of an empty body, which an AWS SDK signs by default. Some
 * stores reject every file sent to this URL.
 * @returns undefined when the URL has no checksum of an empty body, or the body is empty
 */
export function describeEmptyChecksum(
  operation: string,
  { headers, query }: Pick<S3Request, 'headers' | 'query'>,
): string | undefined {
  if (!query.has('X-Amz-Signature')) return undefined
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  if (length === undefined || Number(length) === 0) return undefined
  const queryValues = new Map([...query].map(([name, value]) => [name.toLowerCase(), value]))
  const found = checksumAlgorithms.find(
    (algorithm) => queryValues.get(checksumHeader(algorithm)) === checksumOf(algorithm, new Uint8Array()),
  )
  if (!found) return undefined
  return (
    `local-s3: a presigned ${operation} URL contains ${checksumHeader(found)} of an empty body, but the body is not ` +
    'empty. An AWS SDK signs this checksum by default. local-s3 ignores it, but some stores reject the file. Presign ' +
    "with requestChecksumCalculation: 'WHEN_REQUIRED'. To reject the file here too, set strictQueryChecksums " +
    '(--strict-checksums).'
  )
}

/** Creates a warn function that ignores repeated messages. */
export function createWarnOnce(warn: (message: string) => void): (message: string) => void {
  const loggedMessages = new Set<string>()
  return (message) => {
    if (loggedMessages.has(message)) return
    loggedMessages.add(message)
    warn(message)
  }
}
