'use client'

import { useEffect, useId, useState } from 'react'
import { useStore } from 'zustand'
import { useUploadRuntime } from '../react/context.ts'
import { useIsUploading, useUploadSummary } from '../react/useUploadSummary.ts'
import { LookContext } from './look.ts'
import { Cancel, Retry } from './parts/actions.tsx'
import { Live } from './parts/live.tsx'
import { Frame, ScopeProvider } from './parts/root.tsx'
import { ProgressBar } from './ProgressBar.tsx'
import { icon } from './Row.tsx'
import { useAllTexts } from './all-messages.ts'
import { UploadTexts, useTexts } from './texts.tsx'
import type { TextOptions } from './texts.tsx'
import { Rows } from './UploadList.tsx'
import { isBusy, SummaryText } from './UploadProgress.tsx'

export interface UploadTrayProps extends TextOptions {
  /** Whether the rows are open initially. Default: true. */
  readonly defaultOpen?: boolean | undefined
  readonly className?: string | undefined
}

/**
 * Shows all uploads of the provider in a corner of the window: render one at the end of your app. It appears with
 * the first upload, can be collapsed, and stays until it is closed after the last upload.
 */
export function UploadTray({ messages, locale, dir, ...props }: UploadTrayProps) {
  return (
    <UploadTexts {...{ messages, locale, dir }}>
      <Tray {...props} />
    </UploadTexts>
  )
}

function Tray({ defaultOpen = true, className }: Omit<UploadTrayProps, keyof TextOptions>) {
  const runtime = useUploadRuntime()
  const uploaders = useStore(runtime.uploaders)
  const summary = useUploadSummary()
  const uploading = useIsUploading()
  const { messages, dir } = useAllTexts()
  const [open, setOpen] = useState(defaultOpen)
  const [shown, setShown] = useState(false)
  const id = useId()
  if (uploading && !shown) setShown(true)
  if (!shown || summary.total === 0) return null
  return (
    <LookContext.Provider value={look}>
      <Frame
        store={runtime}
        dir={dir}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the frame is always a <div>
        role="region"
        aria-label={messages.uploads}
        data-putaway="tray"
        data-part="tray"
        data-open={open || undefined}
        className={className ? `putaway-tray ${className}` : 'putaway-tray'}
      >
        <div className="putaway-tray-head">
          <SummaryText summary={summary} />
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            aria-label={open ? messages.collapse : messages.expand}
            onClick={() => setOpen(!open)}
            {...icon('fold', open ? messages.collapse : messages.expand)}
          />
          {!isBusy(summary) && (
            <button
              type="button"
              aria-label={messages.close}
              onClick={() => setShown(false)}
              {...icon('close', messages.close)}
            />
          )}
        </div>
        {isBusy(summary) && <ProgressBar value={summary.progress} data-status="uploading" />}
        <div id={id} className="putaway-tray-rows" hidden={!open}>
          {uploaders.map((uploader, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- uploaders have no ids and keep their order
            <ScopeProvider key={index} uploader={uploader}>
              <Rows />
            </ScopeProvider>
          ))}
        </div>
        {/* Announces also while the rows are collapsed. */}
        {uploaders.map((uploader, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- as above
          <ScopeProvider key={index} uploader={uploader}>
            <Live className="putaway-live" />
          </ScopeProvider>
        ))}
      </Frame>
    </LookContext.Provider>
  )
}

/** Actions in the tray: cancel and retry. Removing is up to the list that owns the row. */
function TrayActions() {
  const { messages } = useAllTexts()
  return (
    <span className="putaway-actions">
      <Cancel {...icon('close', messages.cancel)} />
      <Retry {...icon('retry', messages.retry)} />
    </span>
  )
}

const look = { slots: { actions: TrayActions } }

/**
 * Shows the total progress of the provider in the page title, "(42%) My app", while uploads are active. Renders
 * nothing.
 */
export function UploadTitle() {
  const uploading = useIsUploading()
  const { progress } = useUploadSummary()
  const { numbers } = useTexts()
  const percent = numbers.percent(progress)
  useEffect(() => {
    if (!uploading) return undefined
    const before = `(${percent}) `
    document.title = before + document.title
    return () => {
      // The app may have changed the title since.
      if (document.title.startsWith(before)) document.title = document.title.slice(before.length)
    }
  }, [uploading, percent])
  return null
}
