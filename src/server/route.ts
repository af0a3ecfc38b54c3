import type { Accept } from '../protocol/accept.ts'
import type { UploadError } from '../protocol/errors.ts'
import type { Size } from '../protocol/limits.ts'
import type { FileInfo, Meta } from '../protocol/ticket.ts'
import type { WireRequest } from '../protocol/wire.ts'
import type { Dimensions, ImageRules } from './image.ts'
import type { StandardSchema } from './schema.ts'
import type { PromoteTo } from './storage.ts'
import type { Strategy } from './strategy.ts'

/** Who uploads, as `authorize` found. Only its id travels in tokens; the rest is for the app's own callbacks. */
export interface UploadUser {
  readonly id: string
}

/** One upload as the server knows it. `Known` is what the route's `input` makes of `meta`. */
export interface Upload<Known = Meta> {
  /**
   * Made by the server, the same in every call about this upload. Upsert on it: a confirm may come twice. With a reusable
   * policy it is made of the policy and of the file's id, name, size and meta: another name is another upload.
   */
  readonly id: string
  /** Where the object is: its final place once it is confirmed, before that where the ticket writes. */
  readonly key: string
  /** The file's name, cleaned of paths and of characters that do not show. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** From confirm on, what the bytes are; before that what the browser says. */
  readonly type: string
  readonly meta: Known
}

/** An upload whose object was looked at, and what was found. */
export interface InspectedUpload<Known = Meta> extends Upload<Known>, Partial<Dimensions> {
  readonly etag?: string
}

/** An upload that is about to be put away. */
export interface StoredUpload<Known = Meta> extends InspectedUpload<Known> {
  /** At most `length` of the object's bytes from `start` on, through the memory of this server. */
  read(start: number, length: number): Promise<Uint8Array>
}

/** An upload whose object was verified and put away. */
export interface ConfirmedUpload<Known = Meta> extends InspectedUpload<Known> {
  /** Where a browser reads it: public, or signed with a life (see `s3Storage`). */
  readonly url: string
  /** Whether storage's own checksum of the bytes is the one that the browser made of its file before it sent it. */
  readonly verified: boolean
}

export interface UploadContext<User> {
  readonly user: User
  readonly request: Request
}

/** A file as `authorize` sees it. `id` is the browser's at presign, and the upload's own id in every later step. */
export interface AskedFile<Known = Meta> extends Omit<FileInfo, 'meta'> {
  readonly meta: Known
  /** True where the file came by a reusable policy, so that no presign has shown it: a rate limit counts it at confirm. */
  readonly byPolicy?: true
}

/** A POST policy that is about to be signed: any number of files of this type, each of so many bytes. */
export interface OfferedPolicy {
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
}

/** What `authorize` is asked: whether this request may do this step with these files. */
export interface AuthorizeContext<Known = Meta> {
  readonly route: string
  /**
   * The request's type. `policies` also stands for the policies that a presign brings along: that presign asks twice.
   * A confirm that comes ahead of its bytes is a `confirm`.
   */
  readonly step: UploadStep
  /**
   * All files of the request that are of this route and fit its rules. Their names, sizes and meta are what the browser
   * says; confirm checks the size. Empty for `policies`.
   */
  readonly files: readonly AskedFile<Known>[]
  /** For `policies`. */
  readonly policies?: readonly OfferedPolicy[]
}

export type UploadStep = WireRequest['type']

type MaybePromise<Value> = Value | Promise<Value>

/**
 * What may be uploaded by whom, and what becomes of it. `Input` is the `meta` that a browser sends, `Known` what
 * `input` makes of it.
 */
