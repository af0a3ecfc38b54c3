import type { Accept } from '../../protocol/accept/accept.ts'
import type { UploadError } from '../../protocol/errors.ts'
import type { Size } from '../../protocol/byte-size.ts'
import type { FileInfo, ImageCrop, ImageInfo, Meta } from '../../protocol/ticket.ts'
import type { WireRequest } from '../../protocol/wire.ts'
import type { Dimensions, ImageRules } from '../../protocol/image-rules.ts'
import type { StandardSchema } from './metadata-schema.ts'
import type { ObjectHeaders } from './object-headers.ts'
import type { PromoteTo, UploadStorage } from '../s3/storage.ts'
import type { Strategy } from './choose-ticket-kind.ts'

/** The user that `authorize` returned. Tokens contain only the user's id. The app's callbacks receive all fields. */
export interface UploadUser {
  readonly id: string
}

/** One upload on the server. `ParsedMeta` is the output type of the route's `metaSchema`. */
export interface UploadRecord<ParsedMeta = Meta> {
  /**
   * Created by the server. It is the same in every call about this upload. Upsert on it, because a confirm may come
   * twice. With a reusable policy it is a hash of the policy and of the file's id, name, size, meta and path, so a
   * file with another name is another upload.
   */
  readonly id: string
  /**
   * Key of the object. Until confirm it is the key that the ticket writes to, and after confirm the final key. Save
   * the final key in your database: `uploads.url(key)` makes a new URL from it.
   */
  readonly key: string
  /** The file's name without paths and invisible characters. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** MIME type: announced by the browser until confirm, then detected from the bytes. */
  readonly type: string
  readonly meta: ParsedMeta
  /**
   * Path of a file that was dropped or chosen with its folder: `album/2026/beach.jpg`. The browser claims it, and the
   * server cleans it: no `..`, no slash at the start, at most 900 bytes, names in NFC. `key` may use it below a
   * prefix of the user or of `upload.id`, but never alone, because users choose it.
   */
  readonly path?: string
  /**
   * Size and placeholder of the picture, for a page that shows it later. The browser claims them, and presign checks only
   * their form. If the route has `image`, width and height are those that confirm measured.
   */
  readonly image?: ImageInfo
  /**
   * The part of the picture that the user chose, with `crop: { mode: 'coordinates' }`. The browser claims it:
   * `toSharpCrop` compares it with the picture.
   */
  readonly crop?: ImageCrop
}

/** An upload with what the `confirm` call read from its object: dimensions in pixels and ETag. */
export interface InspectedUpload<ParsedMeta = Meta> extends UploadRecord<ParsedMeta>, Partial<Dimensions> {
  readonly etag?: string
}

/** An upload that `verify` checks, before its object is copied to the final key. */
export interface StoredUpload<ParsedMeta = Meta> extends InspectedUpload<ParsedMeta> {
  /**
   * Token for `uploads.resolveUpload`, which ends the upload without a browser. Put it into the job that checks the file
   * while `verify` answers `{ pending }`. It is a secret of the user.
   */
  readonly token: string
  /** Reads at most `length` bytes of the object from byte `start` into the server's memory. */
  read(start: number, length: number): Promise<Uint8Array>
}

/** Answer of `verify` while a check takes longer than one request. */
export interface PendingCheck {
  /** Seconds after which the browser asks again, more than 0 and at most 3600 (an hour). */
  readonly pending: number
}

/** An upload whose object was verified and is at its final key. */
export interface ConfirmedUpload<ParsedMeta = Meta> extends InspectedUpload<ParsedMeta> {
  /**
   * URL for browsers, to show the file now. Do not save it: without `publicUrl` it is signed and expires after
   * `urlExpiresIn` of `s3Storage` (an hour). Save `key`.
   */
  readonly url: string
  /** Whether the store's checksum of the object equals the checksum that the browser computed before sending. */
  readonly verified: boolean
}

/** Second argument of a route's callbacks. */
export interface RouteContext<User> {
  readonly user: User
  readonly request: Request
}

