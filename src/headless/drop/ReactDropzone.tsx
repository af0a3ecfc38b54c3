'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import { joinPage } from './page-drop.ts'
import type { DropZone, ReadFiles, ZoneEvents } from './page-drop.ts'

export { contentOfChosen, readEntries } from './read-folders.ts'

interface ReactDropzoneProps extends Omit<DropZone, 'element' | 'read'> {
  readonly element: RefObject<HTMLElement | null>
  /** Called with the handlers of the zone's events, and with undefined on unmount. */
  readonly onJoin: (events: ZoneEvents | undefined) => void
}

/** Reads files with react-dropzone for an existing element. Loads after the page. */
export function ReactDropzone({ element, onJoin, ...zone }: ReactDropzoneProps) {
  const [count, setCount] = useState(0)
  const readers = useRef(new Set<ReadFiles>())
  const latest = useRef(zone)
  useEffect(() => {
    latest.current = zone
  })
  useEffect(() => {
    const zoneEvents = joinPage({
      element: () => element.current,
      isEnabled: () => latest.current.isEnabled(),
      dragStateOf: (dragged) => latest.current.dragStateOf(dragged),
      onHover: (dragStateOf) => latest.current.onHover(dragStateOf),
      onFiles: (files, leftOut) => latest.current.onFiles(files, leftOut),
      onReading: (reading) => latest.current.onReading(reading),
      onNoFile: () => latest.current.onNoFile(),
      read: (dragged) => [...readers.current][0]?.(dragged),
    })
    onJoin(zoneEvents)
    return () => {
      onJoin(undefined)
      zoneEvents.remove()
    }
  }, [element, onJoin])
  // react-dropzone drops a pending read when the next files arrive, so each instance reads once.
  return [count, count + 1].map((key) => (
    <DroppedFilesReader key={key} {...{ readers }} onStart={() => setCount((current) => current + 1)} />
  ))
}

interface ReaderProps {
  /** Readers that have not been used. */
  readonly readers: RefObject<Set<ReadFiles>>
  readonly onStart: () => void
}

function DroppedFilesReader({ readers, onStart }: ReaderProps) {
  const pendingRead = useRef<{ resolve: (files: File[]) => void; reject: (error: Error) => void }>(undefined)
  const { getRootProps } = useDropzone({
    noClick: true,
    noKeyboard: true,
    // Drops elsewhere on the page are not handled here.
    preventDropOnDocument: false,
    onDrop: (files) => pendingRead.current?.resolve(files),
    onError: (error) => pendingRead.current?.reject(error),
  })
  const { onDrop } = getRootProps()
  useLayoutEffect(() => {
    const read: ReadFiles = (dataTransfer) =>
      new Promise((resolve, reject) => {
        pendingRead.current = { resolve, reject }
        readers.current.delete(read)
        // Not the real event: that one may be stopped, and react-dropzone does not read folders of a paste.
        const event: unknown = { type: 'drop', dataTransfer, preventDefault() {} }
        onDrop?.(event as Parameters<typeof onDrop>[0]) // react-dropzone reads only these fields
        onStart()
      })
    const all = readers.current
    if (!pendingRead.current) all.add(read)
    return () => {
      all.delete(read)
    }
  })
  return null
}
