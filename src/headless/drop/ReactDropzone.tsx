'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import { useUploadRuntime } from '../../react/context.ts'
import type { UploadRuntime } from '../../react/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import type { CompleteTexts } from '../../i18n/complete-texts.ts'
import type { Texts } from '../../i18n/texts.tsx'
import { addFiles, useRootContext } from '../context.ts'
import type { RootContextValue } from '../context.ts'
import type { DropZone, ZoneEvents } from './drop-zone.ts'
import { readEntries } from './read-folders.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'

export { contentOfChosen } from './read-folders.ts'

interface ReactDropzoneProps extends Pick<DropZone, 'isEnabled' | 'dragStateOf' | 'onHover' | 'onReading'> {
  readonly announce: Announce
  readonly element: RefObject<HTMLElement | null>
  /** Adds the zone to its page. The function is a prop, because its code is in another chunk, `page-code.ts`. */
  readonly joinPage: (zone: DropZone) => ZoneEvents
  /** Receives the handlers of the zone's events while the zone is mounted. */
  readonly eventsRef?: RefObject<ZoneEvents | undefined>
  /** Called with a text if a drop had no file, and with undefined when files are added. */
  readonly onProblem: (text: string | undefined) => void
}

/**
 * Reads files with react-dropzone for an existing element, adds and announces them. The code of this component loads
 * after the first render.
 */
export function ReactDropzone({ announce, element, joinPage, eventsRef, ...zone }: ReactDropzoneProps) {
  const rootContext = useRootContext()
  const runtime = useUploadRuntime()
  const texts = useTexts()
  const [readerKey, setReaderKey] = useState(0)
  const readers = useRef(new Set<ReadFiles>())
  const latest = useRef({ zone, target: { announce, rootContext, runtime, texts } })
  useEffect(() => {
    latest.current = { zone, target: { announce, rootContext, runtime, texts } }
  })
  useEffect(() => {
    let isReading = false
    const zoneEvents = joinPage({
      element: () => element.current,
      isEnabled: () => latest.current.zone.isEnabled(),
      dragStateOf: (transfer) => latest.current.zone.dragStateOf(transfer),
      onHover: (dragState) => latest.current.zone.onHover(dragState),
      onFiles: (files, leftOutCount) => {
        latest.current.zone.onProblem(undefined)
        addContent({ files, leftOutCount }, latest.current.target)
      },
      onReading: (reading) => {
        if (reading && !isReading) {
          const { formatters } = latest.current.target.texts
          void announce(runtime, latest.current.target.texts, (messages) =>
            messages.reading(reading.count, formatters),
          )
        }
        isReading = reading !== undefined
        latest.current.zone.onReading(reading)
      },
      onNoFile: () =>
        void announce(runtime, latest.current.target.texts, ({ noFile }) => noFile).then(
          (text) => text !== undefined && latest.current.zone.onProblem(text),
        ),
      read: (transfer, options) => readDragged(transfer, [...readers.current][0], options),
    })
    if (eventsRef) eventsRef.current = zoneEvents
    return () => {
      if (eventsRef) eventsRef.current = undefined
      zoneEvents.remove()
    }
  }, [announce, element, joinPage, eventsRef, runtime])
  // react-dropzone abandons a pending read when the next files arrive. So each reader reads only once, and the next
  // reader is already mounted.
  return [readerKey, readerKey + 1].map((key) => (
    <DroppedFilesReader key={key} {...{ readers }} onStart={() => setReaderKey((current) => current + 1)} />
  ))
}

/** Announces a text. A parameter, because its module loads this one: the two would import each other. */
type Announce = (
  runtime: UploadRuntime,
  texts: Texts,
  select: (messages: CompleteTexts['messages']) => string,
) => Promise<string | void>

/** The list to which files are added. */
interface AddTarget {
  readonly announce: Announce
  readonly rootContext: RootContextValue
  readonly runtime: UploadRuntime
  readonly texts: Texts
}

/** Adds files, and announces the number of files that were left out. */
function addContent(
  { files, leftOutCount }: FolderContent,
  { announce, rootContext, runtime, texts }: AddTarget,
) {
  addFiles(rootContext, files, leftOutCount)
  if (leftOutCount === 0) return
  void announce(runtime, texts, (messages) => messages.leftOut(leftOutCount, texts.formatters))
}

/** Reads dropped entries and adds the files. */
export async function addEntries(entries: readonly FileSystemEntry[], target: AddTarget) {
  const { signal } = new AbortController()
  addContent(await readEntries(entries, { signal, onProgress: () => {} }), target)
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