/** A file passed to `authorize`. `id` is the browser's file id at presign, and the upload's id in every later step. */
export interface RequestedFile<ParsedMeta = Meta> extends Omit<FileInfo, 'meta'> {
  readonly meta: ParsedMeta
  /**
   * True when the file was uploaded with a reusable policy. It was not presigned, so a rate limit must count it at
   * confirm.
   */
  readonly byPolicy?: true
}

/** A POST policy that is about to be signed. It allows any number of files of this type and size. */
export interface OfferedPolicy {
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
}

/** Second argument of `authorize`: the step and the files to authorize. */
export interface AuthorizeContext<ParsedMeta = Meta> {
  readonly route: string
  /**
   * The request's type. A presign that also returns policies calls `authorize` twice: with `presign`, then with
   * `policies`. An early confirm is a `confirm`.
   */
  readonly step: UploadStep
  /**
   * All files of the request that are of this route and fit its rules. Names, sizes and meta are only claims of the
   * browser. Confirm checks the size. Empty for `policies`.
   */
  readonly files: readonly RequestedFile<ParsedMeta>[]
  /** Policies to authorize. Only with the step `policies`. */
  readonly policies?: readonly OfferedPolicy[]
}

/** Type of a request to the upload endpoint. */
export type UploadStep = WireRequest['type']

type MaybePromise<Value> = Value | Promise<Value>

/**
 * Rules and callbacks for one kind of upload. `Input` is the type of the `meta` that the browser sends, `ParsedMeta`
 * the output of `metaSchema`.
 */
export interface Route<
  User extends UploadUser = UploadUser,
  Result = unknown,
  Input = Meta,
  ParsedMeta = Input,
