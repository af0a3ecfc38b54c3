import type { S3Client } from '@aws-sdk/client-s3'
import { isPreconditionFailed } from './errors.ts'

/** Features of S3 that other stores lack. */
interface StoreFeatures {
  /** Whether the store accepts POST with a policy. */
  readonly post: boolean
  /** Whether the store accepts CRC64NVME checksums. */
  readonly checksums: boolean
}

interface KnownStore extends StoreFeatures {
  readonly name: string
  readonly host: RegExp
}

/**
 * Stores that their host name identifies, with the defaults of `s3Storage` for them. A new store is one more row.
 * Backblaze B2 has no row yet: it has no POST either, so apps set `post: false`.
 *
 * Stores that run at any host cannot have a row. Their differences are handled at these places:
 * - SeaweedFS checks the SDK's checksum of an empty body: `withoutDefaultChecksums`.
 * - Ceph 16 ignores the conditions of a copy: `supportsCopyConditions`.
 * - Ceph 16 accepts unsigned headers: the docstring of `s3Storage`.
 * - Ceph 20 rejects an unsigned Content-Type: `signContentType` in sign.ts.
 * - Ceph names a missing upload NoSuchKey, and some stores answer 501 to a condition: errors.ts.
 * - A store may repeat the marker of a list of parts: `listStoredParts` in multipart.ts.
 */
const knownStores: readonly KnownStore[] = [
  {
    // https://developers.cloudflare.com/r2/api/s3/presigned-urls/ (POST of HTML forms) and
    // https://developers.cloudflare.com/r2/api/s3/api/ (x-amz-checksum-algorithm)
    name: 'Cloudflare R2',
    host: /\.r2\.cloudflarestorage\.com$/,
    post: false,
    checksums: false,
  },
]

const allFeatures: StoreFeatures = { post: true, checksums: true }

/** Returns the features of the store that a client reaches. Stores without a row have all of them. */
export async function featuresOf(client: S3Client): Promise<StoreFeatures> {
  const { hostname = '' } = (await client.config.endpoint?.()) ?? {}
  return knownStores.find(({ host }) => host.test(hostname)) ?? allFeatures
}

/**
 * Whether a bucket name is the ARN of an access point, of S3 or of S3 on Outposts. The SDK signs no POST for S3 on
 * Outposts, and AWS lists no POST among the operations that access points support.
 */
export function isAccessPoint(bucket: string): boolean {
  return bucket.startsWith('arn:')
}

const onlyWhenRequired = () => Promise.resolve('WHEN_REQUIRED' as const)

/**
 * Disables the SDK's default checksums, whatever the app's client sets: presigned PUTs would sign the CRC32 of an empty
 * body, so that some stores reject every file, and every part of a multipart upload would need a checksum.
 * https://github.com/seaweedfs/seaweedfs/issues/10216
 */
export function withoutDefaultChecksums(client: S3Client): S3Client {
  const config = {
    ...client.config,
    requestChecksumCalculation: onlyWhenRequired,
    responseChecksumValidation: onlyWhenRequired,
  }
  // Inherits from the client, but overrides its config and the commands that `cacheMiddleware` caches.
  const derivedClient: S3Client = Object.create(client, {
    config: { value: config },
    handlers: { value: undefined, writable: true, configurable: true },
  })
  return derivedClient
}

/** Clients whose store supports conditional copies. Each is tested once. */
const conditionalClients = new WeakSet<S3Client>()

/**
 * Whether the store checks the conditions of a copy, which Ceph 16 ignores. `failingCopy` sends a copy with a condition
 * that never holds.
 */
export async function supportsCopyConditions(
  client: S3Client,
  failingCopy: () => Promise<unknown>,
): Promise<boolean> {
  if (conditionalClients.has(client)) return true
  try {
    await failingCopy()
    return false
  } catch (thrown) {
    if (!isPreconditionFailed(thrown)) throw thrown
    conditionalClients.add(client)
    return true
  }
}
