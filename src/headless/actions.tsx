'use client'

import { useRef, useState } from 'react'
import type { ComponentPropsWithoutRef, KeyboardEvent, PointerEvent } from 'react'
import { useStore } from 'zustand'
import { useUploadRuntime } from '../react/context.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import type { Lightbox as LoadedLightbox } from './lightbox/Lightbox.tsx'
import { availableActionOf, availableControlOf } from './entry-status.ts'
import { announce } from './lazy/load-page-code.ts'
import { loadRowCode } from './lazy/load-row-code.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { useTexts } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'
import { composeHandlers, createPart, useMergedRefs } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import type { ActionState } from './entry-status.ts'
import {
  moveEntry,
  nameOf,
  removeEntry,
  useEntries,
  useEntry,
  useEntryStatus,
  useOptionalEntry,
  useScope,
} from './context.ts'

type Action = 'cancel' | 'retry' | 'remove'

/**
 * Props of an action button. Its accessible name includes the file, and it never submits a form. The focus code finds
 * it by `data-action`.
 */
const actionProps = (messages: Texts['messages'], name: Action | 'open' | 'move', file: string) => ({
  type: 'button' as const,
  'data-action': name,
  'aria-label': messages[`${name}Of`](file),
})

/** Cancels the upload. Rendered only while that is possible. */
export const Cancel: Part<'button', ActionState> = /* @__PURE__ */ createPart('cancel', 'button', (rest) =>
  useActionPart('cancel', rest),
)

/** Retries a failed upload or starts a canceled one. Rendered only where a retry may help. */
export const Retry: Part<'button', ActionState> = /* @__PURE__ */ createPart('retry', 'button', (rest) =>
  useActionPart('retry', rest),
)

type ButtonProps = ComponentPropsWithoutRef<'button'>

function useActionPart(name: 'cancel' | 'retry', { onClick, ...rest }: Omit<ButtonProps, 'children'>) {
  const { uploader, disabled } = useScope()
  const { messages } = useTexts()
  const entry = useEntry()
  const availableAction = useEntryStatus(entry, availableActionOf)
  if (availableAction !== name) return undefined
  const file = nameOf(entry)
  return {
    state: { name: file },
    props: {
      ...actionProps(messages, name, file),
      disabled: disabled && name === 'retry',
      ...rest,
      onClick: composeHandlers(onClick, () => uploader[name](entry.id)),
    },
    children: messages[name],
  }
}

type Control = 'start' | 'pause' | 'resume'

/** State of a button that acts on one file in a row, and on all files elsewhere. */
export interface ControlState {
  /** The name of the file. Undefined for all files. */
  readonly name: string | undefined
}

/**
 * Starts a file that is held by `start: 'manual'`. In a row it acts on that file, elsewhere on all files. Rendered only
 * while there is something to start.
 */
export const Start: Part<'button', ControlState> = /* @__PURE__ */ createPart('start', 'button', (rest) =>
  useControlPart('start', rest),
)

/** Pauses the file of its row, or all files. Rendered only while that is possible. */
export const Pause: Part<'button', ControlState> = /* @__PURE__ */ createPart('pause', 'button', (rest) =>
  useControlPart('pause', rest),
)

/**
 * Resumes the paused file of its row, or all paused and held files. Rendered only while there is something to resume.
 * With `start: 'manual'`, files that have not begun have the button `Start` instead.
 */
export const Resume: Part<'button', ControlState> = /* @__PURE__ */ createPart('resume', 'button', (rest) =>
  useControlPart('resume', rest),
)