export interface Route<User extends UploadUser = UploadUser, Result = unknown, Input = Meta, Known = Input> {
  /** As in `<input accept>`: `'image/*'`, `['image/png', '.pdf']`. `'*'` accepts everything. */
  readonly accept: Accept
  /** Bytes, or a text such as `'5MB'`. Storage itself enforces each file's announced size. */
  readonly maxSize: Size
  /** Default: 1 byte. */
  readonly minSize?: Size
  /**
   * How many files one form value may hold: `readUploads` refuses what is more. It is no limit on presigning, because
   * calls of several uploaders travel together; what a user may upload in an hour or in all is for `authorize` to say.
   */
  readonly maxFiles?: number
  /** Default: `'auto'`. */
  readonly strategy?: Strategy
  /**
   * Default true: small files may go by a POST policy that the browser keeps for up to five minutes and uses for many of
   * them, so that the next ones need no presign: below a fresh prefix of that user, of one exact type, each up to
   * `maxSize` and below `multipartFrom`. `authorize` hears of the policy when it is issued, and sees the files at confirm.
   * False where it has to see every file before its bytes are stored. Never so with `input` or `promote: false`.
   */
  readonly reusable?: boolean
  /**
   * Default false. True lets a browser ask for the confirm of a single file while its bytes are on their way: the handler
   * looks for the object again and again, for up to five seconds and for at most two files of a user and route at a
   * time in each process. It saves a round trip, costs requests to storage, and holds requests open: for routes of one file at a time.
   */
  readonly confirmAhead?: boolean
  /**
   * What `meta` must be: a schema of zod, valibot, arktype, … It is asked at presign, before anything else is done with
   * the file, and at every later call, because only what the browser sent travels. Its messages are shown to people.
   */
  readonly input?: StandardSchema<Input, Known>
  /**
   * Default true: confirm reads the first bytes of the object, with the package file-type, and what they are is the type
   * that it is stored as. Another type than announced or accepted is deleted and refused, and so is what can run as a
   * page (HTML, SVG, XML, scripts) unless `accept` names its very type; then it is served as a download.
   */
  readonly sniff?: boolean
  /** Measures images by their header, with the package image-size, and refuses those that do not fit. */
  readonly image?: true | ImageRules
  /**
   * Default true: confirm copies the verified object to a key that no ticket, replay or discard reaches. With false
   * it stays where the ticket wrote it: a ticket that is still alive can be used again where storage or a POST knows
   * no write-once, and a discard that comes after the confirm deletes it unless `onDiscard` returns false. Write-once
   * needs `If-None-Match` among the AllowedHeaders of the bucket's CORS rule.
   */
  readonly promote?: boolean
  /** Puts the confirmed into another bucket or below another prefix, for example a public one. */
  readonly promoteTo?: PromoteTo
  /**
   * Who is this, and may they do this? Called once per request, step and route, with all its files. Nobody, or null: the
   * answer is 401. Throw or return an UploadError to refuse in other words; this is also the place for a rate limit
   * (`throttled`). Called before the object is looked at, and after the route's own rules: a file that does not fit them
   * any more is refused at every step but `discard`.
   */
  authorize(
    request: Request,
    context: AuthorizeContext<Known>,
  ): MaybePromise<User | UploadError | null | undefined>
  /**
   * The final key, decided at presign, and at every confirm for a file that came by a reusable policy: it must be the same
   * for the same upload and user each time. Default: `files/<upload id>/<cleaned name>`. Put `upload.id` in it unless you
   * mean to replace what is there. Must not begin with the storage's private prefix.
   */
  key?(upload: Omit<Upload<Known>, 'key'>, context: UploadContext<User>): string
  /**
   * The app's own look at the stored object, before it is put away. Return false, or return or throw an UploadError
   * that no retry can help: the object is deleted and refused. Whatever else is thrown leaves it, for a retry.
   */
  verify?(
    object: StoredUpload<Known>,
    context: UploadContext<User>,
  ): MaybePromise<boolean | UploadError | void>
  /**
   * The object is verified and in its final place: remember it, and return what the browser gets as its result
   * (JSON). Comes again with the same `upload.id` when the browser asks again. Default: the upload itself.
   */
  onConfirm?(upload: ConfirmedUpload<Known>, context: UploadContext<User>): MaybePromise<Result>
  /** The browser lets go of an upload that was not confirmed. Return false to keep its bytes. */
  onDiscard?(upload: Upload<Known>, context: UploadContext<User>): MaybePromise<boolean | void>
}

/** A route whatever its types are. */
export type AnyRoute = Route<UploadUser, unknown, unknown, unknown>

/** Types one route from its `input` and from what its `authorize` returns. At run time it is the object itself. */
export function route<User extends UploadUser, Result, Input = Meta, Known = Input>(
  rules: Route<User, Result, Input, Known>,
  // The handler takes routes of any types, which says nothing about this one.
): Route<User, Result, NoInfer<Input>, NoInfer<Known>> {
  return rules
}
