/** Events that dialogs and popovers around the overlay use to close themselves or to move focus. */
const interceptedEvents = [
  'pointerdown',
  'pointerup',
  'mousedown',
  'mouseup',
  'touchstart',
  'touchend',
  'click',
  'dblclick',
  'contextmenu',
  'keydown',
  'keyup',
  'dragenter',
  'dragover',
  'drop',
  'paste',
]

/** Distance of a swipe in px. A shorter movement is a tap. */
const swipePx = 40

/** `onClose` of each open overlay, for a dialog that the browser closes. */
const closeCallbacks = new WeakMap<EventTarget, () => void>()

/**
 * Stops the events `close` and `cancel` of a lightbox. React bubbles them, so a dialog around the lightbox would
 * handle them as its own.
 */
function hideDialogEvent(event: Event) {
  const dialog = event.target as HTMLDialogElement // only dialogs are marked as lightbox
  if (dialog.dataset?.part !== 'lightbox') return
  event.stopImmediatePropagation()
  // Checks whether the dialog is still closed. The event `close` is asynchronous, so the dialog may be open again.
  if (event.type === 'close' && !dialog.open) closeCallbacks.get(dialog)?.()
}

interface OnTopOptions {
  /** Called when the overlay is closed by Escape, by a press beside it, or by the browser. */
  readonly onClose: () => void
  /**
   * Called for a click in the overlay, because listeners on elements of the overlay get no events. Returns whether the
   * overlay closes.
   */
  readonly onPress: (eventPath: readonly EventTarget[]) => boolean
  /** Called for a key in the overlay, except Escape. */
  readonly onKey?: (event: KeyboardEvent) => void
  /** Called when a finger moved sideways over the overlay, with the direction: -1 is to the left. */
  readonly onSwipe?: (direction: 1 | -1) => void
}

/**
 * Shows a modal dialog, or a popover, and hides its events from everything around it. Libraries listen for Escape and
 * presses at `document`, also in the capture phase, so the events are handled at `window`, before all of them. A press
 * beside a popover only closes it. Returns a function that closes the overlay without calling `onClose`.
 */
export function showOnTop(
  overlay: HTMLElement,
  { onClose, onPress, onKey, onSwipe }: OnTopOptions,
): () => void {
  const { ownerDocument } = overlay
  const view = ownerDocument.defaultView
  const isDialog = overlay.localName === 'dialog'
  /** Element where the press began: a text selection that ends beside the image must not close the dialog. */
  let pressTarget: EventTarget | undefined
  let pressX = 0

  function close() {
    removeOverlay()
    onClose()
  }

  function interceptEvent(event: Event) {
    // The overlay was removed together with the row around it.
    if (!overlay.isConnected) return close()
    const eventPath = event.composedPath()
    const isInside = eventPath.includes(overlay)
    // A click on the overlay but not on its button moves focus to `body`, which then receives the key events.
    const isStrayKey = event.type.startsWith('key') && ownerDocument.activeElement === ownerDocument.body
    const isPressOutside = !isDialog && /^(pointer|mouse|touch|click|dblclick|contextmenu)/.test(event.type)
    if (!isInside && !isStrayKey && !isPressOutside) return
    event.stopImmediatePropagation()
    switch (event.type) {
      case 'pointerdown':
        pressTarget = eventPath[0]
        pressX = (event as PointerEvent).clientX // its type says that it is a pointer event
        break
      case 'pointerup': {
        const { clientX, pointerType } = event as PointerEvent // its type says that it is a pointer event
        const distancePx = clientX - pressX
        if (pointerType !== 'mouse' && Math.abs(distancePx) >= swipePx) onSwipe?.(distancePx < 0 ? -1 : 1)
        break
      }
      case 'click':
        // Without this, a label or link around the overlay would be activated.
        event.preventDefault()
        if (
          !isInside ||
          (eventPath[0] === overlay && isDialog && (pressTarget ?? overlay) === overlay) ||
          onPress(eventPath)
        )
          close()
        break
      case 'mousedown':
        // Without this the button would lose focus.
        if (
          !eventPath.some(
            (target) => target !== overlay && (target as Partial<Element>).localName === 'button',
          )
        )
          event.preventDefault()
        break
      case 'keydown':
        if (!('key' in event)) break
        if (event.key !== 'Escape') {
          onKey?.(event as KeyboardEvent) // an event with a `key` is a KeyboardEvent
          break
        }
        // By default the browser would also close the dialog below.
        event.preventDefault()
        close()
        break
      case 'dragenter':
      case 'dragover':
      case 'drop':
        // The browser would navigate to a file that is dropped here.
        event.preventDefault()
        if ('dataTransfer' in event) Object.assign(event.dataTransfer ?? {}, { dropEffect: 'none' })
        break
      default:
    }
  }

  function removeOverlay() {
    for (const type of interceptedEvents) {
      view?.removeEventListener(type, interceptEvent, true)
      overlay.removeEventListener(type, interceptEvent)
    }
    closeCallbacks.delete(overlay)
    closeOverlay(overlay)
  }

  for (const type of interceptedEvents) {
    view?.addEventListener(type, interceptEvent, { capture: true, passive: false })
    // `window` cannot see targets inside a closed shadow root.
    overlay.addEventListener(type, interceptEvent, { passive: false })
  }
  // These listeners are never removed, because the dialog's event arrives after the cleanup. They are on the root node,
  // because the event does not cross a shadow root.
  for (const type of ['close', 'cancel']) overlay.getRootNode().addEventListener(type, hideDialogEvent, true)
  closeCallbacks.set(overlay, onClose)
  openOverlay(overlay)
  return removeOverlay
}

/**
 * Opens the overlay. Also works in jsdom, whose dialogs have no methods, and in happy-dom, which does not move focus into
 * them.
 */
function openOverlay(overlay: HTMLElement) {
  if ('showModal' in overlay && typeof overlay.showModal === 'function') overlay.showModal()
  else if (typeof overlay.showPopover === 'function') overlay.showPopover()
  else overlay.setAttribute('open', '')
  const { activeElement } = overlay.getRootNode() as Document | ShadowRoot // the root of a connected element has one of these types
  if (!overlay.contains(activeElement))
    overlay.querySelector<HTMLElement>('button:not([aria-disabled])')?.focus()
}

function closeOverlay(overlay: HTMLElement) {
  if ('close' in overlay && typeof overlay.close === 'function') overlay.close()
  else if (typeof overlay.hidePopover === 'function' && overlay.isConnected) overlay.hidePopover()
  else overlay.removeAttribute('open')
}
