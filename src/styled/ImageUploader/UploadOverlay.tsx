'use client'

import { isRetrying, displayStatusOf, statusAttributes } from '../../headless/entry-status.ts'
import { useEntry, useEntryStatus } from '../../headless/context.ts'
import { Status } from '../../headless/item.tsx'
import { Icon } from '../icons.tsx'
import { RowProgress } from '../ProgressBar/ProgressBar.tsx'
import { RowSpeed } from '../Row.tsx'
import { useClassNames } from '../styling.ts'

/** Shows progress or an error over an image, and a check mark when it is done. */
export function UploadOverlay({
  showText = true,
}: {
  /** False if the text is shown elsewhere. */ readonly showText?: boolean
}) {
  const entry = useEntry()
  const displayStatus = useEntryStatus(entry, displayStatusOf)
  const retrying = useEntryStatus(entry, isRetrying)
  const classNameOf = useClassNames()
  if (displayStatus === 'stored') return null
  const isDone = displayStatus === 'done'
  return (
    <div className="putaway-veil" {...statusAttributes(displayStatus, retrying)}>
      {isDone && (
        <span className="putaway-done">
          <Icon name="check" />
        </span>
      )}
      {showText && (
        <Status className={classNameOf('status', isDone ? 'putaway-live' : 'putaway-veil-text')} />
      )}
      {showText && <RowSpeed />}
      <RowProgress />
    </div>
  )
}
