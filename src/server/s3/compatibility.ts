/** Features of S3 that some other stores do not have. */
export interface StoreFeatures {
  /** Whether the store accepts POST with a policy, and enforces the policy. */
  readonly post: boolean
  /** Whether the store accepts the headers of CRC64NVME checksums. */
  readonly checksums: boolean
  /** Whether `If-None-Match: *` prevents that a PUT, or the completion of a multipart upload, replaces an object. */
  readonly writeOnce: boolean
  /**
   * Name of the header that, with the value `*`, prevents that a copy replaces an object. False if the store has no
   * such header.
   */
  readonly copyIfAbsent: string | false
  /** Header that, with an ETag, lets a copy replace only the object with this ETag. False: the store has none. */
  readonly copyIfMatch: string | false
}

/**
 * The features of a bucket's store. They come from the options and the table of known stores, without the features that
 * the store has refused.
 */
export interface FeatureMemory {
  get(): Promise<StoreFeatures>
  /** Remembers for an hour that the store refuses requests with a feature, but accepts them without the feature. */
  markMissing(feature: keyof StoreFeatures): void
}

/** Names of the stores whose differences are known: the option `store` of `s3Storage`. */
export type StoreName = 'b2' | 'gcs' | 'r2' | 'supabase'

interface KnownStore {
  readonly title: string
  /** Value of the option `store`. Only for a store that an app may reach under another host name, for example a proxy. */
  readonly name?: StoreName
  /** Whether a URL of a bucket belongs to this store. */
  readonly matches: (url: URL) => boolean
  /** Differences from Amazon S3. */
  readonly features: Partial<StoreFeatures>
}

const matchesHostName = (pattern: RegExp) => (url: URL) => pattern.test(url.hostname)

/**
 * Stores that differ from Amazon S3, by host name. Each difference has its source. docs/stores.md describes other
 * stores too. They are not in this table, because they lack no feature, or because their host names are not known.
 * These functions and files detect or handle their differences:
 *
 * - A store answers 405 or 501 to POST, or refuses a checksum or a condition: feature-memory.ts.
 * - Ceph 16 ignores the conditions of a copy: `supportsCopyConditions` in copy.ts.
 * - Ceph 16 accepts unsigned headers: the docstring of `s3Storage`.
 * - Ceph 20 rejects an unsigned Content-Type: `signPut` in presigned-requests.ts.
 * - Ceph names a missing upload NoSuchKey: errors.ts.
 * - A store may repeat the marker of a list of parts: `listStoredParts` in multipart.ts.
 */
const knownStores: readonly KnownStore[] = [
  {
    title: 'AWS S3 access point',
    // POST is not in the list of operations:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html
    matches: matchesHostName(
      /\.s3-accesspoint(-fips)?\.(dualstack\.)?[a-z\d-]+\.amazonaws\.(com|com\.cn|eu)$/,
    ),
    features: { post: false },
  },
  {
    title: 'Cloudflare R2',
    name: 'r2',
    matches: matchesHostName(/\.r2\.cloudflarestorage\.com$/),
    features: {
      // https://developers.cloudflare.com/r2/api/s3/presigned-urls/: no POST of HTML forms. R2 answers 501:
      // https://github.com/CapSoftware/cap/issues/1684
      post: false,
      // R2 has its own header for a condition on the destination of a copy:
      // https://developers.cloudflare.com/r2/api/s3/extensions/
      copyIfAbsent: 'cf-copy-destination-if-none-match',
      copyIfMatch: 'cf-copy-destination-if-match',
      // CRC64NVME is supported since 2025-07-03, for parts too: https://developers.cloudflare.com/r2/api/s3/api/ and
      // https://github.com/cloudflare/cloudflare-docs/pull/23443
    },
  },
  {
    title: 'Backblaze B2',
    name: 'b2',
    matches: matchesHostName(/\.backblazeb2\.com$/),
    features: {
      // B2 answers 501 NotImplemented: https://github.com/safebucket/safebucket/issues/1278
      post: false,
      // B2 answers 400 InvalidArgument "Unsupported header 'x-amz-checksum-…'", also to x-amz-checksum-mode of HEAD:
      // https://github.com/iterate-ch/cyberduck/issues/15841, https://github.com/vatesfr/xen-orchestra/issues/8358
      checksums: false,
    },
  },
  {
    title: 'Google Cloud Storage',
    name: 'gcs',
    matches: matchesHostName(/(^|\.)storage\.googleapis\.com$/),
    features: {
      // A POST form needs fields x-goog-… and another signature algorithm:
      // https://cloud.google.com/storage/docs/xml-api/post-object-forms
      post: false,
      // Google Cloud Storage answers ExcessHeaderValues: https://github.com/milvus-io/milvus-storage/pull/480
      checksums: false,
      // Google Cloud Storage ignores If-Match and If-None-Match of a PUT:
      // https://github.com/aws/aws-sdk-java-v2/pull/6055. Its own header x-goog-if-generation-match cannot be sent
      // together with headers x-amz-…
      writeOnce: false,
      copyIfAbsent: false,
      copyIfMatch: false,
    },
  },
  {
    title: 'Supabase Storage',
    name: 'supabase',
    matches: ({ hostname, pathname }) =>
      /\.supabase\.(co|in)$/.test(hostname) && pathname.startsWith('/storage/v1/s3'),
    // Supabase checks only the expiry of a policy and no other condition, so that any file could be sent to any object
    // key: https://github.com/supabase/storage/pull/594
    features: { post: false },
  },
]

const allFeatures: StoreFeatures = {
  post: true,
  checksums: true,
  writeOnce: true,
  copyIfAbsent: 'if-none-match',
  copyIfMatch: 'if-match',
}

/** Returns the features of a store, found by its name or by the URL of a bucket. An unknown store has all features. */
export function featuresOf(url: URL, storeName?: StoreName): StoreFeatures {
  const store = knownStores.find(({ name, matches }) =>
    storeName === undefined ? matches(url) : name === storeName,
  )
  return { ...allFeatures, ...store?.features }
}

/** Returns the display name of the store that serves the URL of a bucket. Undefined for an unknown store. */
export function storeTitleOf(url: URL): string | undefined {
  return knownStores.find(({ matches }) => matches(url))?.title
}

/** Throws a TypeError for a name that is not the name of a known store. */
export function checkStoreName(name: string | undefined): void {
  const names = knownStores.flatMap((store) => store.name ?? [])
  if (name === undefined || names.some((knownName) => knownName === name)) return
  throw new TypeError(
    `s3Storage: store is ${JSON.stringify(name)}. Pass one of ${names.toSorted().join(', ')}, or nothing for other stores.`,
  )
}
