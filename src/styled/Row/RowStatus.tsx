'use client'

import { Status } from '../../headless/status/status-parts.tsx'
import { RowProgress } from '../ProgressBar/RowProgress.tsx'
import { RowSpeed } from './RowSpeed.tsx'
import { useClassNames } from '../styling.ts'

/** Progress, status and speed of a row. */
export function RowStatus({ showProgress = true }: { readonly showProgress?: boolean }) {
  const classNameOf = useClassNames()
  return (
    <>
      <div className="putaway-status">
        {showProgress && <RowProgress />}
        <Status className={classNameOf('status', 'putaway-status-text')} />
      </div>
      <RowSpeed />
    </>
  )
}
