'use client'

import { useRef, useState } from 'react'
import type { ComponentPropsWithoutRef, KeyboardEvent, PointerEvent } from 'react'
import { useUploadRuntime } from '../../react/context.ts'
import { askAgain } from '../../react/later.ts'
import type { Lightbox as LoadedLightbox } from '../Lightbox.tsx'
import { actionOf } from '../status.ts'
import { useTexts } from '../texts.tsx'
import type { Texts } from '../texts.tsx'
import { after, part, useBoth } from './part.tsx'
import type { Part } from './part.tsx'
import { move, nameOf, remove, useEntries, useEntry, useNow, useScope } from './scope.ts'

/** State of an action button. */
export interface ActionState {
  readonly name: string
}

type Action = 'cancel' | 'retry' | 'remove'

/**
 * Props of an action button: its name includes the file, it never submits, and `data-action` lets the focus code
 * find it.
 */
const action = (messages: Texts['messages'], name: Action | 'open' | 'move', file: string) => ({
  type: 'button' as const,
  'data-action': name,
  'aria-label': messages[`${name}Of`](file),
})

/** Cancels the upload. Rendered only while that is possible. */
export const Cancel: Part<'button', ActionState> = /* @__PURE__ */ part('cancel', 'button', (rest) =>
  useOffer('cancel', rest),
)

/** Retries a failed upload or starts a canceled one. Rendered only where a retry may help. */
export const Retry: Part<'button', ActionState> = /* @__PURE__ */ part('retry', 'button', (rest) =>
  useOffer('retry', rest),
)

type ButtonProps = ComponentPropsWithoutRef<'button'>

function useOffer(name: 'cancel' | 'retry', { onClick, ...rest }: Omit<ButtonProps, 'children'>) {
  const { uploader, disabled } = useScope()
  const { messages } = useTexts()
  const entry = useEntry()
  const offered = useNow(entry, actionOf)
  if (offered !== name) return undefined
  const file = nameOf(entry)
  return {
    state: { name: file },
    props: {
      ...action(messages, name, file),
      disabled: disabled && name === 'retry',
      ...rest,
      onClick: after(onClick, () => uploader[name](entry.id)),
    },
    children: messages[name],
  }
}

/** Removes the file from the list. Not rendered if the list is read-only. */
export const Remove: Part<'button', ActionState> = /* @__PURE__ */ part(
  'remove',
  'button',
  ({ onClick, ...rest }) => {
    const scope = useScope()
    const { messages } = useTexts()
    const entry = useEntry()
    if (scope.readOnly) return undefined
    const name = nameOf(entry)
    return {
      state: { name },
      props: {
        ...action(messages, 'remove', name),
        disabled: scope.disabled,
        ...rest,
        onClick: after(onClick, () => remove(scope, entry)),
      },
      children: messages.remove,
    }
  },
)

/**
 * Moves its row: drag it, or focus it and press an arrow key, Home or End. The code loads at the first use.
 * Rendered only while the list has two rows or more.
 */
export const Handle: Part<'button', ActionState> = /* @__PURE__ */ part(
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
    const order = {
      name,
      texts,
      runtime,
      move: (to: number) => move(scope, entry, to),
    }
    return {
      state: { name },
      props: {
        ...action(texts.messages, 'move', name),
        title: texts.messages.moveHow,
        ...rest,
        // Touch moves the row instead of scrolling the page.
        style: { touchAction: 'none', ...style },
        onPointerDown: after(onPointerDown, (event: PointerEvent<HTMLElement>) => {
          if (event.button !== 0) return
          const { currentTarget: handle, nativeEvent } = event
          import('../reorder.ts').then(({ drag }) => drag(handle, nativeEvent, order), askAgain)
        }),
        onKeyDown: after(onKeyDown, (event: KeyboardEvent<HTMLElement>) => {
          if (!/^(Arrow|Home|End)/.test(event.key)) return
          event.preventDefault()
          const { currentTarget: handle, key } = event
          import('../reorder.ts').then(({ step }) => step(handle, key, order), askAgain)
        }),
      },
      children: texts.messages.move,
    }
  },
)

/** Opens the full image in a dialog, which loads at the first click and renders as a sibling of the button. */
export const Open: Part<'button', ActionState> = /* @__PURE__ */ part(
  'open',
  'button',
  ({ onClick, ...rest }, given) => {
    const { messages, dir } = useTexts()
    const entry = useEntry()
    const trigger = useRef<HTMLButtonElement>(null)
    const ref = useBoth(trigger, given)
    const [Lightbox, setLightbox] = useState<typeof LoadedLightbox>()
    const name = nameOf(entry)
    const source = entry.kind === 'upload' ? entry.item.file : (entry.image.url ?? entry.file)
    return {
      state: { name },
      props: {
        ...action(messages, 'open', name),
        'aria-haspopup': 'dialog',
        ...rest,
        ref,
        onClick: after(onClick, () => {
          import('../Lightbox.tsx').then((loaded) => setLightbox(() => loaded.Lightbox), askAgain)
        }),
      },
      children: messages.open,
      sibling: Lightbox && source !== undefined && (
        <Lightbox
          {...{ source, name, dir, trigger }}
          close={messages.close}
          onClose={() => setLightbox(undefined)}
        />
      ),
    }
  },
)
