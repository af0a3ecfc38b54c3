'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { ClipboardEvent, DragEvent, FocusEvent, PointerEvent, RefCallback } from 'react'
import { pickerAccept } from '../../protocol/accept.ts'
import { useUploadRuntime } from '../../react/context.ts'
import type { UploadRuntime } from '../../react/context.ts'
import { askAgain, later } from '../../react/later.ts'
import type { Held, ZoneEvents } from '../dropping.ts'
import type { ReactDropzone as Loaded } from '../ReactDropzone.tsx'
import { dragRefusal } from '../drag.ts'
import { opensAnew, rememberChooser } from '../chooser.ts'
import { useTexts } from '../texts.tsx'
import type { Texts } from '../texts.tsx'
import { after, part, useBoth } from './part.tsx'
import type { Part } from './part.tsx'
import { add, useEntries, useScope } from './scope.ts'

export interface DropzoneState {
  /** Drag state: no files over the zone, files that may be accepted, or files that are rejected. */
  readonly drag: 'none' | 'accept' | 'reject'
  /** Text that explains why, while `drag` is `reject`. */
  readonly reason: string | undefined
  /** Text that explains why the last drop added nothing: it had no file. Cleared by the next drag or added file. */
  readonly problem: string | undefined
  /** Whether the list has reached `maxFiles`. */
  readonly full: boolean
  /** Opens the file picker. Throws if there is no `Upload.Input`. */
  readonly open: () => void
  /** Props for a custom button that opens the picker. `Trigger` already has them. */
  readonly buttonProps: {
    readonly ref: RefCallback<HTMLButtonElement>
    readonly type: 'button'
    readonly disabled: boolean
    readonly onClick: () => void
  }
}

/** Returns the remaining room and the functions that open the picker. */
function useChooser(disabledHere = false) {
  const { uploader, picker, readOnly, ...scope } = useScope()
  const { numbers } = useTexts()
  const { store, options } = uploader
  const count = useEntries().length
  const { multiple = true, maxFiles = Infinity } = options()
  const ref = useCallback((button: HTMLButtonElement | null) => rememberChooser(store, button), [store])
  const open = useCallback(() => {
    if (!picker.current) throw new Error('There is no <Upload.Input> to choose files with.')
    picker.current.dispatchEvent(new Event(opensAnew))
    picker.current.click()
  }, [picker])
  const disabled = disabledHere || scope.disabled || readOnly
  return {
    ref,
    open,
    disabled,
    multiple,
    room: multiple ? Math.max(0, maxFiles - count) : 1,
    empty: count === 0,
    /** Preloads on hover, focus or drag, when files are likely next. */
    warm: () => {
      if (disabled) return
      uploader.warm?.()
      // The first format with a unit is slow in browsers: run it before all rows need one.
      numbers.size(1)
      numbers.size(1000)
    },
  }
}

