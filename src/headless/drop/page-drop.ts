import type { dragRejectionReason } from './drag-preview.ts'
import { acceptsPastedText, acceptsText, isElement, prefersText } from './editable.ts'

/** State of a drag over a zone: accepted, or the reason why not. */
export type DragState = 'accept' | NonNullable<ReturnType<typeof dragRejectionReason>>

/**
 * Reads files and the files of folders during the event: the items are empty after it. Undefined if it cannot read.
 */
export type ReadFiles = (dragged: DataTransfer) => Promise<File[]> | undefined

/** A zone on the page. Its functions are called at the time of each event. */
export interface DropZone {
  readonly element: () => HTMLElement | null
  /** A disabled zone ignores events: a zone around it may take the files. */
  readonly isEnabled: () => boolean
  readonly dragStateOf: (dragged: DataTransfer) => DragState
  readonly onHover: (dragState: DragState | undefined) => void
  /** Receives all files in order, including those of folders. The uploader's rules filter them. */
  readonly onFiles: (files: File[]) => void
  /** Called for a drop without a file: a link, text, an image in Firefox, an email. */
  readonly onNoFile: () => void
  /** Called after `onFiles` when some files of a folder could not be read. */
  readonly onUnreadable: () => void
  readonly read: ReadFiles
}

/** Handles drag events that reach a zone. */
export interface ZoneEvents {
  readonly onDragOver: (event: DragEvent) => void
  readonly onDrop: (event: DragEvent) => void
  readonly remove: () => void
}

/** A drag without events for this time has ended, in ms. */
const dragTimeoutMs = 1000

const pages = new WeakMap<Document, ReturnType<typeof watchPage>>()

/** Adds a zone to its page. Call `remove` of the result to remove it. */
export function joinPage(zone: DropZone): ZoneEvents {
  const page = zone.element()?.ownerDocument ?? document
  const pageZones = pages.get(page) ?? watchPage(page)
  pages.set(page, pageZones)
  return pageZones.addZone(zone)
}

/**
 * Tracks drags and pastes of one document: a single zone cannot see where a drag began or which element handled it.
 */
