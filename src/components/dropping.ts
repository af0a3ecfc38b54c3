import type { dragRefusal } from './drag.ts'
import { editableAt, textWins } from './editable.ts'

/** State of a drag over a zone: accepted, or the reason why not. */
export type Held = 'accept' | NonNullable<ReturnType<typeof dragRefusal>>

/**
 * Reads files and the files of folders during the event: the items are empty after it. Undefined if it cannot read.
 */
export type ReadFiles = (dragged: DataTransfer) => Promise<File[]> | undefined

/** A zone on the page. Its functions are called at the time of each event. */
export interface DropZone {
  readonly element: () => HTMLElement | null
  /** A disabled zone ignores events: a zone around it may take the files. */
  readonly enabled: () => boolean
  readonly held: (dragged: DataTransfer) => Held
  readonly onHover: (held: Held | undefined) => void
  /** Receives all files in order, including those of folders. The uploader's rules filter them. */
  readonly onFiles: (files: File[]) => void
  /** Called for a drop without a file: a link, text, an image in Firefox, an email. */
  readonly onNoFile: () => void
  readonly read: ReadFiles
}

/** Handles drag events that reach a zone. */
export interface ZoneEvents {
  readonly over: (event: DragEvent) => void
  readonly drop: (event: DragEvent) => void
  readonly leave: () => void
}

/** A drag without events for this time has ended, in ms. */
const lost = 1000

const pages = new WeakMap<Document, ReturnType<typeof watchPage>>()

/** Adds a zone to its page. Call `leave` of the result to remove it. */
export function joinPage(zone: DropZone): ZoneEvents {
  const page = zone.element()?.ownerDocument ?? document
  const watched = pages.get(page) ?? watchPage(page)
  pages.set(page, watched)
  return watched.join(zone)
}

/**
 * Tracks drags and pastes of one document: a single zone cannot see where a drag began or which element handled it.
 */
