'use client'

import { Icon } from '../icons.tsx'
import type { DropzoneState } from '../../headless/drop/dropzone.tsx'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'

export type DropNotesProps = Pick<DropzoneState, 'problem' | 'reading' | 'leftOutCount'>

/**
 * Shows one of three notes: why the last drop added nothing; how many files of a folder were found so far, with a
 * button that stops reading; or how many system files were left out.
 */
export function LoadedDropNotes({ problem, reading, leftOutCount }: DropNotesProps) {
  const { messages, formatters } = useCompleteTexts()
  return (
    <>
      {problem !== undefined && (
        <span className="putaway-drop-problem">
          <Icon name="alert" />
          {problem}
        </span>
      )}
      {reading ? (
        <span className="putaway-folder-note" data-part="reading">
          {messages.reading(reading.count, formatters)}
          <button type="button" className="putaway-button" onClick={reading.stop}>
            {messages.cancel}
          </button>
        </span>
      ) : (
        leftOutCount > 0 && (
          <span className="putaway-folder-note" data-part="left-out">
            {messages.leftOut(leftOutCount, formatters)}
          </span>
        )
      )}
    </>
  )
}
