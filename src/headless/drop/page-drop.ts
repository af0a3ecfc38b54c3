import type { DragState } from './drag-preview.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'
import { acceptsPastedText, acceptsText, isElement, prefersText } from './editable.ts'

/** Folders that are being read. */
export interface FolderReading {
  /** Number of files that were found so far. */
  readonly count: number
  /** Stops reading: no file is added. */
  readonly stop: () => void
}

/** A zone on the page. Its functions are called at the time of each event. */
export interface DropZone {
  readonly element: () => HTMLElement | null
  /** A disabled zone ignores events: a zone around it may take the files. */
  readonly isEnabled: () => boolean
  readonly dragStateOf: (dragged: DataTransfer) => DragState
  readonly onHover: (dragState: DragState | undefined) => void
  /**
   * Receives all files in order, including those of folders. The uploader's rules filter them. `leftOut` is the number of
   * files that systems wrote into folders.
   */
  readonly onFiles: (files: File[], leftOut: number) => void
  /** Called while folders are read, and with undefined at the end. */
  readonly onReading: (reading: FolderReading | undefined) => void
  /** Called for a drop without a file: a link, text, an image in Firefox, an email. */
  readonly onNoFile: () => void
  /** Reads files and folders. Called during the event: the items are empty after it. */
  readonly read: (dragged: DataTransfer, options: FolderReadOptions) => Promise<FolderContent>
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
  const readingsByZone = new WeakMap<DropZone, Map<AbortController, number | undefined>>()
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
    else takeFiles(zone, event.dataTransfer, zone.onNoFile)
  }

  /** Reads the files of an event and passes them to the zone. A zone may read several folders at once. */
  function takeFiles(zone: DropZone, transfer: DataTransfer, onNoFile?: () => void) {
    const controller = new AbortController()
    const { signal } = controller
    const readings = readingsByZone.get(zone) ?? new Map<AbortController, number | undefined>()
    readingsByZone.set(zone, readings)
    const report = (count: number | undefined) => {
      const isHidden = readings.get(controller) === undefined
      readings.set(controller, count)
      if (count === undefined && isHidden) return
      const shown = [...readings.values()].filter((each) => each !== undefined)
      const sum = shown.reduce((all, each) => all + each, 0)
      zone.onReading(shown.length > 0 ? { count: sum, stop: () => stopReading(zone) } : undefined)
    }
    readings.set(controller, undefined)
    void zone.read(transfer, { signal, onProgress: report }).then(({ files, leftOut }) => {
      if (signal.aborted) return
      report(undefined)
      readings.delete(controller)
      if (files.length + leftOut > 0) zone.onFiles(files, leftOut)
      else onNoFile?.()
    })
  }

  function stopReading(zone: DropZone) {
    const readings = readingsByZone.get(zone)
    for (const controller of readings?.keys() ?? []) controller.abort()
    readings?.clear()
    zone.onReading(undefined)
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
    takeFiles(zone, clipboardData)
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
          if (readingsByZone.has(zone)) stopReading(zone)
          if (hoveredZone === zone) setHovered(undefined)
          if (zones.size === 0) setListeners('removeEventListener')
        },
      }
    },
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
