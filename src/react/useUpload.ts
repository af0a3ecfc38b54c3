'use client'

import { useMemo } from 'react'
import type { ItemRef, ItemStatus, UploadItem } from '../core/item.ts'
import { isUnfinished } from '../core/item.ts'
import type { Rejection } from '../core/rules.ts'
import type { Uploader } from '../core/uploader.ts'
import { useTracked } from './useTracked.ts'
import { useUploader } from './useUploader.ts'
import type { UploadOptions } from './context.ts'
import type { FreeOptions, RouteName, RouteOptions, RouteResult } from './register.ts'

/** One upload: the properties of its status, and its actions. Checking `status` narrows the other types. */
export type UseUpload<Result = unknown> = ItemStatus<Result> & SingleUpload<Result>

interface SingleUpload<Result> extends Uploader<Result> {
  /** The file that the status describes. Undefined before the first file is chosen. */
  readonly file: File | undefined
  /** The item that the status describes. Undefined before a file is chosen and after a choice was rejected. */
  readonly item: UploadItem<Result> | undefined
  readonly rejections: readonly Rejection[]
  /** Uploads a file. A new file replaces the previous one, also during its upload. */
  readonly upload: (file: File) => void
  /** Uploads a file. Rejects with its UploadError; the code is `canceled` on cancel, reset, replace and unmount. */
  readonly uploadAsync: (file: File) => Promise<Result>
  /**
   * Repeats the failed step or starts a canceled upload, for any error code. A file that was rejected on choosing
   * (phase `choosing`) is checked again by the current rules; offer another choice there instead.
   */
  readonly retry: (item?: ItemRef) => void
  /** Removes the file and stops its upload. */
  readonly reset: () => void
}

type Shown<Result> = ItemStatus<Result> & Pick<SingleUpload<Result>, 'file' | 'item' | 'rejections'>

/**
 * Uploads one file at a time. Renders the component only when a property that it read has changed. On a route of
 * the registered handler, `meta` and the result are typed; on other backends `Result` asserts the type of confirm's
 * answer.
 */
export function useUpload<Name extends RouteName>(options: RouteOptions<Name>): UseUpload<RouteResult<Name>>
export function useUpload<Result = unknown>(options?: FreeOptions<Result>): UseUpload<Result>
export function useUpload<Result>(options: object = {}): UseUpload<Result> {
  // The overloads above allow only these options.
  const { uploader, inForce } = useUploader(options as UploadOptions<Result>, false)
  const { store } = uploader
  const calls = useMemo(() => ({ ...uploader, ...singleCalls(uploader) }), [uploader])
  const subscribe = useMemo(() => watchSingle(store), [store])
  return useTracked(subscribe, () => read(store), { ...calls, options: inForce })
}

function singleCalls<Result>({ add, clear, finished, retry, store }: Uploader<Result>) {
  return {
    upload: (file: File) => void add([file]),
    uploadAsync: async (file: File) => {
      const [item] = add([file])
      const [refused] = store.getState().rejections
      if (!item && refused) throw refused.error
      return finished(item ?? '')
    },
    reset: clear,
    retry: (item?: ItemRef) => {
      const { item: there, file } = read(store)
      // A rejected file has no item. The rules may have changed since.
      if (item === undefined && !there && file) add([file])
      else retry(item)
    },
  }
}

function read<Result>(store: Uploader<Result>['store']): Shown<Result> {
  const { items, rejections } = store.getState()
  const [item] = items
  const [refused] = rejections
  const now = item?.store.getState()
  // A rejected choice does not hide an unfinished upload. It is still in `rejections`.
  if (refused && !(now && isUnfinished(now))) {
    return { status: 'error', error: refused.error, file: refused.file, item: undefined, rejections }
  }
  if (!now)
    return { status: 'idle', canceled: false, held: false, file: undefined, item: undefined, rejections }
  return { ...now, item, rejections }
}

/** Subscribes to the list and to its one item, progress included. */
function watchSingle<Result>(store: Uploader<Result>['store']) {
  return (changed: () => void) => {
    let watched: UploadItem<Result>['store'] | undefined
    let leave: (() => void) | undefined
    function follow() {
      const now = store.getState().items[0]?.store
      if (now === watched) return
      leave?.()
      watched = now
      leave = now?.subscribe(changed)
    }
    follow()
    const stop = store.subscribe(() => {
      follow()
      changed()
    })
    return () => {
      stop()
      leave?.()
    }
  }
}
