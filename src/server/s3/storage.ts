import type { Dimensions } from '../../protocol/image-rules.ts'
import type { PreflightRequest, StoreFeature } from '../../protocol/wire.ts'
import type {
  Checksum,
  MultipartTicket,
  PartUrl,
  PostTicket,
  PutTicket,
  StoredPart,
  Ticket,
} from '../../protocol/ticket.ts'

/** Object that a ticket lets the browser write. The object must have exactly this size and MIME type, and this key. */
export interface PresignTarget extends Pick<Ticket, 'checksum'> {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Whether writing fails when the key has an object (`If-None-Match: *`), if the store supports that. */
  readonly writeOnce: boolean
  /** Further headers of the object, with names in lower case: `cache-control`, `x-amz-tagging`. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A new multipart upload. `checksum` is absent if the store refused checksums. */
export type CreatedMultipart = MultipartTicket & Pick<PresignTarget, 'checksum'>

/** Limits that a reusable policy signs: objects of this type and size range below a prefix, however many. */
export interface PolicyTarget {
  readonly prefix: string
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
  /** As for `PresignTarget`. */
  readonly headers?: PresignTarget['headers']
}

/** An open multipart upload. */
export interface OpenMultipart {
  readonly key: string
  readonly uploadId: string
  /** Bytes of the whole file. */
  readonly size: number
  /** Bytes of every part but the last. */
  readonly partSize: number
  /** Checksum algorithm that every part is signed with. */
  readonly checksum?: Ticket['checksum']
}

/** A part to sign, and the checksum that its bytes must have. */
export interface RequestedPart {
  readonly partNumber: number
  readonly checksum?: string
}

/** An object as storage describes it. */
export interface StoredObject {
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** ETag without quotes. Absent if storage returns no ETag. */
  readonly etag?: string
  /** Checksums that storage computed, or verified when they were sent. */
  readonly checksums?: readonly Checksum[]
  /**
   * Id of the upload whose object `copy` wrote to this key. The id can be trusted, because no ticket can write to this
   * key.
   */
  readonly uploadId?: string
  /** Value of `verified` in the metadata that `copy` wrote. */
  readonly verified?: boolean
  /** Value of `dimensions` in the metadata that `copy` wrote. */
  readonly dimensions?: Dimensions
  /** First bytes of the object, if `find` read them: as many as `FindHints` ask for, or the whole object. */
  readonly head?: Uint8Array
}

/** The parts of an object that `confirm` reads next. `find` can read them with the same request. */
export interface FindHints {
  /** Announced size of the object in bytes. The object may have another size. */
  readonly size: number
  /** Number of bytes that are read from the start of the object. */
  readonly headLength: number
  /** Whether a checksum of the object is compared. */
  readonly checksums: boolean
}

/**
 * Hints for the look-up of an object whose bytes and checksums are not needed. On Node 20, `fetch` closes the connection
 * after each HEAD request (50 of 50 measured), so that a GET of one byte costs less.
 */
export const propertiesOnly: FindHints = { size: Infinity, headLength: 1, checksums: false }

/** Final key and properties of a verified object. */
export interface FinalObject {
  readonly key: string
  readonly type: string
  readonly contentDisposition: string
  /** As for `PresignTarget`. */
  readonly headers?: PresignTarget['headers']
  readonly uploadId: string
  /**
   * Whether storage has checked the file's checksum. Stored as object metadata, because a copy can have other
   * checksums.
   */
  readonly verified: boolean
  /** Dimensions of a measured image. Stored as object metadata, so that a repeated confirm reads no bytes. */
  readonly dimensions?: Dimensions
  /** Whether the key already has an object, which the copy replaces. */
  readonly replaces: boolean
  /** ETag of the object that the copy replaces. Then it replaces no other one. */
  readonly replacedEtag?: string
}

/** Destination for confirmed objects in another bucket or prefix. The same credentials must have access to the bucket. */
export interface PromoteTo {
  /** Name of the bucket. Default: the bucket that files are uploaded to. */
  readonly bucket?: string
  /** Key prefix, unless the route has `key`. Default: the storage's `filesPrefix`. */
  readonly prefix?: string
  /**
   * Base URL of a public bucket. `url` is then this URL followed by the key. Default: none, and `url` is a signed
   * GET.
   */
  readonly publicUrl?: string
}

/** Properties of one signed GET. */
export interface SignedGetOptions {
  /** Lifetime in seconds. Default: the storage's `urlExpiresIn`. */
  readonly expiresIn?: number
  /** Content-Type of the response. Default: the stored one. */
  readonly type?: string
  /** Content-Disposition of the response. Default: the stored one. */
  readonly contentDisposition?: string
}

/** Store of confirmed files. */
export interface FinalStorage {
  /** Key prefix of confirmed files, unless the route has `key`. */
  readonly filesPrefix: string
  /** Returns the object at a key, or undefined when there is none. A storage may ignore the hints. */
  find(key: string, hints?: FindHints): Promise<StoredObject | undefined>
  /**
   * Reads at most `length` bytes of the object from byte `start`. Undefined if the object was changed or deleted since
   * `find`.
   */
  read(object: LocatedObject, start: number, length: number): Promise<Uint8Array | undefined>
  /**
   * Copies the uploaded object by its ETag. Returns undefined and writes nothing when the source was changed or deleted
   * since `find`, or when another request created the destination.
   */
  copy(source: LocatedObject, destination: FinalObject): Promise<StoredObject | undefined>
  /**
   * Whether the store is known to refuse a copy to a key that has an object. Then `confirm` looks up the upload and the
   * final key at the same time. Default: false, and `confirm` looks up the final key after the upload.
   */
  refusesToReplace?(): Promise<boolean>
  /**
   * Returns the object's URL for browsers. It is public, or signed with an expiry. With any option it is signed,
   * because a public URL has no expiry and cannot change response headers.
   */
  urlOf(key: string, options?: SignedGetOptions): Promise<string>
}

/** A stored object with its key. */
export type LocatedObject = StoredObject & { readonly key: string }

/** A signed ticket with its expiry in epoch milliseconds. For `connections` see `Ticket`. */
export type WithExpiry<SignedRequest> = SignedRequest & {
  readonly expiresAt: number
  readonly connections?: number
}

/**
 * Storage port of the handler. It is one bucket, which also keeps confirmed files unless a route sets `promoteTo`.
 * `s3Storage` implements it for S3 and S3-compatible stores. It is not named `Storage`, because that is the DOM type
 * of localStorage.
 */
export interface UploadStorage extends FinalStorage {
  /**
   * Returns a unique id of this store: endpoint and bucket. The signature of a token contains this id and both
   * prefixes, so that a handler of another bucket with the same secret rejects the token. Without `id`, the signature
   * contains only the prefixes.
   */
  id?(): Promise<string>
  /** Prefix of the keys that tickets write to, unless the route sets `promote: false`. */
  readonly prefix: string
  /** Minimum size of multipart uploads in bytes. */
  readonly multipartFrom: number
  /** Whether the store accepts POST with a policy. */
  acceptsPost(): Promise<boolean>
  /** Whether the store supports CRC64NVME checksums. */
  keepsChecksums(): Promise<boolean>
  /**
   * Sends a request of the server that uses a feature. If the store refuses the request, later tickets do not use the
   * feature. The handler calls `probe` when a browser reports that the store refused the feature, because the report
   * may be false. If the storage has no `probe`, such a report changes only the ticket of the file that the report is
   * about.
   */
  probe?(feature: StoreFeature): Promise<void>
  /**
   * Tests whether the store refuses to replace an object by a copy, see `refusesToReplace`. Copies the object at the key,
   * which `confirm` removes next, to the same key. Sends nothing if the result is known.
   */
  probeCopy?(key: string): Promise<void>