function watchPage(page: Document) {
  const view = page.defaultView
  const zones = new Set<DropZone>()
  /** Events that a zone has handled. Zones around it skip them. */
  const taken = new WeakSet<Event>()
  /** Events that were prevented before they reached an element: many apps prevent all drops on the page. */
  const guarded = new WeakSet<Event>()
  /** The dragged element and its ancestors, if the drag began in this page. */
  let origin: readonly EventTarget[] | undefined
  let hovered: DropZone | undefined
  let entered: EventTarget | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function hover(zone: DropZone | undefined, dragged?: DataTransfer) {
    clearTimeout(timer)
    if (zone) timer = setTimeout(() => hover(undefined), lost)
    if (zone === hovered) return
    hovered?.onHover(undefined)
    hovered = zone
    if (zone && dragged) zone.onHover(zone.held(dragged))
  }

  /** Returns what a zone does with a drag: takes its files, reports that there is none, or ignores it. */
  function kindOf(event: DragEvent, zone: DropZone): 'files' | 'none' | undefined {
    const { dataTransfer } = event
    const element = zone.element()
    const path = event.composedPath()
    // React events also bubble from portals.
    if (!dataTransfer || !element || !zone.enabled() || taken.has(event) || !path.includes(element)) {
      return undefined
    }
    if (event.defaultPrevented && !guarded.has(event) && isWithinPage(event.currentTarget)) return undefined
    const hasFiles = carriesFiles(dataTransfer)
    // A file input in the zone handles files natively.
    if (hasFiles && !origin) return isFileInput(path[0]) ? undefined : 'files'
    if (dataTransfer.types.length === 0 || editableAt(path[0])) return undefined
    // Drags of the app's own elements, and moves within the zone, are not ours.
    return origin?.some((each) => each === element || isDraggable(each)) ? undefined : 'none'
  }

  function over(zone: DropZone, event: DragEvent) {
    const kind = kindOf(event, zone)
    if (!kind || !event.dataTransfer) return
    taken.add(event)
    event.preventDefault()
    // The default effect moves: Outlook would move the email, and a text field would lose the dragged text.
    event.dataTransfer.dropEffect = /^link/i.test(event.dataTransfer.effectAllowed) ? 'link' : 'copy'
    if (event.type === 'dragenter') entered = event.composedPath()[0]
    hover(kind === 'files' ? zone : undefined, event.dataTransfer)
  }

  function drop(zone: DropZone, event: DragEvent) {
    const kind = kindOf(event, zone)
    hover(undefined)
    if (!kind || !event.dataTransfer) return
    taken.add(event)
    event.preventDefault()
    if (kind === 'none') zone.onNoFile()
    else
      void read(event.dataTransfer, zone).then((files) =>
        files.length > 0 ? zone.onFiles(files) : zone.onNoFile(),
      )
  }

  function innermost(from: Element | null): DropZone | undefined {
    const all = [...zones].filter(({ enabled }) => enabled())
    for (let node: Node | null = from; node; node = parentOf(node)) {
      const found = all.find(({ element }) => element() === node)
      if (found) return found
    }
    return undefined
  }

  function onPaste(event: ClipboardEvent) {
    const { clipboardData, defaultPrevented } = event
    if (defaultPrevented || !clipboardData) return
    // Firefox dispatches paste at `body` while a button has focus.
    const active = activeElementOf(page)
    const zone = innermost(active)
    if (!zone || !carriesFiles(clipboardData)) return
    if (editableAt(active) && textWins(clipboardData)) return
    event.preventDefault()
    void read(clipboardData, zone).then((files) => files.length > 0 && zone.onFiles(files))
  }

  function onStart(event: DragEvent) {
    origin = event.composedPath()
    // `dragend` does not fire if the dragged element was removed.
    for (const type of ends) view?.addEventListener(type, onEnd, true)
  }
  function onEnd(event: Event) {
    // Zones handle the drop after this listener.
    if (event.type === 'drop') setTimeout(forget)
    else forget()
  }
  function forget() {
    origin = undefined
    hover(undefined)
    for (const type of ends) view?.removeEventListener(type, onEnd, true)
  }
  const ends = ['dragend', 'drop', 'pointermove', 'pointerdown']

  function onLeave(event: DragEvent) {
    // The drag leaves the page when it leaves the element that it entered last.
    if (event.composedPath()[0] === entered) hover(undefined)
  }

  /** Handles files dropped outside of zones: the browser would navigate to them if no other element handles them. */
  function beside(event: DragEvent) {
    if (event.type === 'dragenter') entered = event.composedPath()[0]
    if (taken.has(event)) return
    hover(undefined)
    const { dataTransfer, defaultPrevented, type } = event
    if (type === 'dragenter' || defaultPrevented || origin || !dataTransfer) return
    const [target] = event.composedPath()
    const isTaken = isFileInput(target) || (editableAt(target) && dataTransfer.types.length > 1)
    if (isTaken || !carriesFiles(dataTransfer)) return
    if ([...zones].some(({ enabled }) => enabled())) event.preventDefault()
  }

  function onCapture(event: Event) {
    if (event.defaultPrevented) guarded.add(event)
  }

  function watch(change: 'addEventListener' | 'removeEventListener') {
    view?.[change]('dragstart', onStart as EventListener, true)
    for (const type of ['dragenter', 'dragover', 'drop']) {
      page.documentElement[change](type, onCapture, true)
      view?.[change](type, beside as EventListener)
    }
    view?.[change]('dragleave', onLeave as EventListener)
    page[change]('paste', onPaste as EventListener)
  }

  return {
    join(zone: DropZone): ZoneEvents {
      if (zones.size === 0) watch('addEventListener')
      zones.add(zone)
      return {
        over: (event) => over(zone, event),
        drop: (event) => drop(zone, event),
        leave: () => {
          zones.delete(zone)
          if (hovered === zone) hover(undefined)
          if (zones.size === 0) watch('removeEventListener')
        },
      }
    },
  }
}

/** Reads files and the files of folders. An unreadable entry does not affect the others. */
async function read(dragged: DataTransfer, zone: DropZone): Promise<File[]> {
  const entries = [...dragged.items].filter(({ kind }) => kind === 'file')
  const plain =
    entries.length === 0
      ? [...dragged.files]
      : entries
          .filter((item) => !item.webkitGetAsEntry?.()?.isDirectory)
          .flatMap((item) => item.getAsFile() ?? [])
  const whole = entries.length === 0 ? undefined : zone.read(dragged)
  const found = (await whole?.catch(() => plain)) ?? plain
  return found.filter((each) => each instanceof File)
}

/** WebKit on Linux has files without the type `Files`. */
const carriesFiles = ({ types, files }: DataTransfer) => types.includes('Files') || files.length > 0

/**
 * React handles events at its root. If the root is an element of the page, an earlier preventDefault came from a
 * drop target inside the zone; if the root is the document or `body`, it may come from a guard of the complete
 * page.
 */
const isWithinPage = (root: EventTarget | null) =>
  root instanceof Element && root !== root.ownerDocument.body && root !== root.ownerDocument.documentElement

const isDraggable = (target: EventTarget) =>
  target instanceof Element && target.getAttribute('draggable') === 'true'

const isFileInput = (target: EventTarget | undefined) =>
  target instanceof Element && target.matches('input[type="file"]:not(:disabled)')

function parentOf(node: Node): Node | null {
  const slot = node instanceof Element ? node.assignedSlot : null
  return slot ?? node.parentNode ?? (node instanceof ShadowRoot ? node.host : null)
}

/** Returns the focused element, also inside shadow roots. */
function activeElementOf({ activeElement }: DocumentOrShadowRoot): Element | null {
  return (activeElement?.shadowRoot && activeElementOf(activeElement.shadowRoot)) ?? activeElement
}
