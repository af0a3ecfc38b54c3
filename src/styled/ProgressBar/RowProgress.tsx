'use client'

import { Progress } from '../../headless/status/status-parts.tsx'
import { useClassNames } from '../styling.ts'

/** Props of every progress bar: the attribute that CSS selects, and the element that grows. */
export const progressFillProps = {
  'data-putaway': 'progress',
  children: <div className="putaway-progress-fill" />,
}

/**
 * The progress bar of a row, rendered while its upload is active. It is not in the module of `ProgressBar`, because that
 * module imports texts that the initial bundle must not contain.
 */
export function RowProgress() {
  const classNameOf = useClassNames()
  return <Progress {...progressFillProps} className={classNameOf('progress', 'putaway-progress')} />
}
