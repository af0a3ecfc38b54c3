import type { StoreApi } from 'zustand/vanilla'
import type { UploadError } from '../protocol/errors.ts'
import type { UploadState } from './machine.ts'

/** The status of an upload as people and components see it: narrowing `status` narrows the rest. */
export type ItemStatus<Result> =
  /** Waiting its turn. */
  | {
      readonly status: 'idle'
      /** Stopped by a person: skipped until it is retried. */
      readonly canceled: boolean
      /** Paused before it began: skipped until it is resumed. */
      readonly held: boolean
    }
  | {
      readonly status: 'starting'
      readonly step: 'preparing' | 'presigning' | 'ready'
      /** Whether it waits to try again, for the network or because it was asked to; below too. */
      readonly waiting: boolean
    }
  | {
      readonly status: 'uploading'
      /** Fraction 0 to 1 of the bytes; never falls. 1 is not reached here: only an answer of storage ends this status. */
      readonly progress: number
      readonly paused: boolean
      readonly waiting: boolean
      /** Counts from 1. */
      readonly attempt: number
    }
  /** The bytes are stored; the backend puts parts together, then confirms. */
  | {
      readonly status: 'finishing'
      readonly step: 'assembling' | 'confirming'
      readonly waiting: boolean
    }
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'error'; readonly error: UploadError }

/** A file and its state, as of when it was read. `store` is the live one. */
export type UploadItem<Result = unknown> = ItemBase<Result> & ItemStatus<Result>

interface ItemBase<Result> {
  readonly id: string
  /** The file as it was chosen. */
  readonly file: File
  /** This item as it is now, progress included: what `useUploadItem` reads. */
  readonly store: ReadonlyStore<UploadItem<Result>>
}

/** An item, or its id. */
export type ItemRef = string | { readonly id: string }

export function idOf(item: ItemRef): string {
  return typeof item === 'string' ? item : item.id
}

/** A zustand store that only its owner writes. */
export type ReadonlyStore<T> = Pick<StoreApi<T>, 'getState' | 'getInitialState' | 'subscribe'>

/** What a state shows. Tickets and receipts stay inside: their URLs are secrets. */
export function statusOf<Result>(state: UploadState<Result>): ItemStatus<Result> {
  const { status } = state
  if (status === 'error') return { status, error: state.error }
  if (status === 'idle') return { status, canceled: state.canceled, held: state.held }
  if (status === 'done') return state
  const waiting = 'waiting' in state && state.waiting
  if (status === 'starting') return { status, step: state.step, waiting }
  if (status === 'finishing') return { status, step: state.step, waiting }
  const { progress, paused, attempt } = state
  return { status, progress, paused, waiting, attempt }
}

/** Whether an item is on its way or waits for its turn. A held one is not: it waits for a person. */
export function isPending(item: ItemStatus<unknown>): boolean {
  return isUnfinished(item) && !isHeld(item)
}

/** Whether an item is still to be uploaded, held or not. */
export function isUnfinished(item: ItemStatus<unknown>): boolean {
  if (item.status === 'idle') return !item.canceled
  return item.status !== 'done' && item.status !== 'error'
}

export function isHeld(item: ItemStatus<unknown>): boolean {
  return item.status === 'idle' && item.held
}
