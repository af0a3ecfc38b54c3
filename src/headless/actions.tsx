'use client'

import { useRef, useState } from 'react'
import type { ComponentProps, ComponentPropsWithoutRef, KeyboardEvent, SyntheticEvent } from 'react'
import { useStore } from 'zustand'
import type { FieldEntry } from '../field/field-state.ts'
import { useUploadRuntime } from '../react/context.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import type { Lightbox as LoadedLightbox, LightboxImage } from './lightbox/Lightbox.tsx'
import { availableActionOf } from './entry-status.ts'
import { loadPageCode } from './lazy/load-page-code.ts'
import { loadRowCode } from './lazy/load-row-code.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import type { CompleteTexts } from '../i18n/complete-texts.ts'
import { composeHandlers, createPart, useMergedRefs } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import type { ActionState } from './entry-status.ts'
import {
  isImageEntry,
  moveEntry,
  nameOf,
  placeholderFieldStore,
  requestRemoval,
  useEntries,
  useEntry,
  useEntryStatus,
  useRootContext,
} from './context.ts'

type ActionName = 'cancel' | 'retry' | 'remove'

/**
 * Props of an action button. Its accessible name includes the file, and it never submits a form. `restoreFocus` finds
 * the button by `data-action`.
 */
const actionProps = (
  messages: CompleteTexts['messages'],
  name: ActionName | 'open' | 'move',
  fileName: string,
) => ({
  type: 'button' as const,
  'data-action': name,
  'aria-label': messages[`${name}Of`](fileName),
})

/** Cancels the upload. Rendered only while the upload can be canceled. */
export const Cancel: Part<'button', ActionState> = /* @__PURE__ */ createPart('cancel', 'button', (rest) =>
  useActionPart('cancel', rest),
)

/** Retries a failed upload or starts a canceled one. Rendered only where a retry may help. */
export const Retry: Part<'button', ActionState> = /* @__PURE__ */ createPart('retry', 'button', (rest) =>
  useActionPart('retry', rest),
)

type ButtonProps = ComponentPropsWithoutRef<'button'>

function useActionPart(name: 'cancel' | 'retry', { onClick, ...rest }: Omit<ButtonProps, 'children'>) {
  const { uploader, disabled } = useRootContext()
  const { messages } = useCompleteTexts()
  const entry = useEntry()
  const availableAction = useEntryStatus(entry, availableActionOf)
  if (availableAction !== name) return undefined
  const fileName = nameOf(entry)
  return {
    state: { name: fileName },
    props: {
      ...actionProps(messages, name, fileName),
      disabled: disabled && name === 'retry',
      ...rest,
      onClick: composeHandlers(onClick, () => uploader[name](entry.id)),
    },
    children: messages[name],
  }
}

/**
 * Removes the file from the list, unless the app's `onRemove` keeps it. The button has `aria-busy` until `onRemove` has
 * answered. Not rendered if the list is read-only.
 */
export const Remove: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'remove',
  'button',
  ({ onClick, ...rest }) => {
    const rootContext = useRootContext()
    const texts = useCompleteTexts()
    const { messages } = texts
    const runtime = useUploadRuntime()
    const entry = useEntry()
    const isRemoving = useEntryStatus(entry, (status) => 'removing' in status && status.removing)
    if (rootContext.readOnly) return undefined
    const name = nameOf(entry)
    return {
      state: { name },
      props: {
        ...actionProps(messages, 'remove', name),
        disabled: rootContext.disabled,
        'aria-busy': isRemoving || undefined,
        ...rest,
        onClick: composeHandlers(onClick, () => {
          void requestRemoval(rootContext, entry).then(async (isRemoved) => {
            const pageCode = await loadPageCode().catch(ignoreLoadError)
            pageCode?.announceRemoval(runtime, texts, rootContext, entry, isRemoved)
          })
        }),
      },
      children: messages.remove,
    }
  },
)

/**
 * A button that moves its row. Users drag it, press an arrow key, Home or End on it, or click it to open a menu. The
 * code that moves rows loads at the first use. Rendered only while the list has two rows or more.
 */
