'use client'

import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { useEntries, useScope } from '../../headless/context.ts'
import { Undo } from '../../headless/list.tsx'
import { useTexts } from '../../i18n/texts.tsx'
import { useClassNames } from '../styling.ts'
import type { LayoutProps } from './layout-props.ts'

interface HeadProps extends Omit<LayoutProps, 'capture' | 'directory'> {
  /** A button at the end of the line. */
  readonly action?: ReactNode
}

/** The label, the description, the count and actions for all files. */
export function Head({ label, description, labelId, descriptionId, action }: HeadProps) {
  const { uploader } = useScope()
  const { messages, formatters } = useTexts()
  const classNameOf = useClassNames()
  const count = useEntries().length
  const { multiple, maxFiles } = uploader.options()
  return (
    <>
      <div className="putaway-head">
        <span id={labelId} className={classNameOf('label', 'putaway-label')}>
          {label}
        </span>
        <span className="putaway-head-end">
          <RetryAll />
          <Undo className="putaway-button putaway-undo" data-quiet="" />
          {multiple !== false && (count > 0 || maxFiles !== undefined) && (
            <span className="putaway-count">{messages.count(count, maxFiles, formatters)}</span>
          )}
          {action}
        </span>
      </div>
      {description !== undefined && (
        <div id={descriptionId} className={classNameOf('description', 'putaway-description')}>
          {description}
        </div>
      )}
    </>
  )
}

/** Retries all failed uploads. Rendered only if at least two have failed. */
function RetryAll() {
  const { uploader, disabled } = useScope()
  const { messages } = useTexts()
  const failedCount = useStore(
    uploader.store,
    ({ items }) => items.filter((item) => item.status === 'error' && item.error.retryable).length,
  )
  if (failedCount < 2) return null
  return (
    <button
      type="button"
      className="putaway-button putaway-undo"
      data-quiet=""
      disabled={disabled}
      onClick={() => uploader.retry()}
    >
      {messages.retryAll}
    </button>
  )
}
