import { checksumAlgorithms, checksumHeader, checksumOf } from './checksums.ts'
import type { S3Request } from './request.ts'

/**
 * What a developer should know of a presigned URL with the checksum of an empty body in it, which an AWS SDK signs by
 * default: some stores refuse every file that is sent to such a URL.
 * @returns undefined where there is nothing to say
 */
export function describeEmptyChecksum(
  operation: string,
  { headers, query }: Pick<S3Request, 'headers' | 'query'>,
): string | undefined {
  if (!query.has('X-Amz-Signature')) return undefined
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  if (length === undefined || Number(length) === 0) return undefined
  const sent = new Map([...query].map(([name, value]) => [name.toLowerCase(), value]))
  const found = checksumAlgorithms.find(
    (algorithm) => sent.get(checksumHeader(algorithm)) === checksumOf(algorithm, new Uint8Array()),
  )
  if (!found) return undefined
  return (
    `local-s3: a presigned ${operation} URL carries ${checksumHeader(found)} of an empty body, and the body is not ` +
    'empty. An AWS SDK signs it by default. It is not checked here, but other stores refuse the file. Presign with ' +
    "requestChecksumCalculation: 'WHEN_REQUIRED'. The option strictQueryChecksums (--strict-checksums) refuses it here."
  )
}

/** Passes each different message on once. */
export function createWarner(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>()
  return (message) => {
    if (told.has(message)) return
    told.add(message)
    warn(message)
  }
}
