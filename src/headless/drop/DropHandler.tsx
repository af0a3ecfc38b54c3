'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useDropzone } from 'react-dropzone'
import { useUploadRuntime } from '../../react/context.ts'
import type { UploadRuntime } from '../../react/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import type { CompleteTexts } from '../../i18n/complete-texts.ts'
import type { Texts } from '../../i18n/texts.tsx'
import { useRootContext } from '../context.ts'
import type { UploaderLike } from '../context.ts'
import type { DragState } from './drag-preview.ts'
import type { DropZone, PageTargetOptions, ZoneEvents } from './zone-types.ts'
import { readEntries } from './read-folders.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'

export { contentOfChosen } from './read-folders.ts'

/** Functions of `page-code.ts`. A prop, because that module loads this one: the two would import each other. */
interface PageFunctions {
  readonly joinPage: (zone: DropZone, pageTarget?: PageTargetOptions) => ZoneEvents
  readonly dragStateOf: (uploader: UploaderLike, room: number, transfer: DataTransfer) => DragState
  readonly announceText: (runtime: UploadRuntime, text: string) => void
  readonly withLazyMessages: (texts: Texts) => CompleteTexts
}

interface DropHandlerProps extends Pick<DropZone, 'isEnabled' | 'onHover' | 'onReading'> {
  readonly pageCode: PageFunctions
  readonly element: RefObject<HTMLElement | null>
  /** Number of files that the list can still take. */
  readonly room: number
  /** Set for a zone that takes the files of the whole page. Read on mount. */
  readonly pageTarget?: PageTargetOptions
  /** Receives the handlers of the zone's events while the zone is mounted. */
  readonly eventsRef?: RefObject<ZoneEvents | undefined>
  /** Entries of folders that were dropped before this component was mounted. */
  readonly pendingEntries?: RefObject<FileSystemEntry[]>
  /** Called with a text if a drop had no file, and with undefined when files are added. */
  readonly onProblem: (text: string | undefined) => void
}

/**
 * Handles drops and pastes of an existing element: reads the files with react-dropzone, adds and announces them.
 * Renders no element. `Dropzone` and `PageDrop` load the code of this component after the first render.
 */
export function DropHandler({
  pageCode,
  element,
  pageTarget,
  eventsRef,
  pendingEntries,
  ...zone
}: DropHandlerProps) {
  const rootContext = useRootContext()
  const runtime = useUploadRuntime()
  const texts = pageCode.withLazyMessages(useTexts())
  const [readerKey, setReaderKey] = useState(0)
  const readers = useRef(new Set<ReadFiles>())
  const latest = useRef({ ...zone, rootContext, texts, pageTarget })
  useEffect(() => {
    latest.current = { ...zone, rootContext, texts, pageTarget }
  })
  useEffect(() => {
    const { joinPage, dragStateOf, announceText } = pageCode
    let isReading = false
    function addContent({ files, leftOutCount }: FolderContent) {
      const {
        rootContext: target,
        texts: { messages, formatters },
      } = latest.current
      latest.current.onProblem(undefined)
      target.addFiles(files, leftOutCount)
      if (leftOutCount > 0) announceText(runtime, messages.leftOut(leftOutCount, formatters))
    }
    const zoneEvents = joinPage(
      {
        element: () => element.current,
        isEnabled: () => latest.current.isEnabled(),
        dragStateOf: (transfer) =>
          dragStateOf(latest.current.rootContext.uploader, latest.current.room, transfer),
        onHover: (dragState) => latest.current.onHover(dragState),
        onFiles: (files, leftOutCount) => addContent({ files, leftOutCount }),
        onReading: (reading) => {
          const { messages, formatters } = latest.current.texts
          if (reading && !isReading) announceText(runtime, messages.reading(reading.count, formatters))
          isReading = reading !== undefined
          latest.current.onReading(reading)
        },
        onNoFile: () => {
          const { noFile } = latest.current.texts.messages
          announceText(runtime, noFile)
          latest.current.onProblem(noFile)
        },
        read: (transfer, options) => readDragged(transfer, [...readers.current][0], options),
      },
      latest.current.pageTarget,
    )
    if (eventsRef) eventsRef.current = zoneEvents
    const pending = pendingEntries?.current.splice(0) ?? []
    const options = { signal: new AbortController().signal, onProgress: () => {} }
    if (pending.length > 0) void readEntries(pending, options).then(addContent)
    return () => {
      if (eventsRef) eventsRef.current = undefined
      zoneEvents.remove()
    }
  }, [pageCode, element, eventsRef, pendingEntries, runtime])
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
    // `drop-events.ts` handles drops elsewhere on the page.
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
