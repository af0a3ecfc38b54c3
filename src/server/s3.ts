import { plainEtag } from '../protocol/etag.ts'
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { maxSingleSize, partsFrom } from '../protocol/limits.ts'
import type { Checksum } from '../protocol/ticket.ts'
import type { Dimensions } from './image.ts'
import { checkBucketName, requireBucketName } from './bucket-name.ts'
import { withDeadline } from './deadline.ts'
import { httpStatusOf } from './refusal.ts'
import {
  copyObject,
  dimensionsMetadata,
  isAccessPoint,
  uploadIdMetadata,
  verifiedMetadata,
} from './s3-copy.ts'
import { isGone, isPrecondition } from './s3-errors.ts'
import { abortParts, completeParts, listParts, openParts } from './s3-parts.ts'
import { signGet, signHello, signParts, signPolicy, signPost, signPut } from './s3-sign.ts'
import type { Bucket } from './s3-sign.ts'
import type { FinalStorage, Found, StoredObject, UploadStorage } from './storage.ts'

export interface S3StorageOptions {
  /** Any client of `@aws-sdk/client-s3`; its own checksum settings do not matter. */
  readonly client: S3Client
  /** Its name, or the ARN of an access point. For S3 on Outposts the SDK needs the package @aws-sdk/signature-v4a too. */
  readonly bucket: string
  /** Where tickets write and the unconfirmed expires (give it a lifecycle rule). Default: `uploads/`. */
  readonly prefix?: string
  /** Where the confirmed is kept. Default: `files/`. */
  readonly filesPrefix?: string
  /**
   * Whether this S3 accepts policy POST. Default: true, but false for Cloudflare R2, which does not, and for the ARN of an
   * access point: the SDK signs no POST for S3 on Outposts, and AWS names no POST among what access points support
   * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html).
   */
  readonly post?: boolean
  /**
   * Whether this S3 makes or takes a CRC64NVME of what it stores, by which confirm knows that the bytes are the
   * browser's. Stores that know none ignore it, and uploads are then not `verified`. Default: true, but false for
   * Cloudflare R2, which refuses it.
   */
  readonly checksums?: boolean
  /**
   * How many requests one browser may send at once: for a store, or a CDN before it, that speaks HTTP/2, for example 32.
   * Default: the six that browsers open to one HTTP/1.1 origin, for each origin.
   */
  readonly connections?: number
  /**
   * Further origins at which browsers reach this bucket by the same paths, for example its dual-stack endpoint: six more
   * connections each. POSTs go round all of them, because a policy does not sign the host. The CORS rule is the bucket's.
   */
  readonly origins?: readonly string[]
  /** How long signed tickets and part URLs live, in seconds, at most 7 days. Default: 15 minutes. */
  readonly expiresIn?: number
  /** How long the signed `url` of a confirmed upload lives, in seconds. Default: an hour. */
  readonly urlExpiresIn?: number
  /** Where the bucket is public: `url` is then this and the key, with no signature and no end. */
  readonly publicUrl?: string
  /** Bytes of every part but the last. Default: 8 MiB; more where 10,000 parts need it. */
  readonly partSize?: number
  /** Files from this many bytes on go in parts. Default: 32 MiB. */
  readonly multipartFrom?: number
}

const week = 7 * 86_400

/**
 * One bucket of S3 or of anything that speaks it. Needs s3:GetObject, s3:PutObject, s3:DeleteObject,
 * s3:AbortMultipartUpload and s3:ListMultipartUploadParts on its objects, and s3:ListBucket on the bucket: without
 * the last one S3 answers 403 for what is not there (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
 *
 * Ceph 16 takes headers that nobody signed, so there a presigned PUT can be sent as a copy (`x-amz-copy-source`) of
 * any object that the client's credentials can read. Use `strategy: 'post'` there. AWS refuses it.
 *
 * Throws a TypeError for prefixes that do not end with a slash or lie inside one another, for a life over 7 days, and for
 * a bucket that is an address or a path.
 */
