import { accepts } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/limits.ts'
import type { Size } from '../protocol/limits.ts'
import type { FileInfo, Meta } from '../protocol/ticket.ts'
import type { Strategy } from './strategy.ts'

/** Who uploads, as `authorize` found. Only its id travels in tokens; the rest is for the app's own callbacks. */
export interface UploadUser {
  readonly id: string
}

/** One upload as the server knows it. */
export interface Upload {
  /** Made by the server at presign, the same in every later call. Upsert on it: a confirm may come twice. */
  readonly id: string
  /** Where the object is: its final place once it is confirmed, before that where the ticket writes. */
  readonly key: string
  /** The file's name, cleaned of paths and of characters that do not show. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  readonly meta: Meta
}

/** An upload whose object was verified and put away. */
export interface ConfirmedUpload extends Upload {
  readonly etag?: string
  /** Where a browser reads it: public, or signed with a life (see `s3Storage`). */
  readonly url: string
}

export interface UploadContext<User> {
  readonly user: User
  readonly request: Request
}

type MaybePromise<Value> = Value | Promise<Value>

/** What may be uploaded by whom, and what becomes of it. */
export interface Route<User extends UploadUser = UploadUser, Result = unknown> {
  /** As in `<input accept>`: `'image/*'`, `['image/png', '.pdf']`. `'*'` accepts everything. */
  readonly accept: Accept
  /** Bytes, or a text such as `'5MB'`. Storage itself enforces each file's announced size. */
  readonly maxSize: Size
  /** Default: 1 byte. */
  readonly minSize?: Size
  /** Files in one presign call. Default: as many as one call may carry, 50. */
  readonly maxFiles?: number
  /** Default: `'auto'`. */
  readonly strategy?: Strategy
  /**
   * Default true: confirm copies the verified object to a key that no ticket, replay or discard reaches. With false
   * it stays where the ticket wrote it: a ticket that is still alive can be used again where storage or a POST knows
   * no write-once, and a discard that comes after the confirm deletes it unless `onDiscard` returns false. Write-once
   * needs `If-None-Match` among the AllowedHeaders of the bucket's CORS rule.
   */
  readonly promote?: boolean
  /**
   * Who is this? Called once per request, with the files when it is a presign. Nobody, or null: the answer is 401.
   * Throw or return an UploadError to refuse in other words; this is also the place for a rate limit (`throttled`).
   */
  authorize(
    request: Request,
    context: { readonly route: string; readonly files?: readonly FileInfo[] },
  ): MaybePromise<User | UploadError | null | undefined>
  /**
   * The final key, decided at presign. Default: `files/<upload id>/<cleaned name>`. Put `upload.id` in it unless you
   * mean to replace what is there. Must not begin with the storage's private prefix.
   */
  key?(upload: Omit<Upload, 'key'>, context: UploadContext<User>): string
  /**
   * The object is verified and in its final place: remember it, and return what the browser gets as its result
   * (JSON). Comes again with the same `upload.id` when the browser asks again. Default: the upload itself.
   */
  onConfirm?(upload: ConfirmedUpload, context: UploadContext<User>): MaybePromise<Result>
  /** The browser lets go of an upload that was not confirmed. Return false to keep its bytes. */
  onDiscard?(upload: Upload, context: UploadContext<User>): MaybePromise<boolean | void>
}

/** Types one route from what its `authorize` returns. At run time it is the object itself. */
export function route<User extends UploadUser, Result>(rules: Route<User, Result>): Route<User, Result> {
  return rules
}

/** A route as the handler uses it: named, sizes in bytes, defaults filled in. */
export interface ReadyRoute {
  readonly name: string
  readonly rules: Route
  readonly maxSize: number
  readonly minSize: number
  readonly maxFiles: number
  readonly strategy: Strategy
  readonly promote: boolean
}

/** Throws a TypeError for sizes that are none, and where there is no route at all. */
export function readyRoutes(routes: Readonly<Record<string, Route>>): ReadonlyMap<string, ReadyRoute> {
  const ready = Object.entries(routes).map(([name, rules]): [string, ReadyRoute] => [
    name,
    {
      name,
      rules,
      maxSize: bytesOf(rules.maxSize),
      minSize: bytesOf(rules.minSize ?? 1),
      maxFiles: rules.maxFiles ?? Infinity,
      strategy: rules.strategy ?? 'auto',
      promote: rules.promote ?? true,
    },
  ])
  if (ready.length === 0) {
    throw new TypeError(
      'createUploadHandler needs a route: routes: { photos: { accept, maxSize, authorize } }.',
    )
  }
  return new Map(ready)
}

/** The route that a file names, or the only one. Throws an UploadError `not-found`. */
export function findRoute(
  routes: ReadonlyMap<string, ReadyRoute>,
  name: string | undefined,
  phase: UploadPhase,
): ReadyRoute {
  const [only, second] = routes.values()
  const found = name !== undefined ? routes.get(name) : second === undefined ? only : undefined
  if (found) return found
  throw new UploadError('not-found', {
    phase,
    message:
      name === undefined
        ? 'The file names no route, and this endpoint has several: pass `route` to the hook or the component.'
        : `This endpoint has no route ${JSON.stringify(name.slice(0, 100))}.`,
  })
}

/** MIME types as RFC 6838 4.2 has them, with parameters of visible ASCII. They become a header. */
const mimeType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(\s*;[\x20-\x7e]{0,200})?$/
const maxNameLength = 1024
const maxMetaLength = 2048

/** Throws an UploadError that says why the file may not come in. */
export function checkFile(file: FileInfo, { rules, minSize, maxSize }: ReadyRoute): void {
  const phase = 'starting'
  const refuse = (message: string) => new UploadError('rejected', { phase, message })

  if (file.name.length > maxNameLength) throw refuse(`A file's name is over ${maxNameLength} characters.`)
  if (!mimeType.test(file.type)) throw refuse("A file's type is not a MIME type.")
  if (JSON.stringify(file.meta ?? {}).length > maxMetaLength) {
    throw refuse(
      `A file's meta is over ${maxMetaLength} characters of JSON. It is for small things: ids, captions.`,
    )
  }
  if (!accepts(rules.accept, file)) throw new UploadError('wrong-type', { phase })
  if (file.size > maxSize) {
    const message = `The file has ${file.size} bytes; this route takes at most ${maxSize}.`
    throw new UploadError('too-large', { phase, message })
  }
  if (file.size < minSize) {
    if (file.size === 0) throw new UploadError('empty', { phase })
    throw refuse(`The file has ${file.size} bytes; this route takes at least ${minSize}.`)
  }
}
