import type { ItemOrId, ReadonlyStore, UploadItem } from './item.ts'
import type { UploaderOptions } from './options.ts'
import type { UploaderState } from './queue.ts'
import type { Meta } from '../protocol/ticket.ts'
import type { ConfirmUpload } from './ports.ts'

export type { UploaderState } from './queue.ts'
export type { ItemOrId } from './item.ts'

export interface AddOptions<Result = unknown> {
  /** The part of `maxFiles` that is used by files outside of this list, for example by stored images. Default: 0. */
  readonly taken?: number | undefined
  /** The part of `maxTotalSize` that those files use, in bytes. Default: 0. */
  readonly takenSize?: number | undefined
  /**
   * Replaces `confirm` of the endpoints for these files: it receives the receipt once the bytes are stored, and returns the
   * result. Retried like `confirm`, so it must be idempotent; a retry never sends the bytes again.
   */
  readonly confirm?: ConfirmUpload<Result> | undefined
}

/** The change that `update` makes. Missing properties stay as they are. */
export interface ItemChange {
  readonly name?: string | undefined
  /** Added to the metadata, key by key. */
  readonly meta?: Meta | undefined
}

/** The engine of one list of items. Its functions do not use `this`. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** Returns the current options. */
  readonly options: () => UploaderOptions<Result>
  /**
   * Call it when the user is about to choose files: fetches policies and opens connections ahead of time. With
   * `start: 'manual'` it only loads code.
   */
  readonly preload: () => void
  /**
   * Adds files and starts them as connections become free, or on `start` with `start: 'manual'`. Refused files become
   * rejections. Returns the new items.
   */
  readonly add: (files: Iterable<File>, addOptions?: AddOptions<Result>) => UploadItem<Result>[]
  /**
   * Changes the name of an item and adds to its metadata. Presign receives what is set before it; what is set later, also
   * on a done item, is only in the form value and in `item`. A name keeps the extension of the file, and an empty one
   * restores the file's own. Throws an Error for an item that is not in the list.
   */
  readonly update: (item: ItemOrId, change: ItemChange) => void
  /** Starts an item that is held, or all held items: those of `start: 'manual'`, and those paused before they began. */
  readonly start: (item?: ItemOrId) => void
  /** Cancels an item, or all unfinished items, and discards their bytes. `retry` starts them again. */
  readonly cancel: (item?: ItemOrId) => void
  /**
   * Runs the failed step of an item again, for any error, or starts a canceled item. Without an item: all canceled items,
   * and all failed items whose error is `retryable`; with `multiple: false` always the only item. Waits in the queue while
   * `concurrency` is used up.
   */
  readonly retry: (item?: ItemOrId) => void
  /**
   * Pauses an item, or all current items, until `resume`. An upload that is sending bytes keeps its stored bytes and is
   * `uploading` with `paused`; an upload that has not sent anything is `idle` with `held`. Files that are added later start
   * normally. A `finishing` item continues because its bytes are stored, and is held if they turn out to be lost.
   */
  readonly pause: (item?: ItemOrId) => void
  /** Resumes an item, or all paused and held items. Waits in the queue while `concurrency` is used up. */
  readonly resume: (item?: ItemOrId) => void
  /** Reads the options again. The hooks call it when an option that starts files has changed, for example `concurrency`. */
  readonly applyOptions: () => void
  /** Removes an item. An unfinished item is canceled first; the stored object of a done item is not deleted. */
  readonly remove: (item: ItemOrId) => void
  /**
   * Removes an item like `remove` if `onRemove` agrees, as the buttons of the components do. Resolves with whether it was
   * removed. Does nothing while an earlier request for the item has no answer. `removeItem` replaces the removal itself.
   */
  readonly requestRemove: (item: ItemOrId, removeItem?: () => void) => Promise<boolean>
  /** Moves an item to an index. */
  readonly move: (item: ItemOrId, to: number) => void
  /** Removes all items and rejections. */
  readonly clear: () => void
  /** Removes a rejection, or all rejections. */
  readonly dismiss: (rejection?: ItemOrId) => void
  /** Resolves with the result of an item. Rejects with its UploadError: `canceled` if it is canceled or removed. */
  readonly resultOf: (item: ItemOrId) => Promise<Result>
  /** Resolves with the items when none is queued or in progress. Does not wait for held items. */
  readonly settled: () => Promise<readonly UploadItem<Result>[]>
}
