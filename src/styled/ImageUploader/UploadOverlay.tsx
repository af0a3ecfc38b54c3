'use client'

import { isRetrying, displayStatusOf, statusAttributes } from '../../headless/entry-status.ts'
import { useEntry, useEntryStatus } from '../../headless/context.ts'
import { Status } from '../../headless/item.tsx'
import { Icon } from '../icons.tsx'
import { RowProgress } from '../ProgressBar/RowProgress.tsx'
import { RowSpeed } from '../RowSpeed.tsx'
import { lazyComponent } from '../../react/lazy-component.ts'
import { loadListCode } from '../load-list-code.ts'
import { useClassNames } from '../styling.ts'

const LazyTileError = /* @__PURE__ */ lazyComponent(loadListCode, ({ TileError }) => TileError)

/** Shows progress or an error over an image, and a check mark when it is done. */
export function UploadOverlay({
  showText = true,
}: {
  /** False if the text is shown elsewhere. */ readonly showText?: boolean | undefined
}) {
  const entry = useEntry()
  const displayStatus = useEntryStatus(entry, displayStatusOf)
  const retrying = useEntryStatus(entry, isRetrying)
  const classNameOf = useClassNames()
  if (displayStatus === 'stored') return null
  const isDone = displayStatus === 'done'
  const isError = displayStatus === 'error'
  return (
    <div className="putaway-veil" {...statusAttributes(displayStatus, retrying)}>
      {isDone && (
        <span className="putaway-done">
          <Icon name="check" />
        </span>
      )}
      {showText && (
        <Status className={classNameOf('status', isDone || isError ? 'putaway-live' : 'putaway-veil-text')} />
      )}
      {showText && isError && <LazyTileError />}
      {showText && <RowSpeed />}
      <RowProgress />
    </div>
  )
}