interface Near {
  readonly onPointerEnter?: ((event: PointerEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
  readonly onFocus?: ((event: FocusEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
}

/** Preload on hover or focus. */
const near = ({ onPointerEnter, onFocus }: Near, warm: () => void) => ({
  onPointerEnter: after(onPointerEnter, warm),
  onFocus: after(onFocus, warm),
})

/**
 * Accepts dropped or pasted files and folders. Rejects nothing itself: the uploader's rules do. `data-drag` is
 * `none`, `accept` or `reject`. Takes no focus: put a `Trigger` and an `Input` into it.
 */
export const Dropzone: Part<'div', DropzoneState, { readonly disabled?: boolean | undefined }> =
  /* @__PURE__ */ part('dropzone', 'div', ({ disabled: disabledHere, ...rest }, given) => {
    const scope = useScope()
    const { uploader } = scope
    const texts = useTexts()
    const { messages, numbers } = texts
    const runtime = useUploadRuntime()
    const entries = useEntries()
    const { ref, open, disabled, room, empty, warm } = useChooser(disabledHere)
    const element = useRef<HTMLDivElement>(null)
    const [held, hold] = useState<Held>()
    const [noFile, setNoFile] = useState<{ readonly text: string; readonly entries: unknown }>()
    const events = useRef<ZoneEvents>(undefined)
    const join = useCallback((joined: ZoneEvents | undefined) => {
      events.current = joined
    }, [])
    const [ReactDropzone, load] = useState<typeof Loaded>()
    const take = (files: Iterable<File>) => {
      setNoFile(undefined)
      add(scope, files)
    }
    useEffect(
      () =>
        // Before it loads, files can be dropped, but not folders.
        later(
          () => import('../ReactDropzone.tsx'),
          (loaded) => load(() => loaded.ReactDropzone),
        ),
      [],
    )
    const early = (event: DragEvent | ClipboardEvent) => {
      const { nativeEvent, currentTarget, target } = event
      if (nativeEvent.defaultPrevented || disabled || !currentTarget.contains(target as Node)) return // event targets in React are nodes
      const { files } = 'dataTransfer' in event ? event.dataTransfer : event.clipboardData
      if (files.length === 0) return
      event.preventDefault()
      take(files)
    }
    const over = (event: DragEvent) => {
      if (events.current) events.current.over(event.nativeEvent)
      else if (!disabled && event.dataTransfer.types.includes('Files')) event.preventDefault()
    }
    const { maxFiles = 1 } = uploader.options()
    const drag = !held || disabled ? 'none' : held === 'accept' ? held : 'reject'
    const reason = held === 'too-many' ? messages.full(maxFiles, numbers) : messages.wrongType
    return {
      state: {
        drag,
        reason: drag === 'reject' ? reason : undefined,
        problem: noFile?.entries === entries && drag === 'none' ? noFile.text : undefined,
        full: !empty && room === 0,
        open,
        buttonProps: { ref, type: 'button', disabled, onClick: open },
      },
      props: {
        ...rest,
        ...near(rest, warm),
        ref: useBoth(element, given),
        onDragEnter: unlessPrevented(rest.onDragEnter, (event) => {
          if (event.dataTransfer.types.includes('Files')) warm()
          over(event)
        }),
        onDragOver: unlessPrevented(rest.onDragOver, over),
        onDrop: unlessPrevented(rest.onDrop, (event) => {
          if (events.current) events.current.drop(event.nativeEvent)
          else early(event)
        }),
        onPaste: after(rest.onPaste, (event) => {
          // After the module loads, it listens on the page: Firefox dispatches paste at `body` while a button has
          // focus.
          if (!events.current && !isEditable(event.target)) early(event)
        }),
        'data-drag': drag,
        'data-disabled': disabled || undefined,
      },
      sibling: ReactDropzone && (
        <ReactDropzone
          {...{ element }}
          onJoin={join}
          enabled={() => !disabled}
          held={(dragged) => dragRefusal(uploader, room, dragged) ?? 'accept'}
          onHover={(now) => {
            hold(now)
            if (now) setNoFile(undefined)
          }}
          onFiles={take}
          onNoFile={() => sayNoFile(runtime, texts).then((text) => setNoFile({ text, entries }), askAgain)}
        />
      ),
    }
  })

/** Announces that a drop had no file. Returns the text. */
const sayNoFile = (runtime: UploadRuntime, texts: Texts) =>
  Promise.all([import('../announce.ts'), import('../all-messages.ts')]).then(([{ tell }, { allOf }]) => {
    const { noFile } = allOf(texts).messages
    tell(runtime, noFile)
    return noFile
  })

const isEditable = (target: EventTarget) =>
  target instanceof HTMLElement && target.matches('input, textarea, [contenteditable], [contenteditable] *')

/**
 * Calls the caller's handler, then ours unless the caller prevented the event. `page-drop.ts` handles events that
 * others prevented.
 */
const unlessPrevented =
  (first: ((event: DragEvent<HTMLDivElement>) => void) | undefined, then: (event: DragEvent) => void) =>
  (event: DragEvent<HTMLDivElement>) => {
    const before = event.isDefaultPrevented()
    first?.(event)
    if (before || !event.isDefaultPrevented()) then(event)
  }

/** Opens the file picker. The only way to add files with a keyboard. */
export const Trigger: Part<'button', { readonly full: boolean }> = /* @__PURE__ */ part(
  'trigger',
  'button',
  ({ onClick, disabled: disabledHere, ...rest }, given) => {
    const { messages } = useTexts()
    const { ref, open, disabled, multiple, room, empty, warm } = useChooser(disabledHere)
    const full = !empty && room === 0
    return {
      state: { full },
      props: {
        ...rest,
        ...near(rest, warm),
        ref: useBoth(ref, given),
        type: 'button',
        disabled: disabled || full,
        onClick: after(onClick, open),
      },
      children: multiple ? messages.chooseFiles : messages.chooseFile,
    }
  },
)

/**
 * The hidden file input that `Trigger` opens. `capture` opens the camera on phones. Accessible name: "Choose
 * files", or its `aria-label`.
 */
export const Input: Part<'input', null> = /* @__PURE__ */ part(
  'input',
  'input',
  ({ onChange, onClick, disabled: disabledHere, ...rest }, given) => {
    const scope = useScope()
    const { uploader, picker } = scope
    const { messages } = useTexts()
    const { disabled, multiple, warm } = useChooser(disabledHere)
    const { accept } = uploader.options()
    useEffect(() => {
      const { current } = picker
      current?.addEventListener('cancel', stopPropagation)
      return () => current?.removeEventListener('cancel', stopPropagation)
    }, [picker])
    return {
      state: null,
      props: {
        hidden: true,
        tabIndex: -1,
        'aria-label': multiple ? messages.chooseFiles : messages.chooseFile,
        ...rest,
        ref: useBoth(picker, given),
        type: 'file',
        multiple,
        accept: accept === undefined ? undefined : pickerAccept(accept),
        disabled,
        // Runs however the picker is opened.
        onClick: after(onClick, warm),
        onChange: after(onChange, ({ currentTarget: input }) => {
          // Copied: clearing the input, so that the same file can be chosen again, empties its list.
          const files = [...(input.files ?? [])]
          input.value = ''
          if (files.length > 0) add(scope, files)
        }),
      },
    }
  },
)

/**
 * A picker that is closed without a choice fires a bubbling `cancel`: a `<dialog onCancel>` around it would close.
 */
const stopPropagation = (event: Event) => event.stopPropagation()
