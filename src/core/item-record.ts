import { createStore } from 'zustand/vanilla'
import type { StoreApi } from 'zustand/vanilla'
import type { UploadItem } from './item.ts'
import type { UploadState } from './machine/state.ts'

/** The uploader's internal record of an item. */
export interface ItemRecord<Result> {
  readonly id: string
  readonly file: File
  /** The file that is sent: the result of `prepare`. */
  preparedFile: File
  state: UploadState<Result>
  /** Start of the current step, in epoch milliseconds. */
  stepStartedAt: number
  readonly store: StoreApi<UploadItem<Result>>
  /** Aborts the effect of the current step. */
  controller?: AbortController | undefined
  /** Pending while `failed` is called on the backend: its answer decides how a retry starts. */
  failureReport?: Promise<void> | undefined
  /** Releases the connection. */
  release?: (() => void) | undefined
}

/** Creates the record of a file that was added at `stepStartedAt` (epoch milliseconds). `held`: it waits for `start`. */
export function createItemRecord<Result>(
  id: string,
  file: File,
  stepStartedAt: number,
  held: boolean,
): ItemRecord<Result> {
  const state = { status: 'idle', canceled: false, held } as const
  const store = createStore<UploadItem<Result>>((_set, _get, itemStore) => ({
    id,
    file,
    store: itemStore,
    ...state,
  }))
  return { id, file, preparedFile: file, state, stepStartedAt, store }
}

export function releaseConnection<Result>(record: ItemRecord<Result>) {
  record.release?.()
  record.release = undefined
}