function useControlPart(control: Control, { onClick, ...rest }: Omit<ButtonProps, 'children'>) {
  const { uploader, disabled } = useScope()
  const { messages } = useCompleteTexts()
  const entry = useOptionalEntry()
  const isManual = uploader.options().start === 'manual'
  const isAvailable = useStore(entry?.kind === 'upload' ? entry.item.store : uploader.store, (state) =>
    'items' in state
      ? !entry && state.items.some((item) => availableControlOf(item, isManual) === control)
      : availableControlOf(state, isManual) === control,
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

/** Removes the file from the list. Not rendered if the list is read-only. */
export const Remove: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'remove',
  'button',
  ({ onClick, ...rest }) => {
    const scope = useScope()
    const texts = useTexts()
    const { messages } = texts
    const runtime = useUploadRuntime()
    const entry = useEntry()
    if (scope.readOnly) return undefined
    const name = nameOf(entry)
    return {
      state: { name },
      props: {
        ...actionProps(messages, 'remove', name),
        disabled: scope.disabled,
        ...rest,
        onClick: composeHandlers(onClick, () => {
          removeEntry(scope, entry)
          void announce(runtime, texts, ({ removed, undoAvailable }) =>
            scope.field ? undoAvailable(removed(name)) : `${removed(name)}.`,
          )
        }),
      },
      children: messages.remove,
    }
  },
)

/**
 * Moves its row. Users drag it, or focus it and press an arrow key, Home or End. The code loads at the first use.
 * Rendered only while the list has at least two rows.
 */
export const DragHandle: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'handle',
  'button',
  ({ onPointerDown, onKeyDown, style, ...rest }) => {
    const scope = useScope()
    const texts = useTexts()
    const runtime = useUploadRuntime()
    const entry = useEntry()
    const entries = useEntries()
    if (entries.length < 2 || scope.readOnly || scope.disabled) return undefined
    const name = nameOf(entry)
    const reorderOptions = {
      name,
      texts,
      runtime,
      move: (to: number) => moveEntry(scope, entry, to),
    }
    return {
      state: { name },
      props: {
        ...actionProps(texts.messages, 'move', name),
        title: texts.messages.moveHint,
        ...rest,
        // A touch on the handle moves the row instead of scrolling the page.
        style: { touchAction: 'none', ...style },
        onPointerDown: composeHandlers(onPointerDown, (event: PointerEvent<HTMLElement>) => {
          if (event.button !== 0) return
          const { currentTarget: handle, nativeEvent } = event
          loadRowCode().then(
            ({ startDrag }) => startDrag(handle, nativeEvent, reorderOptions),
            ignoreLoadError,
          )
        }),
        onKeyDown: composeHandlers(onKeyDown, (event: KeyboardEvent<HTMLElement>) => {
          if (!/^(Arrow|Home|End)/.test(event.key)) return
          event.preventDefault()
          const { currentTarget: handle, key } = event
          loadRowCode().then(({ moveByKey }) => moveByKey(handle, key, reorderOptions), ignoreLoadError)
        }),
      },
      children: texts.messages.move,
    }
  },
)

/** Opens the full image in a dialog, which loads at the first click and renders as a sibling of the button. */
export const PreviewTrigger: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'open',
  'button',
  ({ onClick, ...rest }, forwardedRef) => {
    const { messages, dir } = useTexts()
    const entry = useEntry()
    const trigger = useRef<HTMLButtonElement>(null)
    const ref = useMergedRefs(trigger, forwardedRef)
    const [Lightbox, setLightbox] = useState<typeof LoadedLightbox>()
    const name = nameOf(entry)
    const source = entry.kind === 'upload' ? entry.item.file : (entry.image.url ?? entry.file)
    return {
      state: { name },
      props: {
        ...actionProps(messages, 'open', name),
        'aria-haspopup': 'dialog',
        ...rest,
        ref,
        onClick: composeHandlers(onClick, () => {
          loadRowCode().then((rowCode) => setLightbox(() => rowCode.Lightbox), ignoreLoadError)
        }),
      },
      children: messages.open,
      sibling: Lightbox && source !== undefined && (
        <Lightbox
          {...{ source, name, dir, trigger }}
          closeLabel={messages.close}
          onClose={() => setLightbox(undefined)}
        />
      ),
    }
  },
)
