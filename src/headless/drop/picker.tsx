'use client'

import { useCallback, useEffect } from 'react'
import type { FocusEvent, PointerEvent } from 'react'
import { pickerAccept } from '../../protocol/accept/picker-accept.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { whenLoaded } from '../../internal/lazy-module.ts'
import { loadPageCode } from '../lazy/load-page-code.ts'
import { composeHandlers, createPart, useMergedRefs } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { useEntries, useRootContext } from '../context.ts'
import { pickerOpensEvent, readFiles, registerPickerButton } from './picker-registry.ts'

/** Returns the remaining room and the functions that open the picker. */
export function usePicker(partDisabled = false) {
  const { uploader, picker, readOnly, ...rootContext } = useRootContext()
  const { formatters } = useTexts()
  const { store, options } = uploader
  const count = useEntries().length
  const { multiple = true, maxFiles = Infinity } = options()
  const ref = useCallback((button: HTMLButtonElement | null) => registerPickerButton(store, button), [store])
  const open = useCallback(() => {
    if (!picker.current) throw new Error('There is no <Upload.Input> to choose files with.')
    picker.current.dispatchEvent(new Event(pickerOpensEvent))
    picker.current.click()
  }, [picker])
  const disabled = partDisabled || rootContext.disabled || readOnly
  return {
    ref,
    open,
    disabled,
    multiple,
    room: multiple ? Math.max(0, maxFiles - count) : 1,
    isEmpty: count === 0,
    /** Preloads the upload code on hover, focus or drag, because the user is then likely to choose files. */
    preload: () => {
      if (disabled) return
      uploader.preload?.()
      // Formats two sizes early, because all rows need the formatter, and its first call is slow (`Intl` with a
      // unit).
      formatters.size(1)
      formatters.size(1000)
    },
  }
}

interface PreloadProps {
  readonly onPointerEnter?: ((event: PointerEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
  readonly onFocus?: ((event: FocusEvent<HTMLDivElement & HTMLButtonElement>) => void) | undefined
}

/** Returns event handlers that preload on hover or focus. */
export const preloadProps = ({ onPointerEnter, onFocus }: PreloadProps, preload: () => void) => ({
  onPointerEnter: composeHandlers(onPointerEnter, preload),
  onFocus: composeHandlers(onFocus, preload),
})

/** Opens the file picker. A dropzone needs this button, because the keyboard cannot drop files. */
export const Trigger: Part<'button', { readonly full: boolean }> = /* @__PURE__ */ createPart(
  'trigger',
  'button',
  ({ onClick, disabled: partDisabled, ...rest }, forwardedRef) => {
    const { messages } = useTexts()
    const { ref, open, disabled, multiple, room, isEmpty, preload } = usePicker(partDisabled)
    const full = !isEmpty && room === 0
    return {
      state: { full },
      props: {
        ...rest,
        ...preloadProps(rest, preload),
        ref: useMergedRefs(ref, forwardedRef),
        type: 'button',
        disabled,
        // A disabled button would lose focus when the user has chosen the last file that fits.
        'aria-disabled': full || undefined,
        onClick: composeHandlers(onClick, () => full || open()),
      },
      children: multiple ? messages.chooseFiles : messages.chooseFile,
    }
  },
)

/**
 * The hidden file input that `Trigger` opens. `capture` opens the camera on phones. Accessible name: "Choose
 * files", or its `aria-label`.
 */
export const Input: Part<'input', null> = /* @__PURE__ */ createPart(
  'input',
  'input',
  ({ onChange, onClick, disabled: partDisabled, ...rest }, forwardedRef) => {
    const rootContext = useRootContext()
    const { uploader, picker } = rootContext
    const { messages } = useTexts()
    const { disabled, multiple, preload } = usePicker(partDisabled)
    const { accept } = uploader.options()
    const acceptText = accept === undefined ? undefined : pickerAccept(accept)
    useEffect(() => {
      return whenLoaded(loadPageCode, ({ watchInput }) =>
        picker.current ? watchInput(picker.current) : undefined,
      )
    }, [picker, acceptText])
    return {
      state: null,
      props: {
        hidden: true,
        tabIndex: -1,
        'aria-label': multiple ? messages.chooseFiles : messages.chooseFile,
        ...rest,
        ref: useMergedRefs(picker, forwardedRef),
        type: 'file',
        multiple,
        accept: acceptText,
        disabled,
        // Every way to open the picker fires a click event.
        onClick: composeHandlers(onClick, ({ currentTarget: input }) => {
          // Browsers fire no `change` if the user chooses the files that the input already has.
          input.value = ''
          preload()
        }),
        onChange: composeHandlers(onChange, ({ currentTarget: input }) => {
          // Copies the list, because clearing the input empties it. The input is cleared so that users can choose the
          // same file again.
          const files = [...(input.files ?? [])]
          input.value = ''
          if (!files[0]) return
          readFiles.add(files[0])
          rootContext.addFiles(files)
        }),
      },
    }
  },
)
