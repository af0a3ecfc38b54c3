import { maxSingleSize, multipartThreshold } from '../../protocol/s3-limits.ts'
import { checkBucketName } from './bucket-name.ts'
import { checkStoreName } from './compatibility.ts'
import type { StoreName } from './compatibility.ts'
import { connect, storageIdOf } from './connection.ts'
import type { Bucket, S3Access } from './connection.ts'
import { copyVerifiedObject, probeCopyCondition } from './copy.ts'
import { isNotFound } from './errors.ts'
import { createFeatureProbe, prepareBucket, refusesToReplace } from './feature-memory.ts'
import { abortParts, completeParts, listStoredParts, startMultipart } from './multipart.ts'
import { findStoredObject, readObjectRange } from './read-object.ts'
import { sendForHeaders } from './request.ts'
import {
  signGet,
  signHello,
  signPartUrls,
  signPolicy,
  signPost,
  signPreflights,
  signPut,
} from './presigned-requests.ts'
import type { FinalStorage, PresignTarget, UploadStorage } from './storage.ts'

/** Options of `s3Storage`: access to the store, and its bucket. */
export type S3StorageOptions = S3Access & S3BucketOptions

/** Options of `s3Storage` that are the same with an access key and with a client of the AWS SDK. */
export interface S3BucketOptions {
  /** Bucket name, or the ARN of an access point of one region. */
  readonly bucket: string
  /** Key prefix of uploads before confirm. A lifecycle rule deletes unconfirmed objects there. Default: `uploads/`. */
  readonly prefix?: string
  /** Key prefix of confirmed objects. Default: `files/`. */
  readonly filesPrefix?: string
  /**
   * Name of the store. Needed only if the store has another host name than usual, for example behind a proxy. Stores that
   * have no name here need no option. Default: detected from the host name.
   */
  readonly store?: StoreName
  /**
   * Whether this store accepts POST with a policy. Default: true, but false for Cloudflare R2, Backblaze B2, Google Cloud
   * Storage, Supabase and the ARN of an access point, see docs/stores.md. If a store answers 405 or 501 to a
   * POST, tickets use PUT for an hour.
   */
  readonly post?: boolean
  /**
   * Whether this store computes or accepts CRC64NVME checksums, which confirm compares with the browser's checksum. If
   * the store ignores checksums, uploads are not `verified`. Default: true, but false for Backblaze B2 and Google Cloud
   * Storage, and for a store that refuses a checksum.
   */
  readonly checksums?: boolean
  /**
   * Whether files are uploaded to a bucket with Object Lock and a default retention, which accepts no upload without a
   * checksum. Each file is then sent in parts with checksums, whatever its size. Not needed if only the bucket of
   * `promoteTo` is locked. Default: false.
   */
  readonly objectLock?: boolean
  /**
   * Maximum concurrent requests of one browser. Set it for a store, or a CDN in front of it, with HTTP/2, for example
   * to 32. Default: six per origin, the limit of browsers for HTTP/1.1.
   */
  readonly connections?: number
  /**
   * Further origins that serve this bucket at the same paths, for example its dual-stack endpoint. Each adds six
   * connections. POSTs alternate between all of them, because a policy does not sign the host. The bucket's CORS rule
   * applies to all.
   */
  readonly origins?: readonly string[]
  /** Lifetime of signed tickets and part URLs in seconds, at most 7 days. Default: 900 (15 minutes). */
  readonly expiresIn?: number
  /**
   * Lifetime of the signed `url` of a confirmed upload, and of `uploads.url(key)`, in seconds, at most 7 days. A URL
   * that is signed with temporary credentials expires with them. Default: 3,600 (an hour).
   */
  readonly urlExpiresIn?: number
  /** Base URL of a public bucket. `url` is then this URL followed by the key, and is not signed. Default: none. */
  readonly publicUrl?: string
  /** Bytes of every part but the last. Default: 8 MiB, or more when 10,000 parts are not enough. */
  readonly partSize?: number
  /** Minimum size of multipart uploads in bytes. Default: 32 MiB. */
  readonly multipartFrom?: number
}

