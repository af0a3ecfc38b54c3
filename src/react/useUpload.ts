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

/** One upload: its status, flattened, and what can be done with it. Narrowing `status` narrows the rest. */
export type UseUpload<Result = unknown> = ItemStatus<Result> & SingleUpload<Result>

interface SingleUpload<Result> extends Uploader<Result> {
  /** The file that the status is about; undefined before one was chosen. */
  readonly file: File | undefined
  /** The item that the status is about; undefined before a file was chosen and when the choice was refused. */
  readonly item: UploadItem<Result> | undefined
  readonly rejections: readonly Rejection[]
  /** Uploads a file and forgets about it. A new file replaces the old one, also while that is on its way. */
  readonly upload: (file: File) => void
  /** Uploads a file. Rejects with its UploadError, with code `canceled` on cancel, reset, replace and unmount. */
  readonly uploadAsync: (file: File) => Promise<Result>
  /**
   * Tries again, whatever the error is: repeats the failed step, or starts a canceled upload. A file that was refused on
   * choosing (phase `choosing`) is looked at again by the rules in force now: offer another choice there instead.
   */
  readonly retry: (item?: ItemRef) => void
  /** Forgets the file; stops it when it is on its way. */
  readonly reset: () => void
}

type Shown<Result> = ItemStatus<Result> & Pick<SingleUpload<Result>, 'file' | 'item' | 'rejections'>

/**
 * Uploads one file at a time. Renders its component only when something that it has read here changes. On a route of the
 * registered handler `meta` and the result have its types; on other backends `Result` asserts what confirm answers.
 */
export function useUpload<Name extends RouteName>(options: RouteOptions<Name>): UseUpload<RouteResult<Name>>
export function useUpload<Result = unknown>(options?: FreeOptions<Result>): UseUpload<Result>
export function useUpload<Result>(options: object = {}): UseUpload<Result> {
  // It is one of the two above.
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
      // A file that was refused on choosing is no item: the rules may be others now.
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
  // What is on its way is not hidden by a bad choice made meanwhile; that one is still in `rejections`.
  if (refused && !(now && isUnfinished(now))) {
    return { status: 'error', error: refused.error, file: refused.file, item: undefined, rejections }
  }
  if (!now)
    return { status: 'idle', canceled: false, held: false, file: undefined, item: undefined, rejections }
  return { ...now, item, rejections }
}

/** Tells of the list and of the one item in it, progress included. */
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
