'use client'

import type { ComponentPropsWithoutRef, CSSProperties } from 'react'
import { itemProgress } from '../core/progress.ts'
import type { UploadItem } from '../core/item.ts'
import { useUploadItem } from '../react/useUploadItem.ts'
import { messages } from './messages.ts'
import { statusAttributes, statusText, wholePercent } from './status.ts'

interface BarProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children' | 'role'> {
  /** The bar's name. Default: "Upload of beach.jpg" for an item, "Upload progress" for a value. */
  readonly label?: string | undefined
}

interface ItemBarProps extends BarProps {
  /** The item to follow. The bar renders for it by itself; what is around it does not. */
  readonly item: UploadItem
  readonly value?: undefined
}

interface ValueBarProps extends BarProps {
  readonly item?: undefined
  /** A fraction 0 to 1, such as `totalProgress(items)`. Undefined or not a number: there is nothing to measure yet. */
  readonly value: number | undefined
}

export type ProgressBarProps = ItemBarProps | ValueBarProps

/** A progress bar with a name, a value and its phase in words; indeterminate while there is nothing to measure. */
export function ProgressBar(props: ProgressBarProps) {
  const { item, value, ...rest } = props
  return item ? <ItemBar {...rest} item={item} /> : <ValueBar {...rest} value={value} />
}

function ItemBar({
  item,
  label = messages.progressOf(item.file.name),
  ...rest
}: Omit<ItemBarProps, 'value'>) {
  const now = useUploadItem(item)
  const measurable = now.status !== 'starting' && now.status !== 'finishing'
  const text = statusText(now)
  return (
    <Bar
      {...statusAttributes(now)}
      {...rest}
      label={label}
      fraction={measurable ? itemProgress(now) : undefined}
      text={now.status === 'uploading' && !now.paused ? messages.uploading(text) : text}
    />
  )
}

function ValueBar({ value, label = messages.progress, ...rest }: Omit<ValueBarProps, 'item'>) {
  const fraction = value !== undefined && Number.isFinite(value) ? value : undefined
  const text = fraction === undefined ? messages.starting : messages.percent(wholePercent(fraction) / 100)
  return <Bar {...rest} label={label} fraction={fraction} text={text} />
}

interface Shown extends BarProps {
  readonly fraction: number | undefined
  readonly text: string
}

function Bar({ fraction, text, label, className, style, ...rest }: Shown) {
  const percent = fraction === undefined ? undefined : wholePercent(fraction)
  // React's types know no custom properties.
  const filled = { ...style, '--_filled': `${percent ?? 100}%` } as CSSProperties
  return (
    <div
      data-indeterminate={percent === undefined || undefined}
      {...rest}
      className={className ? `putaway-progress ${className}` : 'putaway-progress'}
      data-putaway="progress"
      // A <progress> cannot be styled the same everywhere.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
      style={filled}
    >
      <div className="putaway-progress-fill" />
    </div>
  )
}
