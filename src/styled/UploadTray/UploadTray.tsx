'use client'

import { useEffect, useId, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { useUploadRuntime } from '../../react/context.ts'
import { useIsUploading, useUploadSummary } from '../../react/useUploadSummary.ts'
import { StylingContext } from '../styling.ts'
import { Cancel, Retry } from '../../headless/actions.tsx'
import { LiveRegion } from '../../headless/live-region.tsx'
import { FocusFrame, RootContextProvider } from '../../headless/root.tsx'
import { ProgressBar } from '../ProgressBar/ProgressBar.tsx'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { iconButtonProps } from '../action-icons.tsx'
import { UploadI18nProvider } from '../../i18n/UploadI18nProvider.tsx'
import type { TextOptions } from '../../i18n/UploadI18nProvider.tsx'
import { Rows } from '../UploadList/UploadList.tsx'
import { isInProgress, SummaryLabel } from '../UploadProgress/UploadProgress.tsx'
import { revealFocus } from './reveal-focus.ts'

export interface UploadTrayProps extends TextOptions {
  /** Whether the rows are visible initially. Default: true. */
  readonly defaultOpen?: boolean | undefined
  readonly className?: string | undefined
}

/**
 * Shows all uploads of the provider in a corner of the window. Render one tray at the end of your app. The tray
 * appears with the first upload and can be collapsed. It stays until it is closed after the last upload. If it hides the
 * focused element and the page cannot scroll, it collapses and moves to the other end of the window.
 */
export function UploadTray({ messages, locale, dir, ...props }: UploadTrayProps) {
  return (
    <UploadI18nProvider {...{ messages, locale, dir }}>
      <Tray {...props} />
    </UploadI18nProvider>
  )
}

function Tray({ defaultOpen = true, className }: Omit<UploadTrayProps, keyof TextOptions>) {
  const runtime = useUploadRuntime()
  const uploaders = useStore(runtime.uploaders)
  const summary = useUploadSummary()
  const isUploading = useIsUploading()
  const { messages, dir } = useCompleteTexts()
  const [isOpen, setIsOpen] = useState(defaultOpen)
  const [isShown, setIsShown] = useState(false)
  const id = useId()
  const [isAtTop, setIsAtTop] = useState(false)
  const head = useRef<HTMLDivElement>(null)
  if (isUploading && !isShown) setIsShown(true)
  const isRendered = isShown && summary.total > 0
  useEffect(() => {
    const tray = isRendered && head.current?.parentElement
    if (!tray) return undefined
    return revealFocus(tray, () => {
      setIsOpen(false)
      setIsAtTop((before) => !before)
    })
  }, [isRendered])
  if (!isRendered) return null
  return (
    <StylingContext.Provider value={trayStyling}>
      <FocusFrame
        store={runtime}
        dir={dir}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the frame is always a <div>
        role="region"
        aria-label={messages.uploads}
        data-putaway="tray"
        data-part="tray"
        data-open={isOpen || undefined}
        data-side={isAtTop ? 'top' : undefined}
        className={className ? `putaway-tray ${className}` : 'putaway-tray'}
      >
        <div ref={head} className="putaway-tray-head">
          <SummaryLabel summary={summary} />
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={id}
            aria-label={isOpen ? messages.collapse : messages.expand}
            onClick={() => setIsOpen(!isOpen)}
            {...iconButtonProps('fold', isOpen ? messages.collapse : messages.expand)}
          />
          {!isInProgress(summary) && (
            <button
              type="button"
              aria-label={messages.close}
              onClick={() => setIsShown(false)}
              {...iconButtonProps('close', messages.close)}
            />
          )}
        </div>
        {isInProgress(summary) && <ProgressBar value={summary.progress} data-status="uploading" />}
        <div id={id} className="putaway-tray-rows" hidden={!isOpen}>
          {uploaders.map((uploader, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- uploaders have no ids and keep their order
            <RootContextProvider key={index} uploader={uploader}>
              <Rows />
            </RootContextProvider>
          ))}
        </div>
        {/* The live regions are outside of the rows, so that they announce also while the rows are hidden. */}
        {uploaders.map((uploader, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- uploaders have no ids and keep their order
          <RootContextProvider key={index} uploader={uploader}>
            <LiveRegion className="putaway-live" />
          </RootContextProvider>
        ))}
      </FocusFrame>
    </StylingContext.Provider>
  )
}

/** Actions in the tray: cancel and retry. There is no remove, because a file is removed in its own list. */
function TrayActions() {
  const { messages } = useCompleteTexts()
  return (
    <span className="putaway-actions">
      <Cancel {...iconButtonProps('close', messages.cancel)} />
      <Retry {...iconButtonProps('retry', messages.retry)} />
    </span>
  )
}

const trayStyling = { slots: { actions: TrayActions } }

/**
 * Shows the total progress of the provider in the page title, "(42%) My app", while uploads are active. Renders
 * nothing.
 */
export function UploadDocumentTitle() {
  const isUploading = useIsUploading()
  const { progress } = useUploadSummary()
  const { formatters } = useTexts()
  const percent = formatters.percent(progress)
  useEffect(() => {
    if (!isUploading) return undefined
    const titlePrefix = `(${percent}) `
    document.title = titlePrefix + document.title
    return () => {
      // The app may have changed the title in the meantime.
      if (document.title.startsWith(titlePrefix)) document.title = document.title.slice(titlePrefix.length)
    }
  }, [isUploading, percent])
  return null
}
