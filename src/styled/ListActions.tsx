'use client'

import { useStore } from 'zustand'
import type { UploadItem } from '../core/item.ts'
import { Undo } from '../headless/actions.tsx'
import { useRootContext } from '../headless/context.ts'
import { availableActionOf } from '../headless/entry-status.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { CameraButton } from './CameraButton.tsx'

/**
 * Buttons that retry all failed uploads and cancel all active ones, each shown if there are at least two such uploads,
 * and a button that restores the removed file.
 */
export function ListActions() {
  const { uploader, disabled } = useRootContext()
  const { messages } = useCompleteTexts()
  const canRetryAll = useStore(uploader.store, ({ items }) => hasTwo(items, isRetryable))
  const canCancelAll = useStore(uploader.store, ({ items }) => hasTwo(items, isCancelable))
  return (
    <>
      {canRetryAll && (
        <button
          type="button"
          className="putaway-button putaway-undo"
          data-quiet=""
          data-action="retry-all"
          disabled={disabled}
          onClick={() => uploader.retry()}
        >
          {messages.retryAll}
        </button>
      )}
      {canCancelAll && (
        <button
          type="button"
          className="putaway-button putaway-undo"
          data-quiet=""
          data-action="cancel-all"
          onClick={() => uploader.cancel()}
        >
          {messages.cancelAll}
        </button>
      )}
      <Undo className="putaway-button putaway-undo" data-quiet="" />
      <CameraButton className="putaway-button putaway-undo" data-quiet="" />
    </>
  )
}

const isRetryable = (item: UploadItem) => item.status === 'error' && item.error.retryable
const isCancelable = (item: UploadItem) => availableActionOf(item) === 'cancel'

/** Whether two items match. Stops at the second match, because the list may be long and its store changes often. */
function hasTwo(items: readonly UploadItem[], matches: (item: UploadItem) => boolean): boolean {
  const firstIndex = items.findIndex(matches)
  return firstIndex >= 0 && items.some((item, index) => index > firstIndex && matches(item))
}
