/** Events that dialogs and popovers around the picture listen to, to close themselves or to move focus. */
const kept = [
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

/** Called when the browser has closed a dialog that is shown here. */
const closedByBrowser = new WeakMap<EventTarget, () => void>()

/** React lets `close` and `cancel` of a dialog bubble: a dialog around it would take them for its own. */
function hide(event: Event) {
  if (!(event.target instanceof HTMLDialogElement) || event.target.dataset.part !== 'lightbox') return
  event.stopImmediatePropagation()
  // The event comes late: the dialog may be open again.
  if (event.type === 'close' && !event.target.open) closedByBrowser.get(event.target)?.()
}

/**
 * Shows a dialog in the top layer and keeps its events from everything around it. Libraries listen to Escape and to
 * presses at `document`, in the capture phase too, so the events are handled at `window`, before all of them. `onClose`
 * is called when the dialog is closed by its `data-close` button, by Escape, by a press on the dialog itself, or by the
 * browser. Returns a function that closes it without that call.
 */
export function keepOnTop(dialog: HTMLDialogElement, onClose: () => void): () => void {
  const { ownerDocument } = dialog
  const page = ownerDocument.defaultView
  /** Where the press began: a selection that ends beside the picture does not close it. */
  let pressed: EventTarget | undefined

  function close() {
    dialog.close()
    onClose()
  }

  function keep(event: Event) {
    const path = event.composedPath()
    // Focus is at `body` when a press has taken it from the button.
    const isStrayKey = event.type.startsWith('key') && ownerDocument.activeElement === ownerDocument.body
    if (!path.includes(dialog) && !isStrayKey) return
    event.stopImmediatePropagation()
    const onButton = path.some((each) => each instanceof Element && each.hasAttribute('data-close'))
    switch (event.type) {
      case 'pointerdown':
        pressed = path[0]
        break
      case 'click':
        // A label or link around the picture would be activated.
        event.preventDefault()
        if (onButton || (path[0] === dialog && (pressed ?? dialog) === dialog)) close()
        break
      case 'mousedown':
        // Keeps focus on the button.
        if (!onButton) event.preventDefault()
        break
      case 'keydown':
        if (!('key' in event) || event.key !== 'Escape') break
        // The browser would close the dialog below as well.
        event.preventDefault()
        close()
        break
      case 'dragenter':
      case 'dragover':
      case 'drop':
        // A file that is dropped here would take the place of the page.
        event.preventDefault()
        if (event instanceof DragEvent && event.dataTransfer) event.dataTransfer.dropEffect = 'none'
        break
      default:
    }
  }

  for (const type of kept) {
    page?.addEventListener(type, keep, { capture: true, passive: false })
    // In a closed shadow root `window` does not see what is pressed.
    dialog.addEventListener(type, keep, { passive: false })
  }
  // For good: the event of a dialog that goes comes after it.
  for (const type of ['close', 'cancel']) page?.addEventListener(type, hide, true)
  closedByBrowser.set(dialog, onClose)
  dialog.showModal()
  return () => {
    for (const type of kept) {
      page?.removeEventListener(type, keep, true)
      dialog.removeEventListener(type, keep)
    }
    closedByBrowser.delete(dialog)
    dialog.close()
  }
}
