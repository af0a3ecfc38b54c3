'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import type { DropZone, ZoneEvents } from './drop-zone.ts'
import { readEntries } from './read-folders.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'

export { contentOfChosen, readEntries } from './read-folders.ts'

interface ReactDropzoneProps extends Omit<DropZone, 'element' | 'read'> {
  readonly element: RefObject<HTMLElement | null>
  /** Adds the zone to its page. The function is a prop, because its code is in another chunk, `page-code.ts`. */
  readonly joinPage: (zone: DropZone) => ZoneEvents
  /** Receives the handlers of the zone's events while the zone is mounted. */
  readonly eventsRef?: RefObject<ZoneEvents | undefined>
}

/** Reads files with react-dropzone for an existing element. The code of this component loads after the first render. */
export function ReactDropzone({ element, joinPage, eventsRef, ...zone }: ReactDropzoneProps) {
  const [readerKey, setReaderKey] = useState(0)
  const readers = useRef(new Set<ReadFiles>())
  const latestZone = useRef(zone)
  useEffect(() => {
    latestZone.current = zone
  })
  useEffect(() => {
    const zoneEvents = joinPage({
      element: () => element.current,
      isEnabled: () => latestZone.current.isEnabled(),
      dragStateOf: (transfer) => latestZone.current.dragStateOf(transfer),
      onHover: (dragState) => latestZone.current.onHover(dragState),
      onFiles: (files, leftOutCount) => latestZone.current.onFiles(files, leftOutCount),
      onReading: (reading) => latestZone.current.onReading(reading),
      onNoFile: () => latestZone.current.onNoFile(),
      read: (transfer, options) => readDragged(transfer, [...readers.current][0], options),
    })
    if (eventsRef) eventsRef.current = zoneEvents
    return () => {
      if (eventsRef) eventsRef.current = undefined
      zoneEvents.remove()
    }
  }, [element, joinPage, eventsRef])
  // react-dropzone abandons a pending read when the next files arrive. So each reader reads only once, and the next
  // reader is already mounted.
  return [readerKey, readerKey + 1].map((key) => (
    <DroppedFilesReader key={key} {...{ readers }} onStart={() => setReaderKey((current) => current + 1)} />
  ))
}

/** Reads the files of a drop or a paste. Must be called during the event of the drop or paste. */
type ReadFiles = (transfer: DataTransfer) => Promise<File[]>

/**
 * Reads the files of a drop or a paste. If the drop has no folder, react-dropzone reads the files. If react-dropzone
 * rejects the drop, because one file is unreadable, returns the files that the event itself contains. These files are
 * collected before the first `await`, because the browser empties the event after the first `await`.
 */
async function readDragged(
  transfer: DataTransfer,
  readFiles: ReadFiles | undefined,
  options: FolderReadOptions,
): Promise<FolderContent> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  const entries = items.flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  if (entries.some(({ isDirectory }) => isDirectory)) return readEntries(entries, options)
  const filesOfEvent =
    items.length === 0 ? [...transfer.files] : items.flatMap((item) => item.getAsFile() ?? [])
  const filesPromise = items.length === 0 ? undefined : readFiles?.(transfer)
  const droppedFiles = (await filesPromise?.catch(() => undefined)) ?? filesOfEvent
  return { files: droppedFiles.filter((file) => 'size' in file), leftOutCount: 0 }
}

interface ReaderProps {
  /** Readers that have not read files yet. Each reader can read only once. */
  readonly readers: RefObject<Set<ReadFiles>>
  readonly onStart: () => void
}

function DroppedFilesReader({ readers, onStart }: ReaderProps) {
  const pendingRead = useRef<{ resolve: (files: File[]) => void; reject: (error: Error) => void }>(undefined)
  const { getRootProps } = useDropzone({
    noClick: true,
    noKeyboard: true,
    // `page-zones.ts` handles drops elsewhere on the page.
    preventDropOnDocument: false,
    onDrop: (files) => pendingRead.current?.resolve(files),
    onError: (error) => pendingRead.current?.reject(error),
  })
  const { onDrop } = getRootProps()
  useLayoutEffect(() => {
    const readOnce: ReadFiles = (dataTransfer) =>
      new Promise((resolve, reject) => {
        pendingRead.current = { resolve, reject }
        readers.current.delete(readOnce)
        // Passes a new event to react-dropzone, because the original event may be stopped. The new event always has the
        // type `drop`, because react-dropzone does not read the folders of a paste.
        const event: unknown = { type: 'drop', dataTransfer, preventDefault() {} }
        onDrop?.(event as Parameters<typeof onDrop>[0]) // react-dropzone reads only these fields
        onStart()
      })
    const allReaders = readers.current
    if (!pendingRead.current) allReaders.add(readOnce)
    return () => {
      allReaders.delete(readOnce)
    }
  })
  return null
}
