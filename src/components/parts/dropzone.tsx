'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { ClipboardEvent, DragEvent, ForwardedRef, RefCallback, RefObject } from 'react'
import { acceptPatterns } from '../../protocol/accept.ts'
import { dragRefusal } from '../drag.ts'
import type { Dropping as Loaded } from '../dropping.tsx'
import { rememberChooser } from '../chooser.ts'
import { useTexts } from '../texts.tsx'
import { after, part } from './part.tsx'
import type { Part } from './part.tsx'
import { add, useEntries, useScope } from './scope.ts'

export interface DropzoneState {
  /** Whether files are held over the zone, and whether any of them can be taken. */
  readonly drag: 'none' | 'accept' | 'reject'
  /** Why not, for people, while `drag` is `reject`. */
  readonly reason: string | undefined
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
  const { store, options } = uploader
  const count = useEntries().length
  const { multiple = true, maxFiles = Infinity } = options()
  const ref = useCallback((button: HTMLButtonElement | null) => rememberChooser(store, button), [store])
  const open = useCallback(() => {
    if (!picker.current) throw new Error('There is no <Upload.Input> to choose files with.')
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
  }
}

/**
 * A place to drop or paste files and folders. It refuses nothing by itself: the uploader's rules do. `data-drag` is
 * `none`, `accept` or `reject`. It takes no focus: put a `Trigger` and an `Input` into it.
 */
export const Dropzone: Part<'div', DropzoneState, { readonly disabled?: boolean | undefined }> =
  /* @__PURE__ */ part('dropzone', 'div', ({ disabled: disabledHere, ...rest }, given) => {
    const scope = useScope()
    const { uploader } = scope
    const { messages, numbers } = useTexts()
    const { ref, open, disabled, room, empty } = useChooser(disabledHere)
    const element = useRef<HTMLDivElement>(null)
    const [refusal, setRefusal] = useState<'wrong-type' | 'too-many'>()
    const [hovered, setHovered] = useState(false)
    const [Dropping, load] = useState<typeof Loaded>()
    useEffect(() => {
      import('../dropping.tsx').then(
        (loaded) => load(() => loaded.Dropping),
        // Files can still be dropped, if not folders.
        () => {},
      )
    }, [])
    const take = (files: Iterable<File>) => add(scope, files)
    const early = (event: DragEvent | ClipboardEvent) => {
      if (Dropping || disabled) return
      const { files } = 'dataTransfer' in event ? event.dataTransfer : event.clipboardData
      if (files.length === 0) return
      event.preventDefault()
      take(files)
    }
    const { maxFiles = 1 } = uploader.options()
    const drag = !hovered || disabled ? 'none' : refusal ? 'reject' : 'accept'
    const reason = refusal === 'too-many' ? messages.full(maxFiles, numbers) : messages.wrongType
    return {
      state: {
        drag,
        reason: drag === 'reject' ? reason : undefined,
        full: !empty && room === 0,
        open,
        buttonProps: { ref, type: 'button', disabled, onClick: open },
      },
      props: {
        ...rest,
        ref: useBoth(element, given),
        onDragEnter: (event: DragEvent<HTMLDivElement>) => {
          rest.onDragEnter?.(event)
          setRefusal(dragRefusal(uploader, room, event.dataTransfer))
        },
        onDragOver: after(rest.onDragOver, (event) => event.preventDefault()),
        onDrop: after(rest.onDrop, early),
        onPaste: after(rest.onPaste, early),
        'data-drag': drag,
        'data-disabled': disabled || undefined,
      },
      beside: Dropping && <Dropping zone={element} disabled={disabled} onFiles={take} onHover={setHovered} />,
    }
  })

/** The button that opens the picker: the one way in with a keyboard. */
export const Trigger: Part<'button', { readonly full: boolean }> = /* @__PURE__ */ part(
  'trigger',
  'button',
  ({ onClick, disabled: disabledHere, ...rest }, given) => {
    const { messages } = useTexts()
    const { ref, open, disabled, multiple, room, empty } = useChooser(disabledHere)
    const full = !empty && room === 0
    return {
      state: { full },
      props: {
        ...rest,
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
  ({ onChange, disabled: disabledHere, ...rest }, given) => {
    const scope = useScope()
    const { uploader, picker } = scope
    const { messages } = useTexts()
    const { disabled, multiple } = useChooser(disabledHere)
    const { accept } = uploader.options()
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
        accept: accept === undefined ? undefined : acceptPatterns(accept).join(','),
        disabled,
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

/** One ref that fills two. */
export function useBoth<Element>(
  own: RefCallback<Element> | RefObject<Element | null>,
  given: ForwardedRef<Element>,
): RefCallback<Element> {
  return useCallback(
    (element) => {
      for (const ref of [own, given]) {
        if (typeof ref === 'function') ref(element)
        else if (ref) ref.current = element
      }
    },
    [own, given],
  )
}
