import type { StoreApi } from 'zustand/vanilla'
import type { UploadError } from '../protocol/errors.ts'
import type { ImageCrop, ImageInfo, Meta } from '../protocol/ticket.ts'
import type { FinishingStep, UploadState } from './machine/state.ts'

/** The public status of an upload. Narrowing `status` narrows the other properties. */
export type ItemStatus<Result> =
  /** Waits in the queue. */
  | {
      readonly status: 'idle'
      /** Whether the user canceled the upload. The queue then skips it until it is retried. */
      readonly canceled: boolean
      /** Whether the upload waits for `start` or `resume`. The queue then skips it. */
      readonly held: boolean
    }
  | {
      readonly status: 'starting'
      readonly step: 'preparing' | 'presigning' | 'ready'
      /** Whether the step failed and waits for its automatic retry. */
      readonly retrying: boolean
    }
  | {
      readonly status: 'uploading'
      /**
       * Fraction of the bytes that were sent, from 0 to 1. Does not decrease when bytes are sent again, only when
       * stored bytes were lost. Stays below 1, because only a response of storage ends this status.
       */
      readonly progress: number
      readonly paused: boolean
      readonly retrying: boolean
      /** Number of the current attempt to send the bytes, from 1. */
      readonly attempt: number
    }
  /**
   * The bytes are stored. The backend assembles the parts, then confirms. In the step `checking` it checks the file for
   * longer than one request, and is asked again.
   */
  | {
      readonly status: 'finishing'
      readonly step: FinishingStep
      readonly retrying: boolean
    }
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'error'; readonly error: UploadError }

/** A snapshot of a file and its status. `store` has the current snapshot. */
export type UploadItem<Result = unknown> = ItemBase<Result> & ItemStatus<Result>

interface ItemBase<Result> {
  readonly id: string
  /** The file as the user chose it. */
  readonly file: File
  /** The name that `update` gave the file, else the file's own. */
  readonly name: string
  /** The metadata that `update` set. Undefined if it set none. */
  readonly meta: Meta | undefined
  /** Size and placeholder of the picture that is sent. Known once `image` has prepared the picture. */
  readonly image?: ImageInfo | undefined
  /**
   * The part of the picture that is shown, in pixels of the picture that is sent. Set with `crop: { mode: 'coordinates' }`
   * once the picture is prepared, and by `update`.
   */
  readonly crop?: ImageCrop | undefined
  /** Whether `onRemove` was called and has not answered. */
  readonly removing: boolean
  /** The error of the last call of `onRemove`, if that call failed. The item stays in the list. */
  readonly removeError: UploadError | undefined
  /** The current item, including progress: `useUploadItem` subscribes to it. */
  readonly store: ReadonlyStore<UploadItem<Result>>
}

/** An item, or its id. */
export type ItemOrId = string | { readonly id: string }

export function idOf(item: ItemOrId): string {
  return typeof item === 'string' ? item : item.id
}

/** A zustand store without `setState`. */
export type ReadonlyStore<T> = Pick<StoreApi<T>, 'getState' | 'getInitialState' | 'subscribe'>

/** Returns the public properties of a state. Tickets and receipts stay internal because their URLs are secrets. */
export function publicStatusOf<Result>(state: UploadState<Result>): ItemStatus<Result> {
  const { status } = state
  if (status === 'error') return { status, error: state.error }
  if (status === 'idle') return { status, canceled: state.canceled, held: state.held }
  if (status === 'done') return state
  const retrying = 'attempt' in state && state.retrying
  if (status === 'starting') return { status, step: state.step, retrying }
  if (status === 'finishing') return { status, step: state.step, retrying }
  const { progress, paused, attempt } = state
  return { status, progress, paused, retrying, attempt }
}

/** Whether an item is queued or in progress. False for a held item, because it waits for the user. */
export function isPending(item: ItemStatus<unknown>): boolean {
  return isUnfinished(item) && !isHeld(item)
}

/** Whether an item is neither done, failed nor canceled. Also true for a held item. */
export function isUnfinished(item: ItemStatus<unknown>): boolean {
  if (item.status === 'idle') return !item.canceled
  return item.status !== 'done' && item.status !== 'error'
}

export function isHeld(item: ItemStatus<unknown>): boolean {
  return item.status === 'idle' && item.held
}
