'use client'

import { Progress } from '../../headless/status/status-parts.tsx'
import { useClassNames } from '../styling.ts'

/** Props of every bar: its mark for CSS, and the part that grows. */
export const fillProps = { 'data-putaway': 'progress', children: <div className="putaway-progress-fill" /> }

/** The progress bar of a row, while its upload is active. A module of its own: `ProgressBar` needs texts that load later. */
export function RowProgress() {
  const classNameOf = useClassNames()
  return <Progress {...fillProps} className={classNameOf('progress', 'putaway-progress')} />
}
