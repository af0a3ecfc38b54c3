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
  /** Gives the connection back. */
  release?: (() => void) | undefined
}

export function giveBack<Result>(entry: Entry<Result>) {
  entry.release?.()
  entry.release = undefined
}
