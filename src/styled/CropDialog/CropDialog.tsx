'use client'

import { useId, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import type { CropRequest } from '../../image/crop/crop-requests.ts'
import { CropEditor } from './CropEditor.tsx'
import { useCropTexts } from './useCropTexts.ts'
import { isolatedEvents, useModal } from './useModal.ts'

interface CropDialogProps {
  readonly request: CropRequest
  /** Files that may wait for a crop after this one. */
  readonly remainingFiles: readonly File[]
}

/**
 * Asks for the crop of one file after the other. Stays open until no file waits. Escape cancels the crop of the current
 * file.
 */
export function CropDialog({ request, remainingFiles }: CropDialogProps) {
  const { messages, formatters, dir } = useCropTexts()
  const { source, options, settle } = request
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [shownSource, setShownSource] = useState(source)
  const [position, setPosition] = useState(1)
  if (shownSource !== source) {
    setShownSource(source)
    setPosition(position + 1)
  }
  const onCancel = () => settle(options.onCancel === 'keep' ? { crop: undefined } : 'dropped')
  useModal(dialog, onCancel)
  useFocusReturn(dialog)
  const total = position + remainingFiles.length
  return (
    // Escape closes the dialog. The handlers only stop events.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={dialog}
      className="putaway-crop"
      data-putaway="crop"
      aria-labelledby={titleId}
      dir={dir}
      {...isolatedEvents}
    >
      <div className="putaway-head">
        {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the page decides about the levels of headings */}
        <span id={titleId} className="putaway-label">
          {messages.cropTitle}
        </span>
        {total > 1 && (
          <span className="putaway-count">{messages.cropCount(position, total, formatters)}</span>
        )}
      </div>
      <CropEditor key={position} {...{ request, remainingFiles, onCancel }} />
    </dialog>
  )
}

/** Focuses the button that chooses files after the dialog has closed, if the browser has restored no focus. */
function useFocusReturn(dialog: RefObject<HTMLElement | null>) {
  useLayoutEffect(() => {
    const field = dialog.current?.closest('[data-part="root"]')
    return () => {
      setTimeout(() => {
        // Safari does not focus a pressed button, so there is no focus to restore.
        if (field && field.ownerDocument.activeElement === field.ownerDocument.body)
          field.querySelector<HTMLElement>('[data-part="trigger"]')?.focus({ preventScroll: true })
      })
    }
  }, [dialog])
}
