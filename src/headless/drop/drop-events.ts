import { ancestorsOf, isExposed, isOpenModal, openModalsOf } from '../../a11y/open-modals.ts'
import { acceptsPastedText, acceptsText, isCopiedText, acceptsFocusedText } from './editable.ts'
import { hasFiles, isDraggable, isFileInput, isWithinPage } from './event-targets.ts'
import type { DropZone, PageTargetOptions, PageTargets, PageTools, ZoneEvents } from './zone-types.ts'

/** Time without events after which a drag counts as ended. */
const dragTimeoutMs = 1000

const zonesByDocument = new WeakMap<Document, ReturnType<typeof watchPage>>()

/**
 * Adds a zone to its page. With `pageTarget`, the zone takes the files that no other zone takes. Call `remove` of the
 * result to remove the zone.
 */
export function joinPage(zone: DropZone, pageTarget?: PageTargetOptions): ZoneEvents {
  const page = zone.element()?.ownerDocument ?? document
  const pageZones = zonesByDocument.get(page) ?? watchPage(page)
  zonesByDocument.set(page, pageZones)
  return pageZones.addZone(zone, pageTarget)
}

/**
 * Tracks drags and pastes of one document. A single zone cannot do this, because it does not see where a drag began
 * or which element handled it.
 */
