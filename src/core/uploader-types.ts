import type { ItemOrId, ReadonlyStore, UploadItem } from './item.ts'
import type { UploaderOptions } from './options.ts'
import type { UploaderState } from './queue.ts'
import type { ImageCrop, Meta } from '../protocol/ticket.ts'
import type { ConfirmUpload } from './ports.ts'

export type { UploaderState } from './queue.ts'
export type { ItemOrId } from './item.ts'

export interface AddOptions<Result = unknown> {
  /** Number of files outside of this list, for example stored images, that count toward `maxFiles`. Default: 0. */
  readonly taken?: number | undefined
  /** Bytes of the files outside of this list, which count toward `maxTotalSize`. Default: 0. */
  readonly takenSize?: number | undefined
  /** Whether the rejections of earlier files stay. By default, the rejections of these files replace them. */
  readonly keepRejections?: boolean | undefined
  /**
   * Replaces `confirm` of the endpoints for these files. Receives the receipt once the bytes are stored, and returns
   * the result. Must be idempotent, because it is retried like `confirm`. A retry never sends the bytes again.
   */
  readonly confirm?: ConfirmUpload<Result> | undefined
}

/** The change that `update` makes. Missing properties stay as they are. */
export interface ItemChange {
  readonly name?: string | undefined
  /** Values to add to the metadata. A new value replaces the old value of the same name. */
  readonly meta?: Meta | undefined
  /** The part of the picture to show. The bytes do not change. */
  readonly crop?: ImageCrop | undefined
}

/** The engine of one list of items. Its functions do not use `this`. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** Returns the current options. */
  readonly options: () => UploaderOptions<Result>
  /**
   * Fetches policies and opens connections ahead of time. Call it when the user is about to choose files. With
   * `start: 'manual'` it only loads code.
   */
  readonly preload: () => void
  /**
   * Adds files. They start as connections become free, or with `start: 'manual'` when `start` is called. Refused
   * files become rejections. Returns the new items.
   */
  readonly add: (files: Iterable<File>, addOptions?: AddOptions<Result>) => UploadItem<Result>[]
  /**
   * Changes the name or the crop of an item, or adds to its metadata. Changes before presign are sent to the backend with
   * presign. Later changes, also of a done item, are only in the form value and in `item`. A new name keeps the
   * extension of the file. An empty name restores the file's own name. Throws an Error if the item is not in the
   * list.
   */
  readonly update: (item: ItemOrId, change: ItemChange) => void
  /**
   * Starts an item that is held, or all held items. Items are held because of `start: 'manual'`, or because they were
   * paused before they began.
   */
  readonly start: (item?: ItemOrId) => void
  /** Cancels an item, or all unfinished items, and discards their bytes. `retry` starts them again. */
  readonly cancel: (item?: ItemOrId) => void
  /**
   * Runs the failed step of an item again, for any error, or starts a canceled item. Without an item, retries all
   * canceled items and all failed items whose error is `retryable`. With `multiple: false` it always retries the only
   * item. If `concurrency` is used up, the item waits in the queue.
   */
  readonly retry: (item?: ItemOrId) => void
  /**
   * Pauses an item, or all current items, until `resume`. Files that are added later start normally. An upload that is
   * sending bytes becomes `uploading` with `paused`, and its stored bytes stay stored. An upload that has not sent
   * anything becomes `idle` with `held`. A `finishing` item continues, because its bytes are stored. If storage has
   * lost the bytes, the item is held.
   */
  readonly pause: (item?: ItemOrId) => void
  /** Resumes an item, or all paused and held items. A resumed item waits in the queue while `concurrency` is used up. */
  readonly resume: (item?: ItemOrId) => void
  /** Reads the options again. The hooks call it when an option that starts files has changed, for example `concurrency`. */
  readonly applyOptions: () => void
  /** Removes an item. An unfinished item is canceled first. The stored object of a done item is not deleted. */
  readonly remove: (item: ItemOrId) => void
  /**
   * Removes an item like `remove`, unless `onRemove` refuses. The remove buttons of the components call this function.
   * Resolves with whether the item was removed. Resolves with false while an earlier request for the item has no
   * answer. `removeItem` is called instead of `remove`.
   */
  readonly requestRemove: (item: ItemOrId, removeItem?: () => void) => Promise<boolean>
  /** Moves an item to an index. */
  readonly move: (item: ItemOrId, to: number) => void
  /** Removes all items and rejections. */
  readonly clear: () => void
  /** Removes a rejection, or all rejections. */
  readonly dismiss: (rejection?: ItemOrId) => void
  /**
   * Resolves with the result of an item. Rejects with the item's UploadError, which has the code `canceled` if the item
   * is canceled or removed.
   */
  readonly resultOf: (item: ItemOrId) => Promise<Result>
  /** Resolves with the items when none is queued or in progress. Does not wait for held items. */
  readonly settled: () => Promise<readonly UploadItem<Result>[]>
}
