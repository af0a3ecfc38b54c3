'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import type { DropZone, ZoneEvents } from './page-drop.ts'
import { readEntries } from './read-folders.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'

export { contentOfChosen, readEntries } from './read-folders.ts'

interface ReactDropzoneProps extends Omit<DropZone, 'element' | 'read'> {
  readonly element: RefObject<HTMLElement | null>
  /** A prop, because it loads with the page code. */
  readonly joinPage: (zone: DropZone) => ZoneEvents
  /** Called with the handlers of the zone's events, and with undefined on unmount. */
  readonly onJoin: (events: ZoneEvents | undefined) => void
}

/** Reads files with react-dropzone for an existing element. Loads after the page. */
export function ReactDropzone({ element, joinPage, onJoin, ...zone }: ReactDropzoneProps) {
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
      onHover: (dragState) => latest.current.onHover(dragState),
      onFiles: (files, leftOut) => latest.current.onFiles(files, leftOut),
      onReading: (reading) => latest.current.onReading(reading),
      onNoFile: () => latest.current.onNoFile(),
      read: (dragged, options) => readDragged(dragged, [...readers.current][0], options),
    })
    onJoin(zoneEvents)
    return () => {
      onJoin(undefined)
      zoneEvents.remove()
    }
  }, [element, joinPage, onJoin])
  // react-dropzone drops a pending read when the next files arrive, so each instance reads once.
  return [count, count + 1].map((key) => (
    <DroppedFilesReader key={key} {...{ readers }} onStart={() => setCount((current) => current + 1)} />
  ))
}

/** Reads files during the event. */
type ReadFiles = (dragged: DataTransfer) => Promise<File[]>

/**
 * Reads the files of a drop or a paste. Without a folder react-dropzone reads them; it rejects the whole drop for one
 * unreadable entry, and then they come from the event. Collects everything of the event before it waits.
 */
async function readDragged(
  dragged: DataTransfer,
  readFiles: ReadFiles | undefined,
  options: FolderReadOptions,
): Promise<FolderContent> {
  const items = [...dragged.items].filter(({ kind }) => kind === 'file')
  const entries = items.flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  if (entries.some(({ isDirectory }) => isDirectory)) return readEntries(entries, options)
  const filesOfEvent =
    items.length === 0 ? [...dragged.files] : items.flatMap((item) => item.getAsFile() ?? [])
  const allFiles = items.length === 0 ? undefined : readFiles?.(dragged)
  const found = (await allFiles?.catch(() => undefined)) ?? filesOfEvent
  return { files: found.filter((each) => 'size' in each), leftOut: 0 }
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