export function s3Storage(options: S3StorageOptions): UploadStorage {
  const { prefix = 'uploads/', filesPrefix = 'files/', expiresIn = 900, urlExpiresIn = 3600 } = options
  const { publicUrl, partSize, multipartFrom = partsFrom } = options
  checkBucketName(options.bucket)
  checkPrefixes(prefix, filesPrefix)
  for (const [name, life] of Object.entries({ expiresIn, urlExpiresIn })) {
    if (!(life >= 1 && life <= week)) {
      throw new TypeError(`s3Storage: ${name} is ${life} seconds; S3 signs for 1 second to 7 days (${week}).`)
    }
  }

  const bucket: Bucket = { client: withoutChecksums(options.client), name: options.bucket }
  // The signature's date has whole seconds.
  const end = (life: number) => (Math.floor(Date.now() / 1000) + life) * 1000
  // S3 signs for a second at least.
  const shorter = (most = expiresIn) => Math.max(1, Math.floor(Math.min(expiresIn, most)))
  const many = (connections: number | undefined) => connections !== undefined && { connections }
  const { origins = [] } = options
  const elsewhere = origins.length > 0 && { origins }
  const posts = many(options.connections ?? (origins.length > 0 ? 6 * (origins.length + 1) : undefined))
  let count = 0
  const spread = (url: string) =>
    url.replace(new URL(url).origin, (own) => [own, ...origins][(count += 1) % (origins.length + 1)] ?? own)
  let r2: Promise<boolean> | undefined
  const isR2 = () => (r2 ??= isOfR2(options.client))
  const { post, checksums } = options
  const keepsChecksums = async () => checksums ?? !(await isR2())
  const readable = { urlExpiresIn }

  return {
    ...finalStorage(bucket, { ...readable, bucket: bucket.name, prefix: filesPrefix, publicUrl }),
    prefix,
    multipartFrom: Math.min(multipartFrom, maxSingleSize),
    id: () => idOf(bucket),
    acceptsPost: async () => post ?? !(isAccessPoint(bucket.name) || (await isR2())),
    keepsChecksums,

    signPut: async (target, most) => {
      const life = shorter(most)
      return { expiresAt: end(life), ...many(options.connections), ...(await signPut(bucket, target, life)) }
    },
    signPost: async (target, most) => {
      const life = shorter(most)
      const signed = await signPost(bucket, target, life)
      return { expiresAt: end(life), ...posts, ...signed, url: spread(signed.url) }
    },
    signPolicy: async (target, most) => {
      const life = shorter(most)
      return { expiresAt: end(life), ...posts, ...elsewhere, ...(await signPolicy(bucket, target, life)) }
    },
    hello: () => signHello(bucket, Math.min(expiresIn, 900)),

    openParts: async (target) => ({
      ...many(options.connections),
      ...(await openParts(bucket, target, partSize, await keepsChecksums())),
    }),
    signParts: (upload, parts, most) => signParts(bucket, upload, parts, shorter(most)),
    listParts: (upload) => listParts(bucket, upload),
    completeParts: (upload, parts, writeOnce) => completeParts(bucket, upload, parts, writeOnce),
    abortParts: (upload) => abortParts(bucket, upload),

    remove: (key) => removeObject(bucket, key),
    promotedTo(place) {
      const to = { ...readable, bucket: bucket.name, prefix: filesPrefix, ...place }
      checkBucketName(to.bucket)
      checkPrefixes(to.bucket === bucket.name ? prefix : '-/', to.prefix)
      return finalStorage(bucket, to)
    },
  }
}

const whenRequired = () => Promise.resolve('WHEN_REQUIRED' as const)

/**
 * The SDK by default puts the CRC32 of an empty body into presigned PUTs, for which some stores then refuse every
 * file, and asks a checksum of every part of a multipart upload. Here it does neither, whatever the app's client says.
 * https://github.com/seaweedfs/seaweedfs/issues/10216
 */
function withoutChecksums(client: S3Client): S3Client {
  const config = {
    ...client.config,
    requestChecksumCalculation: whenRequired,
    responseChecksumValidation: whenRequired,
  }
  // The same client but for its config, and for the prepared commands that `cacheMiddleware` keeps.
  const derived: S3Client = Object.create(client, {
    config: { value: config },
    handlers: { value: undefined, writable: true, configurable: true },
  })
  return derived
}

interface Place {
  readonly bucket: string
  readonly prefix: string
  readonly publicUrl?: string | undefined
  readonly urlExpiresIn: number
}

function finalStorage(uploads: Bucket, { bucket, prefix, publicUrl, urlExpiresIn }: Place): FinalStorage {
  const place: Bucket = { client: uploads.client, name: bucket }
  return {
    filesPrefix: prefix,
    find: (key) => findObject(place, key),
    read: (object, start, length) => readObject(place, object, start, length),
    copy: (source, to) => copyObject(uploads, source, place, to),
    urlOf: async (key) =>
      publicUrl === undefined
        ? signGet(place, key, urlExpiresIn)
        : `${publicUrl.replace(/\/+$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`,
  }
}

