'use client'

import { useRef, useSyncExternalStore } from 'react'
import { useUploadRuntime } from '../../react/context.ts'
import { ignoreLoadError } from '../../internal/lazy-module.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { composeHandlers, createPart } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { addFiles, useRootContext } from '../context.ts'
import { announceText } from '../../a11y/live-announcer.ts'
import { loadReactDropzone } from '../dropzone.tsx'
import { usePicker } from './picker.tsx'

/**
 * Opens a picker for a folder. The files of the folder keep their paths. This component renders a file input of its
 * own, and renders nothing for a single upload or if the browser cannot choose folders.
 */
export const FolderTrigger: Part<'button', { readonly full: boolean }> = /* @__PURE__ */ createPart(
  'folder-trigger',
  'button',
  ({ onClick, disabled: partDisabled, ...rest }) => {
    const rootContext = useRootContext()
    const { messages, formatters } = useCompleteTexts()
    const runtime = useUploadRuntime()
    const { disabled, multiple, room, isEmpty, preload } = usePicker(partDisabled)
    const input = useRef<HTMLInputElement>(null)
    const isSupported = useSyncExternalStore(neverNotify, canChooseFolders, isSupportedOnServer)
    if (!multiple || !isSupported) return undefined
    const full = !isEmpty && room === 0
    const addFolder = (chosenFiles: readonly File[]) =>
      loadReactDropzone().then(({ contentOfChosen }) => {
        const { files, leftOutCount } = contentOfChosen(chosenFiles)
        addFiles(rootContext, files, leftOutCount)
        if (leftOutCount > 0) announceText(runtime, messages.leftOut(leftOutCount, formatters))
      }, ignoreLoadError)
    return {
      state: { full },
      props: {
        ...rest,
        type: 'button',
        disabled: disabled || full,
        onClick: composeHandlers(onClick, () => {
          preload()
          input.current?.click()
        }),
      },
      children: messages.chooseFolder,
      sibling: (
        <input
          {...directoryAttribute}
          ref={input}
          type="file"
          hidden
          tabIndex={-1}
          aria-label={messages.chooseFolder}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            const chosenFiles = [...(currentTarget.files ?? [])]
            // The input is cleared so that users can choose the same folder again.
            currentTarget.value = ''
            void addFolder(chosenFiles)
          }}
        />
      ),
    }
  },
)

/** Not written in JSX, because React has no type for this attribute. */
const directoryAttribute = { webkitdirectory: '' }
const neverNotify = () => () => {}
const canChooseFolders = () => 'webkitdirectory' in HTMLInputElement.prototype
const isSupportedOnServer = () => true
