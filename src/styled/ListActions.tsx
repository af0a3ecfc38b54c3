'use client'

import { useStore } from 'zustand'
import { useScope } from '../headless/context.ts'
import { availableActionOf } from '../headless/entry-status.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'

/** Buttons that retry all failed uploads and cancel all active ones. Each is rendered from two uploads on. */
export function ListActions() {
  const { uploader, disabled } = useScope()
  const { messages } = useCompleteTexts()
  const failedCount = useStore(
    uploader.store,
    ({ items }) => items.filter((item) => item.status === 'error' && item.error.retryable).length,
  )
  const activeCount = useStore(
    uploader.store,
    ({ items }) => items.filter((item) => availableActionOf(item) === 'cancel').length,
  )
  return (
    <>
      {failedCount > 1 && (
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
      {activeCount > 1 && (
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
    </>
  )
}