> {
  /** As in `<input accept>`: `'image/*'`, `['image/png', '.pdf']`. `'*'` accepts everything. */
  readonly accept: Accept
  /** Maximum file size in bytes, or a string such as `'5MB'`. The store itself enforces each file's announced size. */
  readonly maxSize: Size
  /** Minimum file size in bytes, or a string such as `'1KB'`. Default: 1 byte. */
  readonly minSize?: Size
  /**
   * Maximum number of files in one form value. `readUploads` rejects a value with more files. It does not limit
   * presigning, because one request may contain files of several uploaders. Limit uploads per user or per hour in
   * `authorize`.
   */
  readonly maxFiles?: number
  /** Kind of upload. Default: `'auto'`. */
  readonly strategy?: Strategy
  /**
   * Whether small files may share a POST policy. The browser keeps it for up to five minutes, so that later files need
   * no presign. A policy is limited to a new prefix of that user and one exact type, with files up to `maxSize` and
   * below `multipartFrom`. `authorize` is called for the policy when it is issued, and for the files at confirm. Set
   * false when `authorize` must see every file before its bytes are stored. Default: true, but false with `metaSchema`
   * and with `promote: false`.
   */
  readonly reusePolicies?: boolean
  /**
   * Whether the browser may confirm a single file while its bytes are still being sent. The handler polls for the
   * object for up to 5 seconds, for at most two files per user and route in each process. This saves a round trip,
   * but costs storage requests and keeps requests open, so use it for routes with one file at a time. Default: false.
   */
  readonly earlyConfirm?: boolean
  /**
   * Schema that validates `meta`: zod, valibot, arktype or any Standard Schema. It runs at presign, before
   * `authorize`, and in every later call, because tokens contain the unparsed `meta`. Users see the schema's messages.
   */
  readonly metaSchema?: StandardSchema<Input, ParsedMeta>
  /**
   * Whether confirm detects the type from the object's first bytes (package file-type) and stores the object as that
   * type. A route that accepts only `image/*`, JPEG, PNG, GIF, WebP, AVIF, HEIC or PDF also works without file-type: it
   * then refuses pictures of other formats. An object whose type is neither announced nor accepted is deleted and
   * rejected. So is active content (HTML, SVG, XML, scripts) unless `accept` names its exact type; then it is served as
   * a download. Default: true.
   */
  readonly detectType?: boolean
  /**
   * Reads image dimensions from the header and rejects images outside the limits. The package image-size is used only
   * without a maximum, for formats other than JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF, BMP and ICO.
   */
  readonly image?: true | ImageRules
  /**
   * Whether confirm copies the verified object to a final key that no ticket, replay or discard can reach. If false,
   * the object stays at the ticket's key. A valid ticket can then overwrite it, unless the store supports write-once
   * and the upload is not a POST. A discard after the confirm then deletes it, unless `onDiscard` returns false.
   * Write-once needs `If-None-Match` in the AllowedHeaders of the bucket's CORS rule. Default: true.
   */
  readonly promote?: boolean
  /**
   * Storage of this route, for example a bucket in another region. Confirmed files stay in the same bucket, unless
   * `promoteTo` names another one. Default: the handler's `storage`.
   */
  readonly storage?: UploadStorage
  /**
   * Headers of confirmed objects: `Cache-Control`, `x-amz-tagging` (`project=blue&class=photo`), `x-amz-storage-class`,
   * `x-amz-server-side-encryption`, `x-amz-acl`, `x-amz-meta-…`. They are signed into every ticket too, because the policy of
   * a bucket may demand them, except a storage class and an ACL that lets others read: only the copy that confirm makes has
   * those. With `promote: false` the ticket has them all. Default: none.
   */
  readonly objectHeaders?: ObjectHeaders
  /** Copies confirmed objects to another bucket or prefix, for example a public one. */
  readonly promoteTo?: PromoteTo
  /**
   * Authenticates the user and authorizes the step. Return null or undefined to answer 401. Throw or return an
   * UploadError to reject with another code. For rate limits use `throttled`. Called once per request, step and
   * route, with all files of the route. Called after the route's own rules and before the object is read. A file that
   * no longer fits the rules is rejected at every step except `discard`. With `toNodeHandler`,
   * `nodeRequestOf(request)` returns the request of the framework, with its session.
   */
  authorize(
    request: Request,
    context: AuthorizeContext<ParsedMeta>,
  ): MaybePromise<User | UploadError | null | undefined>
  /**
   * Returns the final key. Called at presign, and at every confirm of a file uploaded with a reusable policy, so it
   * must return the same key for the same upload and user. Include `upload.id` unless the upload should replace an
   * existing object. Must not begin with the storage's `prefix`, which is for unconfirmed uploads. Default:
   * `files/<upload id>/<cleaned name>`.
   */
  key?(upload: Omit<UploadRecord<ParsedMeta>, 'key'>, context: RouteContext<User>): string
  /**
   * Checks the stored object before it is copied to the final key. Return false, or return or throw a non-retryable
   * UploadError, to delete and reject it. Any other error keeps the object, so that a retry can succeed.
   *
   * Return `{ pending: seconds }` while a check takes longer (viruses, moderation, transcoding). The object stays below the
   * private prefix, the user sees "Checking", and `verify` is called again after that time, or by `uploads.resolveUpload`.
   * Until the ticket expires, its user can replace the object: save the outcome of a check by `key` and `etag`, never by
   * `id` alone.
   */
  verify?(
    object: StoredUpload<ParsedMeta>,
    context: RouteContext<User>,
  ): MaybePromise<boolean | UploadError | PendingCheck | void>
  /**
   * Called when the object is verified and at its final key. Save it, and return the result for the browser (JSON).
   * Called again with the same `upload.id` when the browser repeats the confirm. Default: returns the upload itself.
   */
  onConfirm?(upload: ConfirmedUpload<ParsedMeta>, context: RouteContext<User>): MaybePromise<Result>
  /** Called when the user canceled or removed an unconfirmed upload. Return false to keep its bytes. */
  onDiscard?(upload: UploadRecord<ParsedMeta>, context: RouteContext<User>): MaybePromise<boolean | void>
}

/** A route with any type arguments. */
export type AnyRoute = Route<UploadUser, unknown, unknown, unknown>

/** Infers a route's types from its `metaSchema` and its `authorize`. Returns the given object. */
export function route<User extends UploadUser, Result, Input = Meta, ParsedMeta = Input>(
  rules: Route<User, Result, Input, ParsedMeta>,
  // NoInfer is needed because the handler accepts routes of any types, so its parameter must not widen these types.
): Route<User, Result, NoInfer<Input>, NoInfer<ParsedMeta>> {
  return rules
}
