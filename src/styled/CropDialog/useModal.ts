import { useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'

const mantineAttribute = 'data-mantine-stop-propagation'

/**
 * Shows a `<dialog>` as modal while its component is mounted. Escape, and on phones the back gesture, call `onCancel`. They
 * are handled at `window` before all other listeners, because dialogs around this one would close too.
 */
export function useModal(dialog: RefObject<HTMLDialogElement | null>, onCancel: () => void) {
  const latestOnCancel = useRef(onCancel)
  useLayoutEffect(() => {
    latestOnCancel.current = onCancel
  })
  // A layout effect is cleaned up while the dialog is still in the page, so the browser restores focus.
  useLayoutEffect(() => {
    const { current: element } = dialog
    const view = element?.ownerDocument.defaultView
    if (!element || !view) return undefined
    let isMounted = true
    const cancel = (event: Event) => {
      event.preventDefault()
      event.stopImmediatePropagation()
      latestOnCancel.current()
    }
    const cancelByEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.isComposing) cancel(event)
    }
    // Mantine listens for Escape at `window` before this listener, and skips targets with this attribute.
    const keepFromMantine = ({ target }: Event) =>
      target instanceof Element && target.setAttribute(mantineAttribute, 'true')
    // Chrome closes a dialog without a `cancel` event that can be prevented if the user goes back twice without a press in
    // the dialog. The next file needs the dialog again.
    const reopen = () => {
      // The event of the first mount comes after the second mount in StrictMode.
      if (element.open) return
      latestOnCancel.current()
      setTimeout(() => isMounted && !element.open && element.showModal())
    }
    const listeners = { cancel, focusin: keepFromMantine, close: reopen }
    // Not removed by a signal: Jest's environment jest-fixed-jsdom has Node's AbortController, and its nodes throw.
    view.addEventListener('keydown', cancelByEscape, true)
    for (const [type, listener] of Object.entries(listeners)) element.addEventListener(type, listener, true)
    // jsdom has no `showModal`.
    if (typeof element.showModal === 'function') element.showModal()
    else element.setAttribute('open', '')
    return () => {
      isMounted = false
      view.removeEventListener('keydown', cancelByEscape, true)
      for (const [type, listener] of Object.entries(listeners))
        element.removeEventListener(type, listener, true)
      if (typeof element.close === 'function') element.close()
    }
  }, [dialog])
}

/**
 * Stops events that React passes on to the components around the dialog, where they would have an effect: Ctrl+Z removes a
 * file, and a click in a label chooses one.
 */
export const isolatedEvents = {
  onKeyDown: isolateEvent,
  onClick: isolateEvent,
  onChange: isolateEvent,
  onPaste: isolateEvent,
}

function isolateEvent(event: { stopPropagation(): void }) {
  event.stopPropagation()
}
