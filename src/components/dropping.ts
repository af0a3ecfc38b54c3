import type { dragRefusal } from './drag.ts'
import { editableAt, textWins } from './editable.ts'

/** The state of a drag over a zone: it has files that can be taken, or the reason why none can. */
export type Held = 'accept' | NonNullable<ReturnType<typeof dragRefusal>>

/** Reads files, and the files of folders, during the event: items are empty after it. Undefined where it cannot. */
export type ReadFiles = (dragged: DataTransfer) => Promise<File[]> | undefined

/** A zone as this module sees it. Its functions are called at the time of each event. */
export interface DropZone {
  readonly element: () => HTMLElement | null
  /** A disabled zone takes nothing and prevents nothing: a zone around it may take the files. */
  readonly enabled: () => boolean
  readonly held: (dragged: DataTransfer) => Held
  readonly onHover: (held: Held | undefined) => void
  /** Everything comes through, in order, from folders too: the uploader's rules decide. */
  readonly onFiles: (files: File[]) => void
  /** Something without a file in it was dropped: a link, text, a picture in Firefox, a mail. */
  readonly onNoFile: () => void
  readonly read: ReadFiles
}

/** Handles drag events that reach a zone. */
export interface ZoneEvents {
  readonly over: (event: DragEvent) => void
  readonly drop: (event: DragEvent) => void
  readonly leave: () => void
}

/** A drag that has not moved for so long has ended without an event, in milliseconds. */
const lost = 1000

const pages = new WeakMap<Document, ReturnType<typeof watchPage>>()

/** Adds a zone to its page. `leave` of the result removes it. */
export function joinPage(zone: DropZone): ZoneEvents {
  const page = zone.element()?.ownerDocument ?? document
  const watched = pages.get(page) ?? watchPage(page)
  pages.set(page, watched)
  return watched.join(zone)
}

/** Follows drags and pastes of one document: a zone alone does not know where a drag began, or who else takes it. */
function watchPage(page: Document) {
  const view = page.defaultView
  const zones = new Set<DropZone>()
  /** Events that a zone has taken, so that zones around it leave them alone. */
  const taken = new WeakSet<Event>()
  /** Events that were prevented before they came to any element: many apps prevent all drops on the page. */
  const guarded = new WeakSet<Event>()
  /** The dragged element and what is around it, where the drag began in this page. */
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

  /** What the zone does with a drag: takes its files, says that there is none, or leaves it alone. */
  function kindOf(event: DragEvent, zone: DropZone): 'files' | 'none' | undefined {
    const { dataTransfer } = event
    const element = zone.element()
    const path = event.composedPath()
    // React events come from portals too.
    if (!dataTransfer || !element || !zone.enabled() || taken.has(event) || !path.includes(element)) {
      return undefined
    }
    if (event.defaultPrevented && !guarded.has(event) && isWithinPage(event.currentTarget)) return undefined
    const hasFiles = carriesFiles(dataTransfer)
    // A file input in a zone takes files by itself.
    if (hasFiles && !origin) return isFileInput(path[0]) ? undefined : 'files'
    if (dataTransfer.types.length === 0 || editableAt(path[0])) return undefined
    // What an app drags is the app's, and so is what moves within the zone.
    return origin?.some((each) => each === element || isDraggable(each)) ? undefined : 'none'
  }

  function over(zone: DropZone, event: DragEvent) {
    const kind = kindOf(event, zone)
    if (!kind || !event.dataTransfer) return
    taken.add(event)
    event.preventDefault()
    // Or Outlook moves a mail, and a text field loses the text that was dragged.
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
    // Firefox dispatches at `body` while a button has focus.
    const active = activeElementOf(page)
    const zone = innermost(active)
    if (!zone || !carriesFiles(clipboardData)) return
    if (editableAt(active) && textWins(clipboardData)) return
    event.preventDefault()
    void read(clipboardData, zone).then((files) => files.length > 0 && zone.onFiles(files))
  }

  function onStart(event: DragEvent) {
    origin = event.composedPath()
    // The end is not told where the element that is dragged has gone.
    for (const type of ends) view?.addEventListener(type, onEnd, true)
  }
  function onEnd(event: Event) {
    // Zones hear of the drop after this.
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
    // The element that was entered last is left for no other: the drag has left the page.
    if (event.composedPath()[0] === entered) hover(undefined)
  }

  /** Files beside the zones: where nothing else takes them the browser would open them in place of the page. */
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

/** Files and the files of folders. One entry that cannot be read loses no other. */
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

/** WebKit on Linux has files without the type. */
const carriesFiles = ({ types, files }: DataTransfer) => types.includes('Files') || files.length > 0

/**
 * React handles an event at its root. Where that is an element of the page, what has prevented the event before is a
 * drop target inside of the zone; where it is the document or `body`, it may as well be a guard of the whole page.
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

/** The element with focus, in shadow roots too. */
function activeElementOf({ activeElement }: DocumentOrShadowRoot): Element | null {
  return (activeElement?.shadowRoot && activeElementOf(activeElement.shadowRoot)) ?? activeElement
}
