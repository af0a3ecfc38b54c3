import { createHash } from 'node:crypto'
import {
  createDigest,
  checksumHeader,
  readDeclaredChecksum,
  readTrailerNames,
  checkChecksumFormat,
  type ObjectChecksum,
  type ChecksumAlgorithm,
  type DeclaredChecksum,
} from '../checksums/checksums.ts'
import { decodeChunked } from '../http/aws-chunked.ts'
import type { Disk, Segment } from '../storage/disk.ts'
import { S3Error } from '../http/error.ts'
import type { S3Request } from '../http/request.ts'
import type { Identity } from '../auth/sigv4-verify.ts'

/** The decoded body of a request, and the size and checksums that it must have. */
export interface Payload {
  bytes: AsyncIterable<Buffer>
  /** Exact number of bytes, if declared. */
  size?: number
  /** Content-MD5, base64. */
  md5?: string
  /** Signed x-amz-content-sha256, hex. */
  sha256?: string
  checksum?: DeclaredChecksum
  trailers: ReadonlyMap<string, string>
}

/** Stored and verified bytes. `etag` is the MD5 in hex. */
export interface StoredPayload {
  segment: Segment
  etag: string
  checksum: ObjectChecksum
}

/** S3's limit for one request, 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxPutBytes = 5 * 1024 ** 3
const maxTextBytes = 8 * 1024 ** 2

/** Decodes the body of a request. @throws S3Error MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest */
export function openPayload({ headers, body }: S3Request, identity: Identity): Payload {
  const kind =
    identity.kind === 'owner' ? identity.payload : (headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD')
  const isStreaming = kind.startsWith('STREAMING-')
  if (!isStreaming && kind !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(kind)) {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-…, or a valid sha256 value.',
    )
  }
  const isSupportedKind = /^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?)$/.test(
    kind,
  )
  const chunkVerifier = identity.kind === 'owner' ? identity.chunkVerifier : undefined
  if (isStreaming && (!isSupportedKind || (kind.includes('HMAC') && !chunkVerifier))) {
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-content-sha256' })
  }
  const length = isStreaming ? headers['x-amz-decoded-content-length'] : headers['content-length']
  if (length === undefined || !/^\d+$/.test(length)) throw new S3Error('MissingContentLength')
  const size = Number(length)
  if (size > maxPutBytes) {
    throw new S3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: maxPutBytes })
  }
  const md5 = headers['content-md5']
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16)
    throw new S3Error('InvalidDigest', undefined, { 'Content-MD5': md5 })
  const checksum = readDeclaredChecksum((name) => headers[name])
  const trailers = new Map<string, string>()
  return {
    bytes: isStreaming
      ? decodeChunked(
          body(),
          chunkVerifier,
          kind.endsWith('-TRAILER'),
          new Set(readTrailerNames(headers['x-amz-trailer'])),
          trailers,
        )
      : body(),
    size,
    ...(md5 !== undefined && { md5 }),
    ...(/^[0-9a-f]{64}$/.test(kind) && { sha256: kind }),
    ...(checksum && { checksum }),
    trailers,
  }
}

/** Hashes bytes while they are read. `finish` compares them with the declared size and checksums. */
function createVerifier(payload: Payload, storedAlgorithm: ChecksumAlgorithm) {
  const md5 = createHash('md5')
  const sha256 = payload.sha256 === undefined ? undefined : createHash('sha256')
  const declaredAlgorithm = payload.checksum?.algorithm ?? storedAlgorithm
  const digests = new Map(
    [...new Set([storedAlgorithm, declaredAlgorithm])].map((name) => [name, createDigest(name)]),
  )
  let size = 0
  return {
    observe(chunk: Uint8Array) {
      size += chunk.length
      if (payload.size !== undefined && size > payload.size) throw new S3Error('IncompleteBody')
      md5.update(chunk)
      sha256?.update(chunk)
      for (const digest of digests.values()) digest.update(chunk)
    },
    /** @throws S3Error IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, InvalidRequest */
    finish(): { etag: string; checksum: ObjectChecksum } {
      if (payload.size !== undefined && size !== payload.size) throw new S3Error('IncompleteBody')
      const hash = md5.digest()
      if (payload.md5 !== undefined && payload.md5 !== hash.toString('base64')) {
        throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
      }
      const computed = sha256?.digest('hex')
      if (computed !== undefined && computed !== payload.sha256) {
        throw new S3Error('XAmzContentSHA256Mismatch', undefined, { S3ComputedContentSHA256: computed })
      }
      const values = new Map(
        Array.from(digests, ([name, digest]) => [name, digest.digest().toString('base64')]),
      )
      if (payload.checksum) checkDeclared(payload, values.get(declaredAlgorithm))
      return {
        etag: hash.toString('hex'),
        checksum: {
          algorithm: storedAlgorithm,
          type: 'FULL_OBJECT',
          value: values.get(storedAlgorithm) ?? '',
        },
      }
    },
  }
}

function checkDeclared({ checksum, trailers }: Payload, computed: string | undefined) {
  if (!checksum) return
  const { algorithm } = checksum
  const value = checksum.value ?? trailers.get(checksumHeader(algorithm))
  if (value === undefined) {
    throw new S3Error('InvalidRequest', `The trailer ${checksumHeader(algorithm)} was declared but not sent.`)
  }
  if (checkChecksumFormat(algorithm, value) === computed) return
  throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
}

/**
 * Stores and verifies a payload. Deletes it when verification fails.
 * @param storedAlgorithm the checksum algorithm to store; default: the one of the client, else CRC64NVME, as S3 does
 * @throws S3Error as soon as the bytes differ from the declared size or checksums
 */
export async function receivePayload(
  disk: Disk,
  payload: Payload,
  storedAlgorithm?: ChecksumAlgorithm,
): Promise<StoredPayload> {
  const verifier = createVerifier(payload, storedAlgorithm ?? payload.checksum?.algorithm ?? 'CRC64NVME')
  const segment = await disk.write(payload.bytes, (chunk) => verifier.observe(chunk))
  try {
    return { segment, ...verifier.finish() }
  } catch (error) {
    await disk.discard([segment])
    throw error
  }
}

/**
 * Reads a body of XML or JSON as text, verified like an object. Limit 8 MiB.
 * @param needsDigest requires Content-MD5 or a checksum, as S3 does for some operations
 */
export async function readBodyText(
  request: S3Request,
  identity: Identity,
  needsDigest = false,
): Promise<string> {
  const payload = openPayload(request, identity)
  if (needsDigest && payload.md5 === undefined && !payload.checksum) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    )
  }
  if ((payload.size ?? 0) > maxTextBytes) throw new S3Error('MaxMessageLengthExceeded')
  const verifier = createVerifier(payload, payload.checksum?.algorithm ?? 'CRC32')
  const chunks: Buffer[] = []
  for await (const chunk of payload.bytes) {
    verifier.observe(chunk)
    chunks.push(chunk)
  }
  verifier.finish()
  return Buffer.concat(chunks).toString('utf8')
}
