'use client'

import { useEffect } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'

interface DroppingProps {
  readonly zone: RefObject<HTMLElement | null>
  readonly disabled: boolean
  /** Everything comes through, in order, from folders too: what is taken is the uploader's to say. */
  readonly onFiles: (files: File[]) => void
  readonly onHover: (active: boolean) => void
}

/** What react-dropzone does for an element that is there already. Loaded when the page is. */
export function Dropping({ zone, disabled, onFiles, onHover }: DroppingProps) {
  const { getRootProps, rootRef, isDragActive } = useDropzone({
    onDrop: onFiles,
    disabled,
    noClick: true,
    noKeyboard: true,
  })
  const { onDragEnter, onDragOver, onDragLeave, onDrop, onPaste } = getRootProps()
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
    return () => {
      for (const [type, listener] of those) if (listener) element.removeEventListener(type, listener)
    }
  })
  useEffect(() => onHover(isDragActive), [isDragActive, onHover])
  return null
}
