'use client'

import type { DropzoneState } from '../../headless/dropzone.tsx'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'

/** Shows that folders are being read, with a button that stops it, and what was left out of them. */
export function FolderNotes({ reading, leftOutCount }: Pick<DropzoneState, 'reading' | 'leftOutCount'>) {
  const { messages, formatters } = useCompleteTexts()
  if (!reading)
    return (
      <span className="putaway-folder-note" data-part="left-out">
        {messages.leftOut(leftOutCount, formatters)}
      </span>
    )
  return (
    <span className="putaway-folder-note" data-part="reading">
      {messages.reading(reading.count, formatters)}
      <button type="button" className="putaway-button" onClick={reading.stop}>
        {messages.cancel}
      </button>
    </span>
  )
}
