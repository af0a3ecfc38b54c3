'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { isPending } from '../core/item.ts'
import { progressOfItems } from '../core/progress.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { useUploadRuntime } from './context.ts'
import { currentItems, subscribeToAllLists, subscribeToList } from './list-subscription.ts'
import { subscribeToAny } from './subscriptions.ts'

/** Number of files per status. */
export interface UploadSummary {
  readonly total: number
  /** Waiting in the queue. */
  readonly queued: number
  /** Waiting for `start` or `resume`: paused before they started, or added with `start: 'manual'`. */
  readonly held: number
  /** Starting, uploading or finishing. */
  readonly active: number
  readonly done: number
  readonly failed: number
  readonly canceled: number
  /** Fraction of all bytes, 0 to 1. Failed and canceled files count as not sent. */
  readonly progress: number
}

/**
 * Returns counts and total progress of a list, or of all uploads in the provider if called without an argument.
 * Updates at most once per frame, and only when a number changes.
 */
export function useUploadSummary(uploader?: Pick<Uploader, 'store'>): UploadSummary {
  const { uploaders, sharedPorts } = useUploadRuntime()
  const store = uploader?.store
  const [summary, setSummary] = useState(() => summaryOf(store ? currentItems(store) : []))
  useEffect(() => {
    function update() {
      const stores = store ? [store] : uploaders.getState().map((mountedUploader) => mountedUploader.store)
      const newSummary = summaryOf(stores.flatMap(currentItems))
      setSummary((previousSummary) =>
        isSameSummary(previousSummary, newSummary) ? previousSummary : newSummary,
      )
    }
    update()
    return store
      ? subscribeToList(store, sharedPorts.host, update)
      : subscribeToAllLists(uploaders, sharedPorts.host, update)
  }, [store, uploaders, sharedPorts])
  return summary
}

/**
 * Returns whether any upload in the provider is queued or active. Held uploads do not count, because they wait for
 * the user.
 */
export function useIsUploading(): boolean {
  const { uploaders } = useUploadRuntime()
  const [isUploading, setIsUploading] = useState(false)
  useEffect(() => subscribeToAny(uploaders, isPending, setIsUploading), [uploaders])
  return isUploading
}

function summaryOf(items: readonly UploadItem[]): UploadSummary {
  const counts = { queued: 0, held: 0, active: 0, done: 0, failed: 0, canceled: 0 }
  for (const item of items) {
    if (item.status === 'idle') {
      if (item.canceled) counts.canceled += 1
      else if (item.held) counts.held += 1
      else counts.queued += 1
    } else if (item.status === 'error') counts.failed += 1
    else counts[item.status === 'done' ? 'done' : 'active'] += 1
  }
  return { total: items.length, ...counts, progress: progressOfItems(items) }
}

function isSameSummary(previousSummary: UploadSummary, newSummary: UploadSummary): boolean {
  return Object.entries(previousSummary).every(
    ([name, value]) => newSummary[name as keyof UploadSummary] === value,
  ) // Object.entries loses the key type
}