function watchPage(page: Document) {
  const view = page.defaultView
  const zones = new Set<DropZone>()
  /** Events that a zone has handled. Zones around it skip them. */
  const handledEvents = new WeakSet<Event>()
  /** Events that were prevented before they reached an element: many apps prevent all drops on the page. */
  const preventedEvents = new WeakSet<Event>()
  /** The dragged element and its ancestors, if the drag began in this page. */
  let dragOrigin: readonly EventTarget[] | undefined
  let hoveredZone: DropZone | undefined
  let lastEntered: EventTarget | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function setHovered(zone: DropZone | undefined, dragged?: DataTransfer) {
    clearTimeout(timer)
    if (zone) timer = setTimeout(() => setHovered(undefined), dragTimeoutMs)
    if (zone === hoveredZone) return
    hoveredZone?.onHover(undefined)
    hoveredZone = zone
    if (zone && dragged) zone.onHover(zone.dragStateOf(dragged))
  }

  /** Returns what a zone does with a drag: takes its files, reports that there is none, or ignores it. */
  function contentOf(event: DragEvent, zone: DropZone): 'files' | 'none' | undefined {
    const { dataTransfer } = event
    const element = zone.element()
    const path = event.composedPath()
    // React events also bubble from portals.
    if (
      !dataTransfer ||
      !element ||
      !zone.isEnabled() ||
      handledEvents.has(event) ||
      !path.includes(element)
    ) {
      return undefined
    }
    if (event.defaultPrevented && !preventedEvents.has(event) && isWithinPage(event.currentTarget))
      return undefined
    const containsFiles = hasFiles(dataTransfer)
    // A file input in the zone handles files natively.
    if (containsFiles && !dragOrigin) return isFileInput(path[0]) ? undefined : 'files'
    if (dataTransfer.types.length === 0 || acceptsText(path[0])) return undefined
    // Ignores drags of the app's own elements, and moves within the zone.
    return dragOrigin?.some((each) => each === element || isDraggable(each)) ? undefined : 'none'
  }

  function onDragOver(zone: DropZone, event: DragEvent) {
    const kind = contentOf(event, zone)
    if (!kind || !event.dataTransfer) return
    handledEvents.add(event)
    event.preventDefault()
    // The default effect moves: Outlook would move the email, and a text field would lose the dragged text.
    event.dataTransfer.dropEffect = /^link/i.test(event.dataTransfer.effectAllowed) ? 'link' : 'copy'
    if (event.type === 'dragenter') lastEntered = event.composedPath()[0]
    setHovered(kind === 'files' ? zone : undefined, event.dataTransfer)
  }

  function onDrop(zone: DropZone, event: DragEvent) {
    const kind = contentOf(event, zone)
    setHovered(undefined)
    if (!kind || !event.dataTransfer) return
    handledEvents.add(event)
    event.preventDefault()
    if (kind === 'none') zone.onNoFile()
    else
      void read(event.dataTransfer, zone).then((found) => {
        takeFiles(zone, found)
        if (found.files.length === 0 && found.isComplete) zone.onNoFile()
      })
  }

  function innermostZone(from: Element | null): DropZone | undefined {
    const all = [...zones].filter(({ isEnabled }) => isEnabled())
    for (let node: Node | null = from; node; node = parentOf(node)) {
      const found = all.find(({ element }) => element() === node)
      if (found) return found
    }
    return undefined
  }

  /** Returns the focused element, also inside shadow roots. Only the zones know closed ones. */
  function focusedIn({ activeElement }: DocumentOrShadowRoot): Element | null {
    const roots = [...zones].map(({ element }) => element()?.getRootNode() as Partial<ShadowRoot> | undefined) // a document has no host
    const inside = activeElement?.shadowRoot ?? roots.find((root) => root?.host === activeElement)
    return (activeElement && inside && focusedIn(inside as ShadowRoot)) ?? activeElement // found by its host
  }

  function onPaste(event: ClipboardEvent) {
    const { clipboardData, defaultPrevented } = event
    if (defaultPrevented || !clipboardData) return
    // Firefox dispatches paste at `body` while a button has focus.
    const active = focusedIn(page)
    const zone = innermostZone(active)
    if (!zone || !hasFiles(clipboardData)) return
    if (acceptsPastedText(active) && prefersText(clipboardData)) return
    event.preventDefault()
    void read(clipboardData, zone).then((found) => takeFiles(zone, found))
  }

  function onStart(event: DragEvent) {
    dragOrigin = event.composedPath()
    // `dragend` does not fire if the dragged element was removed.
    for (const type of endEvents) view?.addEventListener(type, onEnd, true)
  }
  function onEnd(event: Event) {
    // Zones handle the drop after this listener.
    if (event.type === 'drop') setTimeout(endDrag)
    else endDrag()
  }
  function endDrag() {
    dragOrigin = undefined
    setHovered(undefined)
    for (const type of endEvents) view?.removeEventListener(type, onEnd, true)
  }
  const endEvents = ['dragend', 'drop', 'pointermove', 'pointerdown']

  function onLeave(event: DragEvent) {
    // The drag leaves the page when it leaves the element that it entered last.
    if (event.composedPath()[0] === lastEntered) setHovered(undefined)
  }

  /** Handles files dropped outside of zones: the browser would navigate to them if no other element handles them. */
  function onOutsideZones(event: DragEvent) {
    if (event.type === 'dragenter') lastEntered = event.composedPath()[0]
    if (handledEvents.has(event)) return
    setHovered(undefined)
    const { dataTransfer, defaultPrevented, type } = event
    if (type === 'dragenter' || defaultPrevented || dragOrigin || !dataTransfer) return
    const [target] = event.composedPath()
    const isHandled = isFileInput(target) || (acceptsText(target) && dataTransfer.types.length > 1)
    if (isHandled || !hasFiles(dataTransfer)) return
    if ([...zones].some(({ isEnabled }) => isEnabled())) event.preventDefault()
  }

  function onCapture(event: Event) {
    if (event.defaultPrevented) preventedEvents.add(event)
  }

  function setListeners(change: 'addEventListener' | 'removeEventListener') {
    view?.[change]('dragstart', onStart as EventListener, true)
    for (const type of ['dragenter', 'dragover', 'drop']) {
      page.documentElement[change](type, onCapture, true)
      view?.[change](type, onOutsideZones as EventListener)
    }
    view?.[change]('dragleave', onLeave as EventListener)
    page[change]('paste', onPaste as EventListener)
  }

  return {
    addZone(zone: DropZone): ZoneEvents {
      if (zones.size === 0) setListeners('addEventListener')
      zones.add(zone)
      return {
        onDragOver: (event) => onDragOver(zone, event),
        onDrop: (event) => onDrop(zone, event),
        remove: () => {
          zones.delete(zone)
          if (hoveredZone === zone) setHovered(undefined)
          if (zones.size === 0) setListeners('removeEventListener')
        },
      }
    },
  }
}

