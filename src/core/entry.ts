import { createStore } from 'zustand/vanilla'
import type { StoreApi } from 'zustand/vanilla'
import type { UploadItem } from './item.ts'
import type { UploadState } from './machine.ts'

/** The uploader's internal record of an item. */
export interface Entry<Result> {
  readonly id: string
  readonly file: File
  /** The file that is sent: the result of `prepare`. */
  prepared: File
  state: UploadState<Result>
  /** Start of the current step, in epoch milliseconds. */
  since: number
  readonly store: StoreApi<UploadItem<Result>>
  /** Aborts the effect of the current step. */
  controller?: AbortController | undefined
  /** Pending while `failed` is called on the backend: its answer decides how a retry starts. */
  report?: Promise<void> | undefined
  /** Releases the connection. */
  release?: (() => void) | undefined
}

/** Creates the record of a file that was added at `since` (epoch milliseconds). */
export function newEntry<Result>(id: string, file: File, since: number): Entry<Result> {
  const state = { status: 'idle', canceled: false, held: false } as const
  const store = createStore<UploadItem<Result>>((_set, _get, own) => ({ id, file, store: own, ...state }))
  return { id, file, prepared: file, state, since, store }
}

export function giveBack<Result>(entry: Entry<Result>) {
  entry.release?.()
  entry.release = undefined
}
