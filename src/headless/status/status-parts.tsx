'use client'

import type { CSSProperties } from 'react'
import { isPending } from '../../core/item.ts'
import { progressOfItem } from '../../core/progress.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import type { CompleteTexts } from '../../i18n/complete-texts.ts'
import { wholePercent } from '../../i18n/number-format.ts'
import { errorText } from '../../i18n/texts.tsx'
import { nameOf, useEntry, useEntryStatus } from '../context.ts'
import type { EntryStatus } from '../context.ts'
import { createPart } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { displayStatusOf, isRetrying, statusAttributes } from '../entry-status.ts'

export interface ProgressState {
  /** Integer 0 to 100. Undefined while there is nothing to measure. */
  readonly percent: number | undefined
  /** Text of the status: "Uploading, 42%". */
  readonly text: string
}

interface ProgressOptions {
  /** Accessible name of the progress bar. Default: "Upload of beach.jpg". */
  readonly label?: string | undefined
  /** Whether to render the bar also while no upload is active. Default: false. */
  readonly keepMounted?: boolean | undefined
}

/**
 * A progress bar, rendered while the upload is active. CSS gets `--progress`, for example `42%`, and
 * `data-indeterminate`.
 */
export const Progress: Part<'div', ProgressState, ProgressOptions> = /* @__PURE__ */ createPart(
  'progress',
  'div',
  ({ label, keepMounted, ...rest }) => {
    const entry = useEntry()
    const texts = useCompleteTexts()
    const status = useEntryStatus(entry, selectCompleteStatus)
    if (status.status === 'stored' || !(keepMounted || isEntryPending(status))) return undefined
    const text = statusText(status, texts)
    const { messages } = texts
    return progressBarContent(
      { ...statusAttributes(displayStatusOf(status), isRetrying(status)), ...rest },
      status.status === 'starting' || status.status === 'finishing' ? undefined : progressOfItem(status),
      status.status === 'uploading' && !status.paused && !status.retrying ? messages.uploading(text) : text,
      label ?? messages.progressOf(nameOf(entry)),
    )
  },
)

/** Returns the state and the props of a progress bar: its accessible name, its value, and its status as text. */
export function progressBarContent(
  { style, ...rest }: { readonly style?: CSSProperties | undefined },
  fraction: number | undefined,
  text: string,
  label: string,
) {
  const percent = fraction === undefined ? undefined : wholePercent(fraction)
  return {
    state: { percent, text },
    props: {
      'data-indeterminate': percent === undefined || undefined,
      ...rest,
      // `<progress>` cannot be styled consistently across browsers.
      role: 'progressbar',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': percent,
      'aria-valuetext': text,
      style: { ...style, '--progress': `${percent ?? 100}%` },
    },
  }
}

/** The status as text: "Waiting", "42%", "Uploaded", or the reason of a failure. */
export const Status: Part<'span', EntryStatus> = /* @__PURE__ */ createPart('status', 'span', (rest) => {
  const status = useEntryStatus(useEntry(), selectCompleteStatus)
  const texts = useCompleteTexts()
  if (status.status === 'stored') return undefined
  return {
    state: status,
    props: { ...statusAttributes(displayStatusOf(status), isRetrying(status)), ...rest },
    children: statusText(status, texts),
  }
})

/** Returns the text of a status: a few words, or a sentence for an error. Empty for a stored image. */
export function statusText(status: EntryStatus, texts: CompleteTexts): string {
  const { messages, formatters } = texts
  if ('removeError' in status && status.removeError)
    return messages.notRemoved(errorText(status.removeError, texts))
  if (isRetrying(status)) return navigator.onLine ? messages.retrying : messages.offline
  switch (status.status) {
    case 'idle':
      return status.canceled ? messages.canceled : status.held ? messages.held : messages.queued
    case 'starting':
      return status.step === 'preparing' ? messages.preparing : messages.starting
    case 'uploading':
      return status.paused ? messages.paused : formatters.percent(status.progress)
    case 'finishing':
      return status.step === 'checking' ? messages.checking : messages.finishing
    case 'done':
      return messages.done
    case 'error':
      return errorText(status.error, texts)
    case 'stored':
      return ''
  }
  return status satisfies never
}

/** Selects the complete status, progress included. */
const selectCompleteStatus = (status: EntryStatus) => status

const isEntryPending = (status: EntryStatus) => status.status !== 'stored' && isPending(status)
