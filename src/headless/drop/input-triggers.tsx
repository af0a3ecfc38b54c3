'use client'

import { useRef, useSyncExternalStore } from 'react'
import type { ComponentPropsWithoutRef } from 'react'
import { useUploadRuntime } from '../../react/context.ts'
import { ignoreLoadError } from '../../internal/lazy-module.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { pickerAccept } from '../../protocol/accept/picker-accept.ts'
import { composeHandlers, createPart } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { useRootContext } from '../context.ts'
import { announceText } from '../../a11y/live-announcer.ts'
import { loadDropHandler } from './dropzone.tsx'
import { usePicker } from './picker.tsx'

/**
 * Opens a picker for a folder. The files of the folder keep their paths. This component renders a file input of its
 * own, and renders nothing for a single upload or if the browser cannot choose folders.
 */
export const FolderTrigger: Part<'button', { readonly full: boolean }> = /* @__PURE__ */ createPart(
  'folder-trigger',
  'button',
  (rest) => {
    const rootContext = useRootContext()
    const { messages, formatters } = useCompleteTexts()
    const runtime = useUploadRuntime()
    const isSupported = useSyncExternalStore(neverNotify, canChooseFolders, isSupportedOnServer)
    const content = useInputTrigger(rest, messages.chooseFolder, directoryAttribute, (chosenFiles) => {
      loadDropHandler().then(async ({ contentOfChosen }) => {
        const { files, leftOutCount } = await contentOfChosen(chosenFiles)
        rootContext.addFiles(files, leftOutCount)
        if (leftOutCount > 0) announceText(runtime, messages.leftOut(leftOutCount, formatters))
      }, ignoreLoadError)
    })
    return content.multiple && isSupported ? content : undefined
  },
)

interface CameraOptions {
  /** The camera that opens: `'user'` is the front camera. Default: `'environment'`, the back camera. */
  readonly camera?: 'user' | 'environment' | undefined
}

/**
 * Opens the camera. This component renders a file input of its own with `capture`, so that `Trigger` still opens the
 * photos: the photo picker of Android has no camera. Renders nothing if the browser has no `capture`, as on computers.
 */
export const CameraTrigger: Part<'button', { readonly full: boolean }, CameraOptions> =
  /* @__PURE__ */ createPart<'button', { readonly full: boolean }, CameraOptions>(
    'camera-trigger',
    'button',
    ({ camera = 'environment', ...rest }) => {
      const rootContext = useRootContext()
      const { takePhoto } = useCompleteTexts().messages
      const isSupported = useSyncExternalStore(neverNotify, canCapture, isUnsupportedOnServer)
      const { accept = 'image/*' } = rootContext.uploader.options()
      const inputProps = { capture: camera, accept: pickerAccept(accept) }
      const content = useInputTrigger(rest, takePhoto, inputProps, (photos) => rootContext.addFiles(photos))
      return isSupported ? content : undefined
    },
  )

/** Returns the content of a button that has a file input of its own. */
function useInputTrigger(
  { onClick, disabled: partDisabled, ...rest }: Omit<ComponentPropsWithoutRef<'button'>, 'children'>,
  label: string,
  inputProps: ComponentPropsWithoutRef<'input'>,
  onFiles: (files: readonly File[]) => void,
) {
  const { disabled, multiple, room, isEmpty, preload } = usePicker(partDisabled)
  const input = useRef<HTMLInputElement>(null)
  const full = multiple && !isEmpty && room === 0
  return {
    multiple,
    state: { full },
    props: {
      ...rest,
      type: 'button',
      disabled,
      'aria-disabled': full || undefined,
      // oxlint-disable-next-line react/refs -- the ref is read only when the event fires
      onClick: composeHandlers(onClick, () => {
        if (full) return
        preload()
        input.current?.click()
      }),
    },
    children: label,
    sibling: (
      <input
        {...inputProps}
        ref={input}
        type="file"
        hidden
        tabIndex={-1}
        aria-label={label}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])]
          // The input is cleared so that users can choose the same files again.
          currentTarget.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    ),
  }
}

/** Not written in JSX, because React has no type for this attribute. */
const directoryAttribute: object = { webkitdirectory: '' }
const neverNotify = () => () => {}
const canChooseFolders = () => 'webkitdirectory' in HTMLInputElement.prototype
const isSupportedOnServer = () => true
const canCapture = () => 'capture' in HTMLInputElement.prototype
const isUnsupportedOnServer = () => false
