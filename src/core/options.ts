import type { UploadError, UploadErrorCode } from '../protocol/errors.ts'
import type { Meta } from '../protocol/ticket.ts'
import type { UploadItem } from './item.ts'
import type { UploadEvent, UploadState } from './machine/state.ts'
import type { Retry } from './retry/retry.ts'
import type { Rules, ValidateFile } from './rules.ts'

export interface UploaderOptions<Result> extends Rules {
  /** Whether the list holds several files. If false, a new file replaces the previous one. Default: true. */
  readonly multiple?: boolean | undefined
  /** The backend route that receives the files. */
  readonly route?: string | undefined
  /** Metadata that the backend receives with name, size and type. */
  readonly meta?: Meta | ((file: File) => Meta) | undefined
  /**
   * When files start. `auto`: as soon as a connection is free. `manual`: when `start` is called or their form is
   * submitted. Until then they are `idle` with `held`, and make no request. Default: `auto`.
   */
  readonly start?: 'auto' | 'manual' | undefined
  /**
   * Maximum number of files of this list that are starting, uploading or finishing at the same time. With 1, the
   * files are uploaded one after the other, in order. Default: as many as keep the connections of the pool busy.
   */
  readonly concurrency?: number | undefined
  /**
   * Refuses a file for a reason that takes time to find, such as the pixels of a picture or the pages of a PDF. See
   * `ValidateFile`. Runs after the file was added to the list and before anything is sent. Gets the file as the user
   * chose it. A refused file leaves the list and becomes a rejection.
   */
  readonly validate?: ValidateFile | undefined
  /**
   * Changes a file before it is uploaded, for example resizes an image. A returned `Blob` keeps the file's name, with the
   * extension of the blob's type. May throw an `UploadError`.
   */
  readonly prepare?: ((file: File, context: { signal: AbortSignal }) => Blob | Promise<Blob>) | undefined
  /**
   * Whether a file counts as `done` while the backend still checks it, so that a form can be submitted. `result` is then a
   * `PendingAnswer` with a `token`: `{ pending, token }`. The form value has the token, and the server ends the upload by
   * `resolveUpload(token)`. Needs `allowPending` of `readUploads` too. Default: false, which waits for the check.
   */
  readonly allowPending?: boolean | undefined
  /** Retry policy for transient failures. Default: see `RetryOptions`. */
  readonly retry?: Retry | undefined
  /** Called on every step of every upload, for telemetry. Events contain no names, URLs or keys. */
  readonly onEvent?: ((event: UploaderEvent) => void) | undefined
  /** Called once when a file is done. */
  readonly onDone?: ((result: Result, item: UploadItem<Result>) => void) | undefined
  /**
   * Called before the user or `requestRemove` removes an item. Returns or resolves with false to keep the item, for
   * example after the user was asked. If the item is `done`, this function may delete the stored object, so the
   * components offer no Undo. If it rejects, the item stays and shows the error. Not called for a replaced file,
   * `clear` and a reset.
   */
  readonly onRemove?: ((item: UploadItem<Result>) => RemoveAnswer | Promise<RemoveAnswer>) | undefined
  /** Called when a file enters the status `error`. */
  readonly onError?: ((error: UploadError, item: UploadItem<Result>) => void) | undefined
}

type RemoveAnswer = boolean | void

/** Telemetry of one step of one upload. */
export interface UploaderEvent {
  /** Id of the file, as in `FileInfo`. */
  readonly id: string
  /** Bytes. */
  readonly size: number
  /**
   * The event. `retryScheduled`: the step failed and waits for its retry. `retried`: the step runs again. `deleted`: the
   * backend deleted the stored bytes. `failed` with `to: 'starting'`: the upload recovers automatically.
   */
  readonly type: UploadEvent<unknown>['type']
  readonly from: UploadState<unknown>['status']
  readonly to: UploadState<unknown>['status']
  /** Milliseconds since the previous event of this upload, or since the file was added. */
  readonly duration: number
  /** The error code of `failed` and `retryScheduled`. */
  readonly code: UploadErrorCode | undefined
}
