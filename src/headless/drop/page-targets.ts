import type { DropZone, PageTargets, PageTools } from './zone-types.ts'

/** Elements with a document of their own. Events over them do not reach the page. */
const frameSelector = 'iframe, object, embed'

interface MountedTarget {
  readonly zone: DropZone
  readonly mountOrder: number
}

/**
 * Chooses the zone for files outside of all zones: of several, the one that was mounted last. While files are over the
 * page, the mouse ignores its iframes, because they would receive the events.
 */
export function createPageTargets(
  page: Document,
  { timeoutMs, ancestorsOf, isExposed, isOpenModal, openModalsOf, isFileInput, endHover }: PageTools,
): PageTargets {
  const view = page.defaultView
  const targets: MountedTarget[] = []
  /** Events that an element inside `<html>` has handled, for example a drop area of another library. */
  const handledInside = new WeakSet<Event>()
  /** Events that were prevented before they reached an element: apps prevent all drops on the page. */
  const preventedByPage = new WeakSet<Event>()
  let lastChosenEvent: Event | undefined
  let restoreFrames: (() => void) | undefined
  let endTimer: ReturnType<typeof setTimeout> | undefined

  /** Returns the enabled zone that was mounted last and that no modal dialog blocks. */
  function chooseTarget(event: Event): DropZone | 'refused' | undefined {
    const enabledZones = targets.map(({ zone }) => zone).filter(({ isEnabled }) => isEnabled())
    if (enabledZones.length === 0) return undefined
    const modal = topModal(event)
    const target = enabledZones.findLast((zone) => isReachable(zone, modal))
    return target ?? (modal && 'refused')
  }

  function isReachable({ element }: DropZone, modal: Element | undefined): boolean {
    // Without the overlay itself, which is hidden from screen readers.
    const ancestors = ancestorsOf(element()).slice(1)
    return isExposed(ancestors) && (!modal || ancestors.includes(modal))
  }

  /** Returns the open modal dialog in front: the innermost one with focus, or else the last one. */
  function topModal(event: Event): Element | undefined {
    const inShadowRoots = ancestorsOf(targetElementOf(event))
      .filter((element) => element.getRootNode() !== page && isOpenModal(element))
      .toReversed()
    const modals = [...openModalsOf(page), ...inShadowRoots]
    return modals.findLast((modal) => modal.contains(page.activeElement)) ?? modals.at(-1)
  }

  function startDrag() {
    clearTimeout(endTimer)
    endTimer = setTimeout(endDrag, timeoutMs)
    restoreFrames ??= ignoreFrames(page)
  }
  function endDrag() {
    clearTimeout(endTimer)
    restoreFrames?.()
    restoreFrames = undefined
  }

  function onCapture(event: Event) {
    if (event.defaultPrevented) preventedByPage.add(event)
    // A drop area that stops the event handles it. So the event does not arrive at `window`.
    setTimeout(() => {
      if (event === lastChosenEvent) return
      for (const { zone } of targets) endHover(zone)
      if (event.type === 'drop') endDrag()
    })
  }
  function onBubble(event: Event) {
    if (event.defaultPrevented && !preventedByPage.has(event)) handledInside.add(event)
  }
  function setListeners(method: 'addEventListener' | 'removeEventListener') {
    for (const type of ['dragenter', 'dragover', 'drop']) {
      view?.[method](type, onCapture, true)
      page.documentElement[method](type, onBubble)
    }
  }

  return {
    add(zone, mountOrder) {
      if (targets.length === 0) setListeners('addEventListener')
      const target = { zone, mountOrder }
      targets.push(target)
      targets.sort((first, second) => first.mountOrder - second.mountOrder)
      return () => {
        targets.splice(targets.indexOf(target), 1)
        if (targets.length > 0) return
        setListeners('removeEventListener')
        endDrag()
      }
    },
    targetOfDrag(event, isTaken) {
      lastChosenEvent = event
      const target = chooseTarget(event)
      if (event.type === 'drop') endDrag()
      else if (target && target !== 'refused') startDrag()
      return isTaken || handledInside.has(event) || isFileInput(event.composedPath()[0]) ? undefined : target
    },
    targetOfPaste(event, editable) {
      const target = chooseTarget(event)
      if (!target || target === 'refused') return undefined
      if (!editable) return target
      // The text field of the composer to which the files are added.
      const root = ancestorsOf(target.element()).find((ancestor) => ancestor.matches('[data-part="root"]'))
      return root && ancestorsOf(editable).includes(root) ? target : undefined
    },
  }
}

/** Returns the innermost element of an event. The target of a drag can be a text. */
function targetElementOf(event: Event): Element | null {
  const [target] = event.composedPath() as Node[] // or a Window, which has none of the properties
  return target?.nodeType === 1 ? (target as Element) : (target?.parentElement ?? null) // 1 is the type of elements
}

/** Makes the mouse ignore all frames, also in open shadow roots. Returns a function that restores them. */
function ignoreFrames(page: Document): () => void {
  const restorers = framesIn(page).map(({ style }) => {
    const value = style.getPropertyValue('pointer-events')
    const priority = style.getPropertyPriority('pointer-events')
    style.setProperty('pointer-events', 'none', 'important')
    return () => style.setProperty('pointer-events', value, priority)
  })
  return () => restorers.forEach((restore) => restore())
}

function framesIn(root: ParentNode): HTMLElement[] {
  const shadowRoots = [...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot ?? [])
  return [...root.querySelectorAll<HTMLElement>(frameSelector), ...shadowRoots.flatMap(framesIn)]
}
