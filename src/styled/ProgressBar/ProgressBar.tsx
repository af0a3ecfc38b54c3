'use client'

import type { ComponentPropsWithoutRef } from 'react'
import type { UploadItem } from '../../core/item.ts'
import { EntryProvider } from '../../headless/item.tsx'
import { progressBarContent, Progress } from '../../headless/status/status-parts.tsx'
import { uploadEntryOf } from '../../headless/context.ts'
import { createPart } from '../../headless/create-part.tsx'
import type { Part } from '../../headless/create-part.tsx'
import { progressFillProps } from './RowProgress.tsx'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'

interface BarProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children' | 'role'> {
  /** Accessible name of the bar. Default: "Upload of beach.jpg" with `item`, "Upload progress" with `value`. */
  readonly label?: string | undefined
}

interface ItemBarProps extends BarProps {
  /** The item to show. A change of its progress renders only the bar, not the parent component. */
  readonly item: UploadItem
  readonly value?: undefined
}

interface ValueBarProps extends BarProps {
  readonly item?: undefined
  /** Fraction 0 to 1, for example `totalProgress(items)`. Undefined or NaN: indeterminate. */
  readonly value: number | undefined
}

export type ProgressBarProps = ItemBarProps | ValueBarProps

/**
 * Shows a progress bar with an accessible name, a value and its status as text. The bar is indeterminate while there is
 * nothing to measure.
 */
export function ProgressBar(props: ProgressBarProps) {
  const { item, value, className, ...rest } = props
  const barClassName = className ? `putaway-progress ${className}` : 'putaway-progress'
  if (!item) return <ValueBar {...rest} {...progressFillProps} value={value} className={barClassName} />
  return (
    <EntryProvider entry={uploadEntryOf(item)}>
      <Progress {...rest} {...progressFillProps} keepMounted className={barClassName} />
    </EntryProvider>
  )
}

interface ValueBarOptions {
  readonly label?: string | undefined
  readonly value: number | undefined
}

const ValueBar: Part<'div', unknown, ValueBarOptions> = /* @__PURE__ */ createPart(
  'progress',
  'div',
  ({ label, value, ...rest }) => {
    const { messages, formatters } = useCompleteTexts()
    const fraction = value !== undefined && Number.isFinite(value) ? value : undefined
    const text = fraction === undefined ? messages.starting : formatters.percent(fraction)
    return progressBarContent(rest, fraction, text, label ?? messages.progress)
  },
)
