'use client'

import type { ComponentPropsWithoutRef } from 'react'
import type { UploadItem } from '../core/item.ts'
import { bar, Entry, Progress } from './parts/item.tsx'
import { part } from './parts/part.tsx'
import type { Part } from './parts/part.tsx'
import { useLook } from './look.ts'
import { useAllTexts } from './all-messages.ts'

interface BarProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children' | 'role'> {
  /** The bar's accessible name. Default: "Upload of beach.jpg" for an item, "Upload progress" for a value. */
  readonly label?: string | undefined
}

interface ItemBarProps extends BarProps {
  /** The item to show. Progress renders only the bar, not its parent. */
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
 * Shows a progress bar with a name, a value and its phase as text. Indeterminate while there is nothing to measure.
 */
export function ProgressBar(props: ProgressBarProps) {
  const { item, value, className, ...rest } = props
  const own = className ? `putaway-progress ${className}` : 'putaway-progress'
  if (!item) return <Value {...rest} {...filled} value={value} className={own} />
  return (
    <Entry item={item}>
      <Progress {...rest} {...filled} always className={own} />
    </Entry>
  )
}

const filled = { 'data-putaway': 'progress', children: <div className="putaway-progress-fill" /> }

/** The progress bar of a row, while its upload is active. */
export function RowProgress() {
  const look = useLook()
  return <Progress {...filled} className={look('progress', 'putaway-progress')} />
}

interface ValueOptions {
  readonly label?: string | undefined
  readonly value: number | undefined
}

const Value: Part<'div', unknown, ValueOptions> = /* @__PURE__ */ part(
  'progress',
  'div',
  ({ label, value, ...rest }) => {
    const { messages, numbers } = useAllTexts()
    const fraction = value !== undefined && Number.isFinite(value) ? value : undefined
    const text = fraction === undefined ? messages.starting : numbers.percent(fraction)
    return bar(rest, fraction, text, label ?? messages.progress)
  },
)
