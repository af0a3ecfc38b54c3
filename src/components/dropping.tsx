'use client'

import { useEffect, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import { dragRefusal } from './drag.ts'
import type { UploadTarget } from './parts/scope.ts'

/** What is held over a zone: files that can be taken, or why none of them can. */
export type Held = 'accept' | NonNullable<ReturnType<typeof dragRefusal>>

interface DroppingProps {
  readonly uploader: UploadTarget
  /** How many more files fit. */
  readonly room: number
  readonly zone: RefObject<HTMLElement | null>
  readonly disabled: boolean
  /** Everything comes through, in order, from folders too: what is taken is the uploader's to say. */
  readonly onFiles: (files: File[]) => void
  readonly onHover: (held: Held | undefined) => void
}

/** What react-dropzone does for an element that is there already. Loaded when the page is. */
export function Dropping({ uploader, room, zone, disabled, onFiles, onHover }: DroppingProps) {
  const { getRootProps, rootRef, isDragActive } = useDropzone({
    onDrop: onFiles,
    disabled,
    noClick: true,
    noKeyboard: true,
  })
  const { onDragEnter, onDragOver, onDragLeave, onDrop, onPaste } = getRootProps()
  const [held, hold] = useState<Held>()
  useEffect(() => {
    const element = zone.current
    if (!element) return undefined
    rootRef.current = element
    const listeners = {
      dragenter: onDragEnter,
      dragover: onDragOver,
      dragleave: onDragLeave,
      drop: onDrop,
      paste: onPaste,
    } as unknown as Record<string, EventListener | undefined> // it takes native events as well
    const those = Object.entries(listeners)
    for (const [type, listener] of those) if (listener) element.addEventListener(type, listener)
    const look = ({ dataTransfer }: DragEvent) =>
      hold((dataTransfer && dragRefusal(uploader, room, dataTransfer)) ?? 'accept')
    element.addEventListener('dragenter', look)
    return () => {
      for (const [type, listener] of those) if (listener) element.removeEventListener(type, listener)
      element.removeEventListener('dragenter', look)
    }
  })
  useEffect(() => onHover(isDragActive ? held : undefined), [isDragActive, held, onHover])
  return null
}
