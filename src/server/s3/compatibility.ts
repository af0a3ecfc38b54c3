import type { Connection } from './connection.ts'
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
 * - Ceph 16 ignores the conditions of a copy: `supportsCopyConditions`.
 * - Ceph 16 accepts unsigned headers: the docstring of `s3Storage`.
 * - Ceph 20 rejects an unsigned Content-Type: `signPut` in sign.ts.
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

/** Returns the features of the store at a host. Stores without a row have all of them. */
export function featuresOf({ hostname }: URL): StoreFeatures {
  return knownStores.find(({ host }) => host.test(hostname)) ?? allFeatures
}

/** Connections to stores that support conditional copies. Each is tested once. */
const conditionalStores = new WeakSet<Connection>()

/**
 * Whether the store checks the conditions of a copy, which Ceph 16 ignores. `failingCopy` sends a copy with a condition
 * that never holds.
 */
export async function supportsCopyConditions(
  connection: Connection,
  failingCopy: () => Promise<unknown>,
): Promise<boolean> {
  if (conditionalStores.has(connection)) return true
  try {
    await failingCopy()
    return false
  } catch (thrown) {
    if (!isPreconditionFailed(thrown)) throw thrown
    conditionalStores.add(connection)
    return true
  }
}
