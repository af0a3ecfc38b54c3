import { createHash } from 'node:crypto'
import { combineCrcs, createCrc } from './crc.ts'
import { S3Error } from '../http/error.ts'

/** S3's checksum algorithms: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
/** The name of a checksum algorithm, as the AWS SDK writes it. */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/** FULL_OBJECT covers the bytes of the object, COMPOSITE the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** A checksum. `value` is base64; a composite of N parts ends with `-N`. */
export interface ObjectChecksum {
  algorithm: ChecksumAlgorithm
  type: ChecksumType
  value: string
}

export interface Digest {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

const byteLengths = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const

export function createDigest(algorithm: ChecksumAlgorithm): Digest {
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256') return createCrc(algorithm)
  const hash = createHash(algorithm)
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() }
}

/** Computes the checksum of bytes in base64, as S3 returns it. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const digest = createDigest(algorithm)
  digest.update(bytes)
  return digest.digest().toString('base64')
}

export const checksumHeader = (algorithm: ChecksumAlgorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`

/** Returns the name of the XML element, for example `ChecksumSHA256`. */
export const checksumElement = (algorithm: ChecksumAlgorithm) => `Checksum${algorithm}`

/** @throws S3Error InvalidRequest for an unknown algorithm */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase())
  if (found) return found
  throw new S3Error(
    'InvalidRequest',
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.join(', ')}]`,
  )
}

/** @throws S3Error InvalidRequest when the value is not base64 of the right length */
export function checkChecksumFormat(algorithm: ChecksumAlgorithm, value: string) {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === byteLengths[algorithm] && bytes.toString('base64') === value) return value
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`)
}

const isChecksum = (name: string) =>
  checksumAlgorithms.some((algorithm) => checksumHeader(algorithm) === name)

/** Removes checksum headers: in CompleteMultipartUpload they describe the object and not the body. */
export const withoutChecksumHeaders = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !isChecksum(name) && name !== 'x-amz-sdk-checksum-algorithm'),
  )

/**
 * Compares the checksum headers of a request with the checksum of the complete multipart object.
 * @throws S3Error BadDigest for a different value; InvalidRequest for a malformed value, two checksums, or a different
 *   algorithm or type
 */
export function checkObjectChecksum(
  header: (name: string) => string | undefined,
  { algorithm, type, value }: ObjectChecksum,
) {
  const requestedType = header('x-amz-checksum-type')
  if (requestedType !== undefined && requestedType.toUpperCase() !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum type, but the request specifies ${requestedType}.`,
    )
  }
  const sentAlgorithms = checksumAlgorithms.filter((name) => header(checksumHeader(name)) !== undefined)
  const [algorithmName] = sentAlgorithms
  if (algorithmName === undefined) return
  if (sentAlgorithms.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  if (algorithmName !== algorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${algorithmName.toLowerCase()}`,
    )
  }
  // Clients send a composite with or without the number of parts at the end.
  const sentValue = header(checksumHeader(algorithmName)) ?? ''
  const [, digest = '', count] = /^(.*?)(?:-(\d+))?$/s.exec(sentValue) ?? []
  checkChecksumFormat(algorithmName, digest)
  const [expected, parts] = value.split('-')
  if (digest === expected && (count === undefined || count === parts)) return
  throw new S3Error('BadDigest', `The ${algorithmName} you specified did not match the calculated checksum.`)
}

/** The checksum that a request declares for its body. Without `value`, it follows in a trailer. */
export interface DeclaredChecksum {
  algorithm: ChecksumAlgorithm
  value?: string
}

/** Reads the names in x-amz-trailer, in lower case. */
export const readTrailerNames = (header: string | null | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)

/**
 * Reads the checksum that a request declares for its body.
 * @param mayNameOnly accepts x-amz-sdk-checksum-algorithm without a checksum
 * @throws S3Error InvalidRequest for more than one checksum, a malformed one, or an algorithm without a checksum
 */
export function readDeclaredChecksum(
  header: (name: string) => string | null | undefined,
  mayNameOnly = false,
): DeclaredChecksum | undefined {
  const sentAlgorithms = checksumAlgorithms.filter((algorithm) => header(checksumHeader(algorithm)))
  const trailerNames = readTrailerNames(header('x-amz-trailer'))
  const [trailer, ...otherTrailers] = checksumAlgorithms.filter((algorithm) =>
    trailerNames.includes(checksumHeader(algorithm)),
  )
  if (sentAlgorithms.length + otherTrailers.length + (trailer ? 1 : 0) > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  const algorithmName = header('x-amz-sdk-checksum-algorithm')
  const algorithm = sentAlgorithms[0] ?? trailer
  if (algorithmName) {
    const expected = parseAlgorithm(algorithmName)
    if (!algorithm && !mayNameOnly) {
      throw new S3Error(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      )
    }
    if (algorithm && expected !== algorithm) {
      throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.')
    }
  }
  if (!algorithm) return undefined
  const value = header(checksumHeader(algorithm))
  return value ? { algorithm, value: checkChecksumFormat(algorithm, value) } : { algorithm }
}

/** Combines the checksums of parts into the checksum of the object, as its type requires. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { size: number; checksum: string }[],
): ObjectChecksum {
  const bytes = parts.map(({ size, checksum }) => ({ size, crc: Buffer.from(checksum, 'base64') }))
  if (type === 'COMPOSITE') {
    const digest = createDigest(algorithm)
    for (const { crc } of bytes) digest.update(crc)
    return { algorithm, type, value: `${digest.digest().toString('base64')}-${parts.length}` }
  }
  if (algorithm === 'SHA1' || algorithm === 'SHA256') throw fullObjectError(algorithm)
  return { algorithm, type, value: combineCrcs(algorithm, bytes).toString('base64') }
}

/**
 * Returns the checksum type of a multipart upload. SHA checksums cannot be FULL_OBJECT, CRC64NVME cannot be COMPOSITE.
 * @throws S3Error InvalidRequest
 */
export function resolveChecksumType(
  algorithm: ChecksumAlgorithm,
  requestedType: string | undefined,
): ChecksumType {
  const type = requestedType?.toUpperCase() ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
  }
  const isSha = algorithm === 'SHA1' || algorithm === 'SHA256'
  if (type === 'FULL_OBJECT' && isSha) throw fullObjectError(algorithm)
  if (type === 'COMPOSITE' && algorithm === 'CRC64NVME') {
    throw new S3Error(
      'InvalidRequest',
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    )
  }
  return type
}

const fullObjectError = (algorithm: ChecksumAlgorithm) =>
  new S3Error(
    'InvalidRequest',
    `The FULL_OBJECT checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  )
