'use client'

import { isRetrying, displayStatusOf, statusAttributes } from '../../headless/entry-status.ts'
import { nameOf, useEntry, useEntryStatus } from '../../headless/context.ts'
import { Status } from '../../headless/status/status-parts.tsx'
import { ActionIcon } from '../action-icons.tsx'
import { RowProgress } from '../ProgressBar/RowProgress.tsx'
import { FileName } from '../Row/FileName.tsx'
import { RowSpeed } from '../Row/RowSpeed.tsx'
import { useClassNames } from '../styling.ts'
import { TileError } from './TileError.tsx'

/** Shows progress or an error over an image, and a check mark when it is done. A tile without a picture has its name. */
export function UploadOverlay({
  showText = true,
}: {
  /** False if the text is shown elsewhere. */ readonly showText?: boolean | undefined
}) {
  const entry = useEntry()
  const displayStatus = useEntryStatus(entry, displayStatusOf)
  const retrying = useEntryStatus(entry, isRetrying)
  const classNameOf = useClassNames()
  // Seen in the grid, if there is no picture.
  const name = showText && (
    <span className={classNameOf('name', 'putaway-tile-name')}>
      <FileName name={nameOf(entry)} />
    </span>
  )
  if (displayStatus === 'stored') return name
  const isDone = displayStatus === 'done'
  const isError = displayStatus === 'error'
  return (
    <>
      {isDone && name}
      <div className="putaway-veil" {...statusAttributes(displayStatus, retrying)}>
        {isDone && (
          <span className="putaway-done">
            <ActionIcon name="check" />
          </span>
        )}
        {showText && (
          <Status
            className={classNameOf('status', isDone || isError ? 'putaway-live' : 'putaway-veil-text')}
          />
        )}
        {showText && isError && <TileError />}
        {showText && <RowSpeed />}
        <RowProgress />
      </div>
    </>
  )
}