function watchPage(page: Document) {
  const view = page.defaultView
  const zones = new Set<DropZone>()
  /** Events that a zone has handled. Zones around it skip them. */
  const handledEvents = new WeakSet<Event>()
  /**
   * Events whose default was prevented before they reached the `<html>` element. Many apps prevent the default of all
   * drops on the page.
   */
  const preventedEvents = new WeakSet<Event>()
  /** The dragged element and its ancestors, if the drag began in this page. */
  let dragOrigin: readonly EventTarget[] | undefined
  /**
   * The running reads of each zone, each with the number of files found so far. The number is undefined before the
   * first report of a read.
   */
  const readingsByZone = new WeakMap<DropZone, Map<AbortController, number | undefined>>()
  let hoveredZone: DropZone | undefined
  let lastEnteredTarget: EventTarget | undefined
  let hoverTimer: ReturnType<typeof setTimeout> | undefined
  let pageTargets: PageTargets | undefined

  function setHovered(zone: DropZone | undefined, transfer?: DataTransfer) {
    clearTimeout(hoverTimer)
    if (zone) hoverTimer = setTimeout(() => setHovered(undefined), dragTimeoutMs)
    if (zone === hoveredZone) return
    hoveredZone?.onHover(undefined)
    hoveredZone = zone
    if (zone && transfer) zone.onHover(zone.dragStateOf(transfer))
  }

  /**
   * Returns what a zone does with a drag. `files`: the zone takes the files of the drag. `none`: the zone reports that
   * the drag has no file. Undefined: the zone ignores the drag.
   */
  function contentOf(event: DragEvent, zone: DropZone): 'files' | 'none' | undefined {
    const { dataTransfer } = event
    const element = zone.element()
    const eventPath = event.composedPath()
    // An event from a portal also bubbles to the zone in React, but the portal's element is not inside the zone.
    if (
      !dataTransfer ||
      !element ||
      !zone.isEnabled() ||
      handledEvents.has(event) ||
      !eventPath.includes(element)
    ) {
      return undefined
    }
    if (event.defaultPrevented && !preventedEvents.has(event) && isWithinPage(event.currentTarget))
      return undefined
    const containsFiles = hasFiles(dataTransfer)
    // A file input in the zone handles files natively.
    if (containsFiles && !dragOrigin) return isFileInput(eventPath[0]) ? undefined : 'files'
    if (dataTransfer.types.length === 0 || acceptsText(eventPath[0])) return undefined
    // Ignores drags of the app's own elements, and moves within the zone.
    return dragOrigin?.some((target) => target === element || isDraggable(target)) ? undefined : 'none'
  }

  function onDragOver(zone: DropZone, event: DragEvent) {
    const content = contentOf(event, zone)
    if (!content || !event.dataTransfer) return
    handledEvents.add(event)
    event.preventDefault()
    // Sets the effect to copy, because a drop moves by default: Outlook would move the email, and a text field would
    // lose the dragged text.
    event.dataTransfer.dropEffect = /^link/i.test(event.dataTransfer.effectAllowed) ? 'link' : 'copy'
    if (event.type === 'dragenter') lastEnteredTarget = event.composedPath()[0]
    setHovered(content === 'files' ? zone : undefined, event.dataTransfer)
  }

  function onDrop(zone: DropZone, event: DragEvent) {
    const content = contentOf(event, zone)
    setHovered(undefined)
    if (!content || !event.dataTransfer) return
    handledEvents.add(event)
    event.preventDefault()
    if (content === 'none') zone.onNoFile()
    else takeFiles(zone, event.dataTransfer, zone.onNoFile)
  }

  /** Reads the files of an event and passes them to the zone. A zone may read several folders at once. */
  function takeFiles(zone: DropZone, transfer: DataTransfer, onNoFile?: () => void) {
    const controller = new AbortController()
    const { signal } = controller
    const readings = readingsByZone.get(zone) ?? new Map<AbortController, number | undefined>()
    readingsByZone.set(zone, readings)
    const reportProgress = (newCount: number | undefined) => {
      const isFirstReport = readings.get(controller) === undefined
      readings.set(controller, newCount)
      if (newCount === undefined && isFirstReport) return
      const visibleCounts = [...readings.values()].filter((count) => count !== undefined)
      const totalCount = visibleCounts.reduce((total, count) => total + count, 0)
      zone.onReading(
        visibleCounts.length > 0 ? { count: totalCount, stop: () => stopReading(zone) } : undefined,
      )
    }
    readings.set(controller, undefined)
    void zone.read(transfer, { signal, onProgress: reportProgress }).then(({ files, leftOutCount }) => {
      if (signal.aborted) return
      reportProgress(undefined)
      readings.delete(controller)
      if (files.length + leftOutCount > 0) zone.onFiles(files, leftOutCount)
      else onNoFile?.()
    })
  }

  function stopReading(zone: DropZone) {
    const readings = readingsByZone.get(zone)
    for (const controller of readings?.keys() ?? []) controller.abort()
    readings?.clear()
    zone.onReading(undefined)
  }

  function innermostZone(startElement: Element | null): DropZone | undefined {
    const enabledZones = [...zones].filter(({ isEnabled }) => isEnabled())
    for (const node of ancestorsOf(startElement)) {
      const zone = enabledZones.find(({ element }) => element() === node)
      if (zone) return zone
    }
    return undefined
  }

  /**
   * Returns the focused element, also inside shadow roots. Finds an element in a closed shadow root only if a zone is
   * inside that root.
   */
  function focusedElementIn({ activeElement }: DocumentOrShadowRoot): Element | null {
    const roots = [...zones].map(({ element }) => element()?.getRootNode() as Partial<ShadowRoot> | undefined) // a document has no host
    const shadowRoot = activeElement?.shadowRoot ?? roots.find((root) => root?.host === activeElement)
    return (activeElement && shadowRoot && focusedElementIn(shadowRoot as ShadowRoot)) ?? activeElement // only a ShadowRoot has a host
  }

  function onPaste(event: ClipboardEvent) {
    const { clipboardData, defaultPrevented } = event
    if (defaultPrevented || !clipboardData) return
    // Firefox dispatches paste at `body` while a button has focus.
    const focusedElement = focusedElementIn(page)
    const zone =
      innermostZone(focusedElement) ??
      (hasFiles(clipboardData) && !isCopiedText(clipboardData)
        ? pageTargets?.targetOfPaste(
            event,
            focusedElement && acceptsFocusedText(focusedElement) ? focusedElement : undefined,
          )
        : undefined)
    if (!zone || !hasFiles(clipboardData)) return
    if (acceptsPastedText(focusedElement) && isCopiedText(clipboardData)) return
    event.preventDefault()
    takeFiles(zone, clipboardData)
  }

  function onDragStart(event: DragEvent) {
    dragOrigin = event.composedPath()
    // `dragend` does not fire if the dragged element was removed.
    for (const type of dragEndEvents) view?.addEventListener(type, onDragEnd, true)
  }
  function onDragEnd(event: Event) {
    // This listener runs before the zones handle the drop, so the drag ends after them.
    if (event.type === 'drop') setTimeout(endDrag)
    else endDrag()
  }
  function endDrag() {
    dragOrigin = undefined
    setHovered(undefined)
    for (const type of dragEndEvents) view?.removeEventListener(type, onDragEnd, true)
  }
  const dragEndEvents = ['dragend', 'drop', 'pointermove', 'pointerdown']

  function onDragLeave(event: DragEvent) {
    // The drag leaves the page when it leaves the element that it entered last.
    if (event.composedPath()[0] === lastEnteredTarget) setHovered(undefined)
  }

  /**
   * Handles files that are dropped outside of zones. Without this, the browser would navigate to a file that no other
   * element handles.
   */
  function onOutsideZones(event: DragEvent) {
    if (event.type === 'dragenter') lastEnteredTarget = event.composedPath()[0]
    const { dataTransfer, defaultPrevented, type } = event
    const isTaken = handledEvents.has(event)
    const isFileDrag = !dragOrigin && dataTransfer !== null && hasFiles(dataTransfer)
    const pageTarget = isFileDrag ? pageTargets?.targetOfDrag(event, isTaken) : undefined
    if (isTaken) return
    if (pageTarget && dataTransfer) return dragOverPage(pageTarget, event, dataTransfer)
    setHovered(undefined)
    if (type === 'dragenter' || defaultPrevented || dragOrigin || !dataTransfer) return
    const [target] = event.composedPath()
    const isHandled = isFileInput(target) || (acceptsText(target) && dataTransfer.types.length > 1)
    if (isHandled || !hasFiles(dataTransfer)) return
    if ([...zones].some(({ isEnabled }) => isEnabled())) event.preventDefault()
  }

  function dragOverPage(target: DropZone | 'refused', event: DragEvent, transfer: DataTransfer) {
    const zone = target === 'refused' ? undefined : target
    event.preventDefault()
    transfer.dropEffect = zone ? 'copy' : 'none'
    setHovered(event.type === 'drop' ? undefined : zone, transfer)
    if (zone && event.type === 'drop') takeFiles(zone, transfer, zone.onNoFile)
  }

  function rememberPrevented(event: Event) {
    if (event.defaultPrevented) preventedEvents.add(event)
  }

  const pageTools: PageTools = {
    timeoutMs: dragTimeoutMs,
    ancestorsOf,
    isExposed,
    isOpenModal,
    openModalsOf,
    isFileInput,
    endHover: (zone) => {
      if (zone === hoveredZone) setHovered(undefined)
    },
  }

  function setListeners(method: 'addEventListener' | 'removeEventListener') {
    view?.[method]('dragstart', onDragStart as EventListener, true)
    for (const type of ['dragenter', 'dragover', 'drop']) {
      page.documentElement[method](type, rememberPrevented, true)
      view?.[method](type, onOutsideZones as EventListener)
    }
    view?.[method]('dragleave', onDragLeave as EventListener)
    page[method]('paste', onPaste as EventListener)
  }

  return {
    addZone(zone: DropZone, pageTarget?: PageTargetOptions): ZoneEvents {
      if (zones.size === 0) setListeners('addEventListener')
      zones.add(zone)
      if (pageTarget) pageTargets ??= pageTarget.createTargets(page, pageTools)
      const removePageTarget = pageTarget && pageTargets?.add(zone, pageTarget.mountOrder)
      return {
        onDragOver: (event) => onDragOver(zone, event),
        onDrop: (event) => onDrop(zone, event),
        remove: () => {
          zones.delete(zone)
          removePageTarget?.()
          if (readingsByZone.has(zone)) stopReading(zone)
          if (hoveredZone === zone) setHovered(undefined)
          if (zones.size === 0) setListeners('removeEventListener')
        },
      }
    },
  }
}
