import { createStore } from 'zustand/vanilla'
import type { StoreApi } from 'zustand/vanilla'
import type { UploadItem } from './item.ts'
import type { UploadState } from './machine.ts'

/** What the uploader keeps of an item. */
export interface Entry<Result> {
  readonly id: string
  readonly file: File
  /** The file as it is sent. */
  prepared: File
  state: UploadState<Result>
  /** When the step that it is in began, in epoch milliseconds. */
  since: number
  readonly store: StoreApi<UploadItem<Result>>
  /** Ends the effect of the step that it is in. */
  controller?: AbortController | undefined
  /** Pending while the backend is told of the failure: its answer decides how a retry begins. */
  report?: Promise<void> | undefined
  /** Gives the connection back. */
  release?: (() => void) | undefined
}

/** A file that has just been taken in, at `since`, and waits. */
export function newEntry<Result>(id: string, file: File, since: number): Entry<Result> {
  const state = { status: 'idle', canceled: false, held: false } as const
  const store = createStore<UploadItem<Result>>((_set, _get, own) => ({ id, file, store: own, ...state }))
  return { id, file, prepared: file, state, since, store }
}

export function giveBack<Result>(entry: Entry<Result>) {
  entry.release?.()
  entry.release = undefined
}