export const DragHandle: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'handle',
  'button',
  ({ onPointerDown, onKeyDown, onClick, style, ...rest }) => {
    const rootContext = useRootContext()
    const texts = useCompleteTexts()
    const runtime = useUploadRuntime()
    const entry = useEntry()
    const entries = useEntries()
    if (entries.length < 2 || rootContext.readOnly || rootContext.disabled) return undefined
    const name = nameOf(entry)
    const move = (newIndex: number) => moveEntry(rootContext, entry, newIndex)
    const reorder = ({ currentTarget: handle, nativeEvent }: SyntheticEvent<HTMLElement>) => {
      loadRowCode().then((code) => {
        code.reorder(handle, nativeEvent, { name, texts, runtime, move })
      }, ignoreLoadError)
    }
    return {
      state: { name },
      props: {
        ...actionProps(texts.messages, 'move', name),
        'aria-haspopup': 'menu' as const,
        title: texts.messages.moveHint,
        ...rest,
        // A touch on the handle moves the row instead of scrolling the page.
        style: { touchAction: 'none', ...style },
        onPointerDown: composeHandlers(onPointerDown, reorder),
        onKeyDown: composeHandlers(onKeyDown, (event: KeyboardEvent<HTMLElement>) => {
          if (!/^(Arrow|Home|End)/.test(event.key)) return
          event.preventDefault()
          reorder(event)
        }),
        onClick: composeHandlers(onClick, reorder),
      },
      children: texts.messages.move,
    }
  },
)

/**
 * Opens the full image in a dialog, which loads at the first click and renders as a sibling of the button. In a list the
 * dialog also shows the next and the previous image.
 */
export const PreviewTrigger: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'open',
  'button',
  ({ onClick, ...rest }, forwardedRef) => {
    const texts = useCompleteTexts()
    const { messages } = texts
    const entry = useEntry()
    const trigger = useRef<HTMLButtonElement>(null)
    const ref = useMergedRefs(trigger, forwardedRef)
    const [Lightbox, setLightbox] = useState<typeof LoadedLightbox>()
    const name = nameOf(entry)
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
      sibling: Lightbox && (
        <LightboxOfList {...{ Lightbox, entry, texts, trigger }} onClose={() => setLightbox(undefined)} />
      ),
    }
  },
)

interface LightboxOfListProps extends Omit<ComponentProps<typeof LoadedLightbox>, 'images' | 'firstImage'> {
  readonly Lightbox: typeof LoadedLightbox
  readonly entry: FieldEntry
}

/** Passes the images of the list to the lightbox. It is a component of its own, because few triggers need the entries. */
function LightboxOfList({ Lightbox, entry, ...rest }: LightboxOfListProps) {
  const entries = useEntries()
  const [firstImage] = imagesOf([entry])
  return (
    firstImage && <Lightbox {...rest} {...{ firstImage }} images={imagesOf(entries.filter(isImageEntry))} />
  )
}

const imagesOf = (entries: readonly FieldEntry[]) =>
  entries.flatMap((entry): LightboxImage[] => {
    const source = entry.kind === 'upload' ? entry.item.file : (entry.image.url ?? entry.file)
    const crop = entry.kind === 'stored' ? entry.image.crop : undefined
    return source === undefined ? [] : [{ id: entry.id, name: nameOf(entry), source, crop }]
  })

/** Restores the entry that was removed last. Rendered only while there is one, and only in a form field. */
export const Undo: Part<'button', { readonly name: string }> = /* @__PURE__ */ createPart(
  'undo',
  'button',
  ({ onClick, ...rest }) => {
    const { field } = useRootContext()
    const { messages } = useCompleteTexts()
    const removedEntry = useStore(field?.store ?? placeholderFieldStore, (state) => state.removed)
    // Renders again when entries change, because files that are added later may use the room that Undo needs.
    useEntries()
    if (!field || !removedEntry || field.room() === 0) return undefined
    const name = nameOf(removedEntry)
    return {
      state: { name },
      props: {
        type: 'button',
        'aria-label': messages.undoOf(name),
        ...rest,
        onClick: composeHandlers(onClick, field.undo),
      },
      children: messages.undo,
    }
  },
)
