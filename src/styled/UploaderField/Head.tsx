'use client'

import type { ReactNode } from 'react'
import { useEntries, useRootContext } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { LazyListActions } from '../lazy-list-parts.ts'
import { useClassNames } from '../styling.ts'
import type { LayoutProps } from './layout-props.ts'

interface HeadProps extends Omit<LayoutProps, 'capture' | 'directory'> {
  /** A button at the end of the line. */
  readonly action?: ReactNode
}

/** The label, the description, the count and actions for all files. */
export function Head({ label, description, labelId, descriptionId, action }: HeadProps) {
  const { uploader } = useRootContext()
  const { messages, formatters } = useTexts()
  const classNameOf = useClassNames()
  const count = useEntries().length
  const { multiple, maxFiles } = uploader.options()
  return (
    <>
      <div className="putaway-head">
        <span id={labelId} className={classNameOf('label', 'putaway-label')}>
          {label}
        </span>
        <span className="putaway-head-end">
          <LazyListActions />
          {multiple !== false && (count > 0 || maxFiles !== undefined) && (
            <span className="putaway-count">{messages.count(count, maxFiles, formatters)}</span>
          )}
          {action}
        </span>
      </div>
      {description !== undefined && (
        <div id={descriptionId} className={classNameOf('description', 'putaway-description')}>
          {description}
        </div>
      )}
    </>
  )
}
