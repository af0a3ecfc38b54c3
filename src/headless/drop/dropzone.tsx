'use client'

import { useEffect, useRef, useState } from 'react'
import type { ClipboardEvent, DragEvent, RefCallback } from 'react'
import { useStore } from 'zustand'
import { lazyModule, whenLoaded } from '../../internal/lazy-module.ts'
import type { FolderReading, ZoneEvents } from './zone-types.ts'
import { preloadProps, usePicker } from './picker.tsx'
import { useDropState } from './useDropState.ts'
import { loadPageCode } from '../lazy/load-page-code.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { composeHandlers, createPart, useMergedRefs } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { useRootContext } from '../context.ts'

/** Loads `DropHandler` in a chunk of its own, because that chunk contains react-dropzone, which is large. */
export const loadDropHandler = /* @__PURE__ */ lazyModule(() => import('./DropHandler.tsx'))

/** Loads the code that reads drops and pastes. */
export const loadDropCode = () => Promise.all([loadDropHandler(), loadPageCode()])

export interface DropzoneState {
  /** Drag state: no files over the zone, files that may be accepted, or files that are rejected. */
  readonly drag: 'none' | 'accept' | 'reject'
  /** Text that explains why the files would be rejected, while `drag` is `reject`. */
  readonly reason: string | undefined
  /**
   * Text that says that the last drop had no file, so nothing was added. The next drag or the next added file clears
   * the text.
   */
  readonly problem: string | undefined
  /** The state of reading dropped folders: the number of files so far, and a function that stops reading. */
  readonly reading: FolderReading | undefined
  /**
   * Number of files that were left out of the last folder, because the operating system wrote them (`.DS_Store`,
   * `Thumbs.db`).
   */
  readonly leftOutCount: number
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

/**
 * Accepts dropped or pasted files and folders. Does not reject files, because the uploader's rules do this.
 * `data-drag` is `none`, `accept` or `reject`. The zone cannot get focus, so put a `Trigger` and an `Input` into it.
 */
export const Dropzone: Part<'div', DropzoneState, { readonly disabled?: boolean | undefined }> =
  /* @__PURE__ */ createPart('dropzone', 'div', ({ disabled: partDisabled, ...rest }, forwardedRef) => {
    const rootContext = useRootContext()
    const { uploader } = rootContext
    const { messages, formatters } = useTexts()
    const { ref, open, disabled, room, isEmpty, preload } = usePicker(partDisabled)
    const element = useRef<HTMLDivElement>(null)
    const { dragState, reading, problem, callbacks } = useDropState()
    const leftOutCount = useStore(rootContext.leftOutStore)
    const eventsRef = useRef<ZoneEvents>(undefined)
    /** Entries of folders that were dropped before the code that reads them has loaded. */
    const pendingEntries = useRef<FileSystemEntry[]>([])
    const [dropCode, setDropCode] = useState<Awaited<ReturnType<typeof loadDropCode>>>()
    const [zoneCode, pageCode] = dropCode ?? []
    useEffect(() => whenLoaded(loadDropCode, setDropCode), [])
    const addFilesWithoutDropCode = (event: DragEvent | ClipboardEvent) => {
      const { nativeEvent, currentTarget, target } = event
      if (nativeEvent.defaultPrevented || disabled || !currentTarget.contains(target as Node)) return // event targets in React are nodes
      const { files, items } = 'dataTransfer' in event ? event.dataTransfer : event.clipboardData
      if (files.length === 0) return
      event.preventDefault()
      const droppedEntries = [...(items ?? [])].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
      if (droppedEntries.some(({ isDirectory }) => isDirectory))
        pendingEntries.current.push(...droppedEntries)
      else rootContext.addFiles(files)
    }
    const onDragEnterOrOver = (event: DragEvent) => {
      if (eventsRef.current) eventsRef.current.onDragOver(event.nativeEvent)
      else if (!disabled && event.dataTransfer.types.includes('Files')) event.preventDefault()
    }
    const { maxFiles = 1 } = uploader.options()
    const drag = !dragState || disabled ? 'none' : dragState === 'accept' ? dragState : 'reject'
    const reason = dragState === 'too-many' ? messages.full(maxFiles, formatters) : messages.wrongType
    return {
      state: {
        drag,
        reason: drag === 'reject' ? reason : undefined,
        problem: drag === 'none' ? problem : undefined,
        reading,
        leftOutCount,
        full: !isEmpty && room === 0,
        open,
        buttonProps: { ref, type: 'button', disabled, onClick: open },
      },
      props: {
        ...rest,
        ...preloadProps(rest, preload),
        ref: useMergedRefs(element, forwardedRef),
        onDragEnter: composeDragHandlers(rest.onDragEnter, (event) => {
          if (event.dataTransfer.types.includes('Files')) preload()
          onDragEnterOrOver(event)
        }),
        onDragOver: composeDragHandlers(rest.onDragOver, onDragEnterOrOver),
        onDrop: composeDragHandlers(rest.onDrop, (event) => {
          if (eventsRef.current) eventsRef.current.onDrop(event.nativeEvent)
          else addFilesWithoutDropCode(event)
        }),
        onPaste: composeHandlers(rest.onPaste, (event) => {
          // Handles a paste only until the code that handles drops and pastes of the whole page has loaded. That code
          // listens on the page, because Firefox dispatches paste at `body` while a button has focus.
          if (!eventsRef.current && !isEditable(event.target)) addFilesWithoutDropCode(event)
        }),
        'data-drag': drag,
        'data-disabled': disabled || undefined,
      },
      sibling: zoneCode && pageCode && (
        <zoneCode.DropHandler
          {...{ pageCode, element, eventsRef, pendingEntries, room }}
          {...callbacks}
          isEnabled={() => !disabled}
        />
      ),
    }
  })

const isEditable = (target: EventTarget) =>
  target instanceof HTMLElement && target.matches('input, textarea, [contenteditable], [contenteditable] *')

/**
 * Calls the event handler of the caller, then the component's own handler unless the caller prevented the event. Also
 * calls the component's own handler for an event that was prevented before it reached the caller's handler, because
 * `drop-events.ts` decides about such events.
 */
const composeDragHandlers =
  (
    callerHandler: ((event: DragEvent<HTMLDivElement>) => void) | undefined,
    partHandler: (event: DragEvent) => void,
  ) =>
  (event: DragEvent<HTMLDivElement>) => {
    const wasPrevented = event.isDefaultPrevented()
    callerHandler?.(event)
    if (wasPrevented || !event.isDefaultPrevented()) partHandler(event)
  }