  /** Signs a PUT. `maxLifetimeSeconds`: maximum lifetime in seconds. Default: the lifetime of this storage's tickets. */
  signPut(target: PresignTarget, maxLifetimeSeconds?: number): Promise<WithExpiry<PutTicket>>
  /** Signs a POST policy for one object. `maxLifetimeSeconds`: as for `signPut`. */
  signPost(target: PresignTarget, maxLifetimeSeconds?: number): Promise<WithExpiry<PostTicket>>

  /** Signs a policy for any number of keys below `prefix`. `maxLifetimeSeconds`: maximum lifetime in seconds. */
  signPolicy(
    target: PolicyTarget,
    maxLifetimeSeconds: number,
  ): Promise<WithExpiry<Pick<PostTicket, 'url' | 'fields'>> & { readonly origins?: readonly string[] }>
  /** Returns a signed HEAD URL of the host that receives uploads. Browsers use it to preconnect. */
  hello(): Promise<string>
  /**
   * Signs a HEAD for each URL of POSTs. Browsers send it before the first POST, which then needs no preflight. May return
   * none.
   */
  signPreflights(): Promise<readonly PreflightRequest[]>

  /** Starts a multipart upload. */
  openParts(target: PresignTarget): Promise<CreatedMultipart>
  /** Signs parts. `maxLifetimeSeconds`: as for `signPut`. */
  signParts(
    upload: OpenMultipart,
    parts: readonly RequestedPart[],
    maxLifetimeSeconds?: number,
  ): Promise<PartUrl[]>
  /** Lists all stored parts in order. Returns undefined when the upload does not exist. */
  listParts(upload: OpenMultipart): Promise<StoredPart[] | undefined>
  /** Completes a multipart upload. Returns false if the upload does not exist. */
  completeParts(upload: OpenMultipart, parts: readonly StoredPart[], writeOnce: boolean): Promise<boolean>
  /** Aborts a multipart upload. Also succeeds if the upload does not exist. */
  abortParts(upload: Pick<OpenMultipart, 'key' | 'uploadId'>): Promise<void>

  /** Deletes an object. Also succeeds if the object does not exist. */
  remove(key: string): Promise<void>
  /** Returns the store for a route's `promoteTo`. Throws a TypeError when tickets could write there. */
  promotedTo(destination: PromoteTo): FinalStorage
}
