'use client'

import { useMemo } from 'react'
import type { ItemOrId, ItemStatus, UploadItem } from '../core/item.ts'
import { isUnfinished } from '../core/item.ts'
import type { Rejection } from '../core/rules.ts'
import { UploadError } from '../protocol/errors.ts'
import type { AddOptions, Uploader } from '../core/uploader-types.ts'
import { useTrackedState } from './useTrackedState.ts'
import { useUploader } from './useUploader.ts'
import type { UploadOptions } from './context.ts'
import type { UnregisteredOptions, RouteName, RouteOptions, RouteResult } from './register.ts'

/**
 * One upload: the properties of its status, and its actions. A check of `status` narrows the types of the other
 * properties.
 */
export type UseUpload<Result = unknown> = ItemStatus<Result> & SingleUpload<Result>

/** Options of one call of `upload` or `uploadAsync`. */
export type SingleUploadOptions<Result = unknown> = Pick<AddOptions<Result>, 'confirm'>

interface SingleUpload<Result> extends Uploader<Result> {
  /** The file that the status describes. Undefined before the first file is chosen. */
  readonly file: File | undefined
  /** The item that the status describes. Undefined before a file is chosen and after a choice was rejected. */
  readonly item: UploadItem<Result> | undefined
  readonly rejections: readonly Rejection[]
  /** Uploads a file. A new file replaces the previous one, also during its upload. */
  readonly upload: (file: File, options?: SingleUploadOptions<Result>) => void
  /**
   * Uploads a file. Rejects with the UploadError of the upload. The error code is `canceled` on cancel, reset, replace
   * and unmount, and when `signal` aborts.
   */
  readonly uploadAsync: (
    file: File,
    options?: SingleUploadOptions<Result> & { readonly signal?: AbortSignal | undefined },
  ) => Promise<Result>
  /**
   * Repeats the failed step for any error code, or starts a canceled upload. A file that was rejected when it was
   * chosen (phase `choosing`) is only checked again by the current rules, so let the user choose another file
   * instead.
   */
  readonly retry: (item?: ItemOrId) => void
  /** Removes the file and stops its upload. */
  readonly reset: () => void
}

type SingleUploadState<Result> = ItemStatus<Result> &
  Pick<SingleUpload<Result>, 'file' | 'item' | 'rejections'>

/**
 * Uploads one file at a time. Renders the component only when a property that it read has changed. If the route
 * belongs to the registered handler, `meta` and the result are typed. For other backends, `Result` asserts the type
 * of confirm's answer.
 */
export function useUpload<Name extends RouteName>(options: RouteOptions<Name>): UseUpload<RouteResult<Name>>
export function useUpload<Result = unknown>(options?: UnregisteredOptions<Result>): UseUpload<Result>
export function useUpload<Result>(options: object = {}): UseUpload<Result> {
  // The overloads above allow only these options.
  const { uploader, resolveOptions } = useUploader(options as UploadOptions<Result>, false)
  const { store } = uploader
  const actions = useMemo(() => ({ ...uploader, ...createSingleActions(uploader) }), [uploader])
  const subscribe = useMemo(() => subscribeToSingle(store), [store])
  return useTrackedState(subscribe, () => readSingleState(store), { ...actions, options: resolveOptions })
}

function createSingleActions<Result>({ add, cancel, clear, resultOf, retry, store }: Uploader<Result>) {
  const actions: Pick<SingleUpload<Result>, 'upload' | 'uploadAsync' | 'reset' | 'retry'> = {
    upload: (file, options) => void add([file], options),
    uploadAsync: async (file, { signal, ...options } = {}) => {
      if (signal?.aborted) throw new UploadError('canceled', { phase: 'choosing', cause: signal.reason })
      const [item] = add([file], options)
      const [rejection] = store.getState().rejections
      if (!item && rejection) throw rejection.error
      const abort = () => item && cancel(item)
      signal?.addEventListener('abort', abort)
      return resultOf(item ?? '').finally(() => signal?.removeEventListener('abort', abort))
    },
    reset: clear,
    retry: (item) => {
      const { item: existingItem, file } = readSingleState(store)
      // A rejected file has no item, so it is added again. The rules may have changed since it was rejected.
      if (item === undefined && !existingItem && file) add([file])
      else retry(item)
    },
  }
  return actions
}

function readSingleState<Result>(store: Uploader<Result>['store']): SingleUploadState<Result> {
  const { items, rejections } = store.getState()
  const [item] = items
  const [rejection] = rejections
  const itemState = item?.store.getState()
  // A rejected file does not hide an unfinished upload. The rejection is still in `rejections`.
  if (rejection && !(itemState && isUnfinished(itemState))) {
    return { status: 'error', error: rejection.error, file: rejection.file, item: undefined, rejections }
  }
  if (!itemState)
    return { status: 'idle', canceled: false, held: false, file: undefined, item: undefined, rejections }
  return { ...itemState, item, rejections }
}

/** Subscribes to the list and to its one item, progress included. */
function subscribeToSingle<Result>(store: Uploader<Result>['store']) {
  return (onChange: () => void) => {
    let subscribedStore: UploadItem<Result>['store'] | undefined
    let unsubscribeItem: (() => void) | undefined
    function syncItemSubscription() {
      const itemStore = store.getState().items[0]?.store
      if (itemStore === subscribedStore) return
      unsubscribeItem?.()
      subscribedStore = itemStore
      unsubscribeItem = itemStore?.subscribe(onChange)
    }
    syncItemSubscription()
    const unsubscribeList = store.subscribe(() => {
      syncItemSubscription()
      onChange()
    })
    return () => {
      unsubscribeList()
      unsubscribeItem?.()
    }
  }
}
