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
  /** Whether files are held over the zone, and whether any of them can be taken. */
  readonly drag: 'none' | 'accept' | 'reject'
  /** Why not, for people, while `drag` is `reject`. */
  readonly reason: string | undefined
  /** Why the last drop added nothing, for people: it had no file. Until something is held over the zone or added. */
  readonly problem: string | undefined
  /** Whether the list holds as many files as it may. */
  readonly full: boolean
  /** Opens the file picker. */
  readonly open: () => void
  /** For a button of your own that opens the picker; `Trigger` has them already. */
  readonly buttonProps: {
    readonly ref: RefCallback<HTMLButtonElement>
    readonly type: 'button'
    readonly disabled: boolean
    readonly onClick: () => void
  }
}

/** Whether there is room, and how the picker opens. */
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
    /** Somebody seems about to choose files. */
    warm: () => {
      if (disabled) return
      uploader.warm?.()
      // Browsers get ready for units with the first that they write: not when all rows want one.
      numbers.size(1)
      numbers.size(1000)
    },
  }
}

interface Near {
  readonly onPointerEnter?: ((event: PointerEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
  readonly onFocus?: ((event: FocusEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
}

/** Where a hand comes near, or focus, files may be next. */
const near = ({ onPointerEnter, onFocus }: Near, warm: () => void) => ({
  onPointerEnter: after(onPointerEnter, warm),
  onFocus: after(onFocus, warm),
})

/**
 * A place to drop or paste files and folders. It refuses nothing by itself: the uploader's rules do. `data-drag` is
 * `none`, `accept` or `reject`. It takes no focus: put a `Trigger` and an `Input` into it.
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
        // Until then files can be dropped, if not folders.
        later(
          () => import('../ReactDropzone.tsx'),
          (loaded) => load(() => loaded.ReactDropzone),
        ),
      [],
    )
    const early = (event: DragEvent | ClipboardEvent) => {
      const { nativeEvent, currentTarget, target } = event
      if (nativeEvent.defaultPrevented || disabled || !currentTarget.contains(target as Node)) return // a node, always
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
          // Later the page is listened to: Firefox dispatches at `body` while a button has focus.
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

/** Says aloud that a drop had no file in it. Returns the words. */
const sayNoFile = (runtime: UploadRuntime, texts: Texts) =>
  Promise.all([import('../announce.ts'), import('../all-messages.ts')]).then(([{ tell }, { allOf }]) => {
    const { noFile } = allOf(texts).messages
    tell(runtime, noFile)
    return noFile
  })

const isEditable = (target: EventTarget) =>
  target instanceof HTMLElement && target.matches('input, textarea, [contenteditable], [contenteditable] *')

/** The caller's handler first; ours unless that one prevented the event. Prevented by others is for `dropping.ts`. */
const unlessPrevented =
  (first: ((event: DragEvent<HTMLDivElement>) => void) | undefined, then: (event: DragEvent) => void) =>
  (event: DragEvent<HTMLDivElement>) => {
    const before = event.isDefaultPrevented()
    first?.(event)
    if (before || !event.isDefaultPrevented()) then(event)
  }

/** The button that opens the picker: the one way in with a keyboard. */
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
 * The file input that `Trigger` opens. It is hidden; `capture` asks phones for their camera. Its name for those who
 * look for it: "Choose files", or its `aria-label`.
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
        // However it is opened.
        onClick: after(onClick, warm),
        onChange: after(onChange, ({ currentTarget: input }) => {
          // A copy: emptying the input, so that the same file can be chosen again, empties its list.
          const files = [...(input.files ?? [])]
          input.value = ''
          if (files.length > 0) add(scope, files)
        }),
      },
    }
  },
)

/** A picker that is closed without a choice tells it to everything around it: a `<dialog onCancel>` would close. */
const stopPropagation = (event: Event) => event.stopPropagation()