interface FoundFiles {
  readonly files: File[]
  /** False when an entry could not be read. */
  readonly isComplete: boolean
}

function takeFiles(zone: DropZone, { files, isComplete }: FoundFiles) {
  if (files.length > 0) zone.onFiles(files)
  // Runs after the render of the new files, which removes the text of an earlier problem.
  if (!isComplete) setTimeout(() => zone.onUnreadable())
}

/** Reads files and the files of folders. An unreadable entry does not affect the others. */
async function read(dragged: DataTransfer, zone: DropZone): Promise<FoundFiles> {
  const items = [...dragged.items].filter(({ kind }) => kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry?.())
  const folders = entries.flatMap((entry) => (entry?.isDirectory ? [entry] : []))
  const topLevelFiles =
    items.length === 0
      ? [...dragged.files]
      : items.filter((_, index) => !entries[index]?.isDirectory).flatMap((item) => item.getAsFile() ?? [])
  const allFiles = items.length === 0 ? undefined : zone.read(dragged)
  // react-dropzone rejects the whole drop for one unreadable entry.
  const found = (await allFiles?.catch(() => undefined)) ?? [
    ...topLevelFiles,
    ...(await Promise.all(folders.map((folder) => filesOf(folder)))).flat(),
  ]
  const files = found.filter((each): each is File => each !== undefined && 'size' in each)
  return { files, isComplete: files.length === found.length }
}

/** Returns the files of an entry at any depth, and undefined for each that cannot be read. */
async function filesOf(entry: FileSystemEntry): Promise<(File | undefined)[]> {
  if (entry.isFile) {
    const own = entry as FileSystemFileEntry // `isFile` says so
    return [await new Promise<File | undefined>((resolve) => own.file(resolve, () => resolve(undefined)))]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader() // no file, so a directory
  const found: (File | undefined)[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- Chromium returns a hundred entries at a time
    const batch = await new Promise<FileSystemEntry[] | undefined>((resolve) =>
      reader.readEntries(resolve, () => resolve(undefined)),
    )
    if (batch?.length === 0) return found
    if (!batch) return [...found, undefined]
    // oxlint-disable-next-line no-await-in-loop -- as above
    found.push(...(await Promise.all(batch.map((each) => filesOf(each)))).flat())
  }
}

/** WebKit on Linux has files without the type `Files`. */
const hasFiles = ({ types, files }: DataTransfer) => types.includes('Files') || files.length > 0

/**
 * Whether React's root is an element inside `body`. React handles events at its root, so an earlier preventDefault then
 * means that a drop target inside the zone took the drop. Otherwise it may come from a listener that blocks drops on the
 * whole page.
 */
const isWithinPage = (root: EventTarget | null) =>
  isElement(root) && root !== root.ownerDocument.body && root !== root.ownerDocument.documentElement

const isDraggable = (target: EventTarget) => isElement(target) && target.getAttribute('draggable') === 'true'

const isFileInput = (target: EventTarget | undefined) =>
  isElement(target) && target.matches('input[type="file"]:not(:disabled)')

function parentOf(node: Node): Node | null {
  const { assignedSlot, parentNode, host } = node as Node & Partial<Element & ShadowRoot> // which of them it has depends on its kind
  return assignedSlot ?? parentNode ?? host ?? null
}
