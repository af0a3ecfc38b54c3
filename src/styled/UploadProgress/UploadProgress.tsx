'use client'

import type { ComponentPropsWithoutRef } from 'react'
import type { Uploader } from '../../core/uploader-types.ts'
import { useUploadRuntime } from '../../react/context.ts'
import { useSpeedInLazyCode } from '../../react/useSpeedInLazyCode.ts'
import { useUploadSummary } from '../../react/useUploadSummary.ts'
import type { UploadSummary } from '../../react/useUploadSummary.ts'
import { ProgressBar } from '../ProgressBar/ProgressBar.tsx'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'

type SummarizedUploader = Pick<Uploader, 'store' | 'cancel' | 'retry' | 'remove'>

export interface UploadProgressProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** The list to summarize. Default: all uploads in the provider. */
  readonly uploader?: SummarizedUploader | undefined
  /** Shows the speed and the time left of the list. Needs `uploader`. Default: false. */
  readonly showSpeed?: boolean | undefined
  /**
   * Shows a button that removes all done items from the list. Needs `uploader`. Do not set it for the uploader of a form
   * field, because the value of the field would lose these files. Default: false.
   */
  readonly clearable?: boolean | undefined
}

/**
 * Shows one bar for many uploads, the number of done and failed ones, and buttons for all of them. Renders nothing
 * for an empty list.
 */
export function UploadProgress({
  uploader,
  showSpeed = false,
  clearable = false,
  className,
  ...rest
}: UploadProgressProps) {
  const { uploaders } = useUploadRuntime()
  const summary = useUploadSummary(uploader)
  const { messages } = useCompleteTexts()
  if (summary.total === 0) return null
  const forEachUploader = (call: (target: SummarizedUploader) => void) =>
    (uploader ? [uploader] : uploaders.getState()).forEach(call)
  return (
    <div
      {...rest}
      data-putaway="overall"
      data-part="overall"
      className={className ? `putaway-overall ${className}` : 'putaway-overall'}
    >
      <div className="putaway-overall-line">
        <SummaryLabel summary={summary} />
        {showSpeed && uploader && <SpeedText uploader={uploader} />}
        <span className="putaway-overall-buttons">
          {summary.failed > 0 && (
            <button
              type="button"
              className="putaway-button"
              data-quiet=""
              onClick={() => forEachUploader((target) => target.retry())}
            >
              {messages.retryAll}
            </button>
          )}
          {isInProgress(summary) || summary.held > 0 ? (
            <button
              type="button"
              className="putaway-button"
              data-quiet=""
              onClick={() => forEachUploader((target) => target.cancel())}
            >
              {messages.cancelAll}
            </button>
          ) : null}
          {clearable && uploader && summary.done > 0 && (
            <button
              type="button"
              className="putaway-button"
              data-quiet=""
              onClick={() => removeDone(uploader)}
            >
              {messages.clearDone}
            </button>
          )}
        </span>
      </div>
      <ProgressBar value={summary.progress} data-status={summaryStatusOf(summary)} />
    </div>
  )
}

function removeDone({ store, remove }: SummarizedUploader) {
  for (const item of store.getState().items) if (item.status === 'done') remove(item)
}

export const isInProgress = ({ queued, active }: UploadSummary) => queued + active > 0

const summaryStatusOf = (summary: UploadSummary) =>
  isInProgress(summary) ? 'uploading' : summary.failed > 0 ? 'error' : summary.held > 0 ? 'idle' : 'done'

/** Shows "3 of 10 uploaded, 1 failed". */
export function SummaryLabel({ summary }: { readonly summary: UploadSummary }) {
  const { messages, formatters } = useCompleteTexts()
  const { done, total, canceled, failed } = summary
  return (
    <span className="putaway-overall-text">
      {messages.summary(done, total - canceled, formatters)}
      {failed > 0 && <span className="putaway-overall-failed">{messages.failures(failed, formatters)}</span>}
    </span>
  )
}

function SpeedText({ uploader }: { readonly uploader: Pick<Uploader, 'store'> }) {
  const { bytesPerSecond, secondsLeft } = useSpeedInLazyCode(uploader)
  const { messages, formatters } = useCompleteTexts()
  if (bytesPerSecond === undefined) return null
  return (
    <span className="putaway-overall-speed">
      {messages.speed(formatters.size(bytesPerSecond))}
      {secondsLeft !== undefined && `, ${messages.left(formatters.duration(secondsLeft))}`}
    </span>
  )
}