const maxSignedSeconds = 7 * 86_400

/**
 * Creates the storage for one bucket of S3 or an S3-compatible store. Needs s3:GetObject, s3:PutObject,
 * s3:DeleteObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on its objects, and s3:ListBucket on the
 * bucket: without the last one S3 answers 403 for a missing object
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
 *
 * Ceph 16 accepts unsigned headers, so there a presigned PUT can be sent as a copy (`x-amz-copy-source`) of any object
 * that the client's credentials can read. Use `strategy: 'post'` there. AWS rejects unsigned headers.
 *
 * Throws a TypeError for `objectLock` with `checksums: false`, for prefixes that do not end with a slash or overlap, for a lifetime over 7 days, for an endpoint
 * that is not a URL, and for a bucket that is a URL or a path.
 */
export function s3Storage(options: S3StorageOptions): UploadStorage {
  const { prefix = 'uploads/', filesPrefix = 'files/', expiresIn = 900, urlExpiresIn = 3600 } = options
  const { publicUrl, partSize, multipartFrom = multipartThreshold, objectLock = false } = options
  checkBucketName(options.bucket)
  checkPrefixes(prefix, filesPrefix)
  checkStoreName(options.store)
  if (objectLock && options.checksums === false)
    throw new TypeError('s3Storage: objectLock needs checksums, and checksums is false. Remove one.')
  for (const [name, seconds] of Object.entries({ expiresIn, urlExpiresIn })) {
    checkLifetime(`s3Storage: ${name}`, seconds)
  }

  const connection = connect(options)
  const bucket = prepareBucket(connection, options.bucket, options)
  const limitLifetime = (maxSeconds = expiresIn) => Math.min(expiresIn, maxSeconds)
  const connectionsField = (connections: number | undefined) => connections !== undefined && { connections }
  const { origins = [] } = options
  const originsField = origins.length > 0 && { origins }
  const postConnections = connectionsField(
    options.connections ?? (origins.length > 0 ? 6 * (origins.length + 1) : undefined),
  )
  let postCount = 0
  const alternateOrigin = (url: string) =>
    url.replace(
      new URL(url).origin,
      (ownOrigin) => [ownOrigin, ...origins][(postCount += 1) % (origins.length + 1)] ?? ownOrigin,
    )
  const urlOptions = { urlExpiresIn }

  return {
    ...createFinalStorage(bucket, bucket, { ...urlOptions, prefix: filesPrefix, publicUrl }),
    prefix,
    multipartFrom: objectLock ? 1 : Math.min(multipartFrom, maxSingleSize),
    id: () => storageIdOf(bucket),
    acceptsPost: async () => !objectLock && (await bucket.features.get()).post,
    keepsChecksums: async () => (await bucket.features.get()).checksums,
    // The probe has no checksum, so a locked bucket would refuse it, and would keep what it wrote.
    ...(!objectLock && {
      probe: createFeatureProbe(bucket, prefix),
      probeCopy: (key: string) => probeCopyCondition(bucket, key),
    }),

    signPut: async (target, maxSeconds) => ({
      ...connectionsField(options.connections),
      ...(await signPut(bucket, objectLock ? withChecksum(target) : target, limitLifetime(maxSeconds))),
    }),
    signPost: async (target, maxSeconds) => {
      const signedPost = await signPost(bucket, target, limitLifetime(maxSeconds))
      return { ...postConnections, ...signedPost, url: alternateOrigin(signedPost.url) }
    },
    signPolicy: async (target, maxSeconds) => ({
      ...postConnections,
      ...originsField,
      ...(await signPolicy(bucket, target, limitLifetime(maxSeconds))),
    }),
    hello: () => signHello(bucket, Math.min(expiresIn, 900)),
    signPreflights: () => signPreflights(bucket, origins),

    openParts: async (target) => ({
      ...connectionsField(options.connections),
      ...(await startMultipart(bucket, target, partSize)),
    }),
    signParts: (upload, parts, maxSeconds) => signPartUrls(bucket, upload, parts, limitLifetime(maxSeconds)),
    listParts: (upload) => listStoredParts(bucket, upload),
    completeParts: (upload, parts, writeOnce) => completeParts(bucket, upload, parts, writeOnce),
    abortParts: (upload) => abortParts(bucket, upload),

    remove: (key) => removeIfPresent(bucket, key),
    promotedTo(place) {
      const finalPlace = { ...urlOptions, bucket: bucket.name, prefix: filesPrefix, ...place }
      checkBucketName(finalPlace.bucket)
      checkPrefixes(finalPlace.bucket === bucket.name ? prefix : '-/', finalPlace.prefix)
      const isSameBucket = finalPlace.bucket === bucket.name
      return createFinalStorage(
        bucket,
        isSameBucket ? bucket : prepareBucket(connection, finalPlace.bucket, options),
        finalPlace,
      )
    },
  }
}