async function readObject(
  { client, name }: Bucket,
  { key, etag, size }: Found,
  start: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const end = Math.min(size, start + length) - 1
  // No range names zero bytes.
  if (end < start) return new Uint8Array()
  try {
    const command = new GetObjectCommand({
      Bucket: name,
      Key: key,
      Range: `bytes=${start}-${end}`,
      ...(etag !== undefined && { IfMatch: `"${etag}"` }),
    })
    return await withDeadline(async (abortSignal) => {
      const { Body } = await client.send(command, { abortSignal })
      return Body?.transformToByteArray()
    })
  } catch (thrown) {
    if (isGone(thrown) || isPrecondition(thrown)) return undefined
    throw thrown
  }
}

async function findObject({ client, name }: Bucket, key: string): Promise<StoredObject | undefined> {
  try {
    const command = new HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: 'ENABLED' })
    const head = await withDeadline((abortSignal) => client.send(command, { abortSignal }))
    const etag = plainEtag(head.ETag)
    const uploadId = head.Metadata?.[uploadIdMetadata]
    const dimensions = readDimensions(head.Metadata?.[dimensionsMetadata])
    return {
      size: head.ContentLength ?? 0,
      type: head.ContentType ?? '',
      ...(etag !== undefined && { etag }),
      checksums: checksumsOf(head),
      ...(uploadId !== undefined && { uploadId, verified: head.Metadata?.[verifiedMetadata] === 'yes' }),
      ...(dimensions && { dimensions }),
    }
  } catch (thrown) {
    if (isGone(thrown)) return undefined
    // The answer to HEAD has no body, so the SDK knows no more than its status.
    if (httpStatusOf(thrown) !== 403) throw thrown
    const message =
      'Storage answered 403 to HeadObject: check that the client may s3:GetObject and s3:ListBucket.'
    throw new Error(message, { cause: thrown })
  }
}

function readDimensions(text = ''): Dimensions | undefined {
  const [, width, height] = /^(\d{1,9})x(\d{1,9})$/.exec(text) ?? []
  return width === undefined || height === undefined
    ? undefined
    : { width: Number(width), height: Number(height) }
}

/** S3 makes a CRC64NVME of every object that comes with no other; other stores have what was sent, or none. */
function checksumsOf(head: HeadObjectCommandOutput): Checksum[] {
  const { ChecksumCRC32: crc32, ChecksumCRC32C: crc32c, ChecksumCRC64NVME: crc64 } = head
  const { ChecksumSHA1: sha1, ChecksumSHA256: sha256 } = head
  return [
    { algorithm: 'CRC64NVME' as const, value: crc64 },
    { algorithm: 'CRC32' as const, value: crc32 },
    { algorithm: 'CRC32C' as const, value: crc32c },
    { algorithm: 'SHA1' as const, value: sha1 },
    { algorithm: 'SHA256' as const, value: sha256 },
  ].flatMap(({ algorithm, value }) => (value === undefined ? [] : [{ algorithm, value }]))
}

async function removeObject({ client, name }: Bucket, key: string): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }))
  } catch (thrown) {
    if (!isGone(thrown)) throw thrown
  }
}

/**
 * Cloudflare R2 supports no POST of HTML forms and no x-amz-checksum-algorithm:
 * https://developers.cloudflare.com/r2/api/s3/presigned-urls/, https://developers.cloudflare.com/r2/api/s3/api/
 */
async function isOfR2(client: S3Client): Promise<boolean> {
  const endpoint = await client.config.endpoint?.()
  return endpoint?.hostname.endsWith('.r2.cloudflarestorage.com') ?? false
}

/** Buckets of AWS are named uniquely; other endpoints each have their own. */
async function idOf({ client, name }: Bucket): Promise<string> {
  requireBucketName(name)
  const endpoint = await client.config.endpoint?.()
  const host = endpoint && [endpoint.hostname, endpoint.port ?? '', endpoint.path]
  return JSON.stringify([host ?? 'aws', name])
}

function checkPrefixes(prefix: string, filesPrefix: string): void {
  const apart = !prefix.startsWith(filesPrefix) && !filesPrefix.startsWith(prefix)
  const complete = [prefix, filesPrefix].every((each) => /^[^/].*\/$/.test(each))
  if (apart && complete) return
  throw new TypeError(
    `s3Storage: prefix is "${prefix}" and filesPrefix is "${filesPrefix}". Each must end with a slash and neither may ` +
      'lie inside the other: what is below the first is deleted when it was never confirmed.',
  )
}
