/** Events that dialogs and popovers around the image use to close themselves or to move focus. */
const containedEvents = [
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

/** Callbacks to call when the browser closes a dialog. */
const closeCallbacks = new WeakMap<EventTarget, () => void>()

/**
 * Hides the events `close` and `cancel` of a lightbox. React bubbles them, so a dialog around the lightbox would
 * handle them as its own.
 */
function hideDialogEvent(event: Event) {
  const dialog = event.target as HTMLDialogElement // only dialogs are marked as lightbox
  if (dialog.dataset?.part !== 'lightbox') return
  event.stopImmediatePropagation()
  // Checks whether the dialog is still closed. The event `close` is asynchronous, so the dialog may be open again.
  if (event.type === 'close' && !dialog.open) closeCallbacks.get(dialog)?.()
}

/**
 * Shows a modal dialog and hides its events from everything around it. The events are handled at `window`, because
 * libraries listen for Escape and presses at `document`, also in the capture phase. `onClose` is called when the
 * dialog is closed by its `data-lightbox-close` button, by Escape, by a press on its backdrop, or by the browser.
 * Returns a function that closes the dialog without calling `onClose`.
 */
export function showOnTop(dialog: HTMLDialogElement, onClose: () => void): () => void {
  const { ownerDocument } = dialog
  const view = ownerDocument.defaultView
  /**
   * Element where the press began. A click closes the dialog only if it began at the dialog itself, because a text
   * selection that ends beside the image must not close it.
   */
  let pressTarget: EventTarget | undefined

  function close() {
    hide(dialog)
    onClose()
  }

  function containEvent(event: Event) {
    const path = event.composedPath()
    // A click outside of the button moves focus to `body`, which then receives the key events.
    const isStrayKey = event.type.startsWith('key') && ownerDocument.activeElement === ownerDocument.body
    if (!path.includes(dialog) && !isStrayKey) return
    event.stopImmediatePropagation()
    const isOnButton = path.some((target) =>
      (target as Partial<Element>).hasAttribute?.('data-lightbox-close'),
    ) // a window has none
    switch (event.type) {
      case 'pointerdown':
        pressTarget = path[0]
        break
      case 'click':
        // A label or link around the image would be activated.
        event.preventDefault()
        if (isOnButton || (path[0] === dialog && (pressTarget ?? dialog) === dialog)) close()
        break
      case 'mousedown':
        // Without this the close button would lose focus.
        if (!isOnButton) event.preventDefault()
        break
      case 'keydown':
        if (!('key' in event) || event.key !== 'Escape') break
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

  for (const type of containedEvents) {
    view?.addEventListener(type, containEvent, { capture: true, passive: false })
    // `window` cannot see targets inside a closed shadow root.
    dialog.addEventListener(type, containEvent, { passive: false })
  }
  // These listeners are never removed, because the dialog's event arrives after the cleanup. They are on the root node,
  // because the event does not cross a shadow root.
  for (const type of ['close', 'cancel']) dialog.getRootNode().addEventListener(type, hideDialogEvent, true)
  closeCallbacks.set(dialog, onClose)
  show(dialog)
  return () => {
    for (const type of containedEvents) {
      view?.removeEventListener(type, containEvent, true)
      dialog.removeEventListener(type, containEvent)
    }
    closeCallbacks.delete(dialog)
    hide(dialog)
  }
}

/**
 * Opens the dialog. Also works in jsdom, whose dialogs have no methods, and in happy-dom, which does not move focus
 * into them.
 */
function show(dialog: HTMLDialogElement) {
  if (typeof dialog.showModal === 'function') dialog.showModal()
  else dialog.setAttribute('open', '')
  const { activeElement } = dialog.getRootNode() as Document | ShadowRoot // a shown dialog is in one of them
  if (!dialog.contains(activeElement)) dialog.querySelector<HTMLElement>('[data-lightbox-close]')?.focus()
}

function hide(dialog: HTMLDialogElement) {
  if (typeof dialog.close === 'function') dialog.close()
  else dialog.removeAttribute('open')
}
