'use client'

import type { ComponentPropsWithoutRef } from 'react'
import { useStore } from 'zustand'
import { availableControlOf } from './entry-status.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { composeHandlers, createPart } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import { nameOf, useOptionalEntry, useRootContext } from './context.ts'

type ControlName = 'start' | 'pause' | 'resume'

/** State of a button that acts on one file in a row, and on all files elsewhere. */
export interface ControlState {
  /** The name of the file. Undefined for all files. */
  readonly name: string | undefined
}

/**
 * Starts a file that is held by `start: 'manual'`. Outside of a row it starts all such files.
 * Rendered only while there is something to start.
 */
export const Start: Part<'button', ControlState> = /* @__PURE__ */ createPart('start', 'button', (rest) =>
  useControlPart('start', rest),
)

/** Pauses the file of its row. Outside of a row it pauses all files. Rendered only while a file can be paused. */
export const Pause: Part<'button', ControlState> = /* @__PURE__ */ createPart('pause', 'button', (rest) =>
  useControlPart('pause', rest),
)

/**
 * Resumes the file of its row. Outside of a row it resumes all paused and held files. Rendered only while there is something
 * to resume; with `start: 'manual'` files that have not begun have `Start` instead.
 */
export const Resume: Part<'button', ControlState> = /* @__PURE__ */ createPart('resume', 'button', (rest) =>
  useControlPart('resume', rest),
)

function useControlPart(
  control: ControlName,
  { onClick, ...rest }: Omit<ComponentPropsWithoutRef<'button'>, 'children'>,
) {
  const { uploader, disabled } = useRootContext()
  const { messages } = useCompleteTexts()
  const entry = useOptionalEntry()
  const isManualStart = uploader.options().start === 'manual'
  const isAvailable = useStore(entry?.kind === 'upload' ? entry.item.store : uploader.store, (state) =>
    'items' in state
      ? !entry && state.items.some((item) => availableControlOf(item, isManualStart) === control)
      : availableControlOf(state, isManualStart) === control,
  )
  if (!isAvailable) return undefined
  const name = entry && nameOf(entry)
  return {
    state: { name },
    props: {
      type: 'button' as const,
      'data-action': control,
      'aria-label': name === undefined ? undefined : messages[`${control}Of`](name),
      disabled,
      ...rest,
      onClick: composeHandlers(onClick, () => uploader[control](entry?.id)),
    },
    children: name === undefined ? messages[`${control}All`] : messages[control],
  }
}