/** Adds the checksum of an empty file. A file with bytes is sent in parts, because its checksum is not known here. */
function withChecksum(target: PresignTarget): PresignTarget {
  if (target.size > 0)
    throw new Error('s3Storage: objectLock is set, so routes need the strategy "auto" or "multipart".')
  const headers = { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=', 'x-amz-sdk-checksum-algorithm': 'CRC64NVME' }
  return { ...target, headers: { ...target.headers, ...headers } }
}

interface FinalPlace {
  readonly prefix: string
  readonly publicUrl?: string | undefined
  readonly urlExpiresIn: number
}

function createFinalStorage(uploadBucket: Bucket, finalBucket: Bucket, finalPlace: FinalPlace): FinalStorage {
  const { prefix, publicUrl, urlExpiresIn } = finalPlace
  return {
    filesPrefix: prefix,
    find: (key, hints) => findStoredObject(finalBucket, key, hints),
    read: (object, start, length) => readObjectRange(finalBucket, object, start, length),
    copy: (source, to) => copyVerifiedObject(uploadBucket, source, finalBucket, to),
    refusesToReplace: () => refusesToReplace(finalBucket),
    async urlOf(key, options = {}) {
      const { expiresIn = urlExpiresIn } = options
      const needsSignature = Object.values(options).some((option) => option !== undefined)
      if (publicUrl !== undefined && !needsSignature)
        return `${publicUrl.replace(/\/+$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`
      checkLifetime('expiresIn', expiresIn)
      return signGet(finalBucket, key, { ...options, expiresIn })
    },
  }
}

/** Tries more often than other requests, because no browser repeats it: an object that stays costs money. */
async function removeIfPresent(bucket: Bucket, key: string): Promise<void> {
  try {
    await sendForHeaders(bucket, { operation: 'DeleteObject', method: 'DELETE', key, maxTries: 6 })
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
  }
}

function checkLifetime(name: string, seconds: number): void {
  if (seconds >= 1 && seconds <= maxSignedSeconds) return
  throw new TypeError(`${name} is ${seconds} seconds; S3 allows 1 to ${maxSignedSeconds} seconds (7 days).`)
}

function checkPrefixes(prefix: string, filesPrefix: string): void {
  const areDisjoint = !prefix.startsWith(filesPrefix) && !filesPrefix.startsWith(prefix)
  const areValid = [prefix, filesPrefix].every((value) => /^[^/].*\/$/.test(value))
  if (areDisjoint && areValid) return
  throw new TypeError(
    `s3Storage: prefix is "${prefix}" and filesPrefix is "${filesPrefix}". Each must end with a slash and neither may ` +
      'contain the other: unconfirmed objects below the first are deleted.',
  )
}
