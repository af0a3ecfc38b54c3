import { showOnTop } from './lightbox/on-top.ts'

export interface MenuEntry {
  readonly label: string
  readonly isEnabled: boolean
  readonly onSelect: () => void
}

/** Distance from the button and from the edges of the window, in px. */
const gapPx = 4

/**
 * Opens a menu beside a button, by the menu button pattern of ARIA. The menu has the accessible name of the button. Arrow
 * keys, Home and End move focus. Escape, Tab and a press outside the menu close it. The menu is a popover next to the
 * button and not in `body`, because a modal dialog around the button makes everything outside the dialog inert.
 */
export function openMenu(button: HTMLElement, entries: readonly MenuEntry[]) {
  const { ownerDocument } = button
  const view = ownerDocument.defaultView ?? window
  const menu = ownerDocument.createElement('div')
  menu.setAttribute('popover', 'manual')
  menu.setAttribute('role', 'menu')
  menu.setAttribute('aria-label', button.getAttribute('aria-label') ?? '')
  menu.dataset.part = 'menu'
  const menuItems = entries.map(({ label, isEnabled }) => {
    const item = ownerDocument.createElement('button')
    item.type = 'button'
    item.setAttribute('role', 'menuitem')
    item.tabIndex = -1
    item.textContent = label
    // Mantine listens for Escape at `window` before all other listeners, and skips targets with this attribute.
    item.dataset.mantineStopPropagation = 'true'
    // A disabled entry can get focus, so that a screen reader reads every entry.
    if (!isEnabled) item.setAttribute('aria-disabled', 'true')
    return item
  })
  menu.append(...menuItems)
  button.after(menu)
  button.setAttribute('aria-expanded', 'true')

  function cleanUp() {
    for (const type of ['scroll', 'resize']) view.removeEventListener(type, onLayoutChange, true)
    button.removeAttribute('aria-expanded')
    menu.remove()
  }
  function closeWithoutFocus() {
    hideMenu()
    cleanUp()
  }
  function onLayoutChange({ target }: Event) {
    if (target !== menu) closeWithoutFocus()
  }
  function onKey(event: KeyboardEvent) {
    const focusedIndex = menuItems.findIndex(
      (item) => item === (menu.getRootNode() as Document | ShadowRoot).activeElement,
    ) // the root of a connected element has one of these types
    const nextIndex = { ArrowDown: focusedIndex + 1, ArrowUp: focusedIndex - 1, Home: 0, End: -1 }[event.key]
    // Focuses the button first, so that the browser then moves focus from there to the next element.
    if (event.key === 'Tab') {
      closeWithoutFocus()
      button.focus()
    }
    if (nextIndex === undefined) return
    event.preventDefault()
    menuItems.at(nextIndex % menuItems.length)?.focus()
  }
  const hideMenu = showOnTop(menu, {
    onClose: () => {
      cleanUp()
      button.focus({ preventScroll: true })
    },
    onPress: (path) => {
      const entry = entries[menuItems.findIndex((item) => path.includes(item))]
      if (entry?.isEnabled) setTimeout(entry.onSelect)
      return Boolean(entry?.isEnabled)
    },
    onKey,
  })
  placeBeside(menu, button)
  // Closes the menu on scroll and resize, because the menu would not move with the button.
  for (const type of ['scroll', 'resize']) view.addEventListener(type, onLayoutChange, true)
}

/** Places an element of the top layer below its anchor, or above it where there is no room. */
export function placeBeside(element: HTMLElement, anchor: HTMLElement) {
  const { innerWidth, innerHeight } = anchor.ownerDocument.defaultView ?? window
  const { left, right, top, bottom } = anchor.getBoundingClientRect()
  const { width, height } = element.getBoundingClientRect()
  const isRtl = getComputedStyle(anchor).direction === 'rtl'
  const x = Math.max(gapPx, Math.min(isRtl ? right - width : left, innerWidth - width - gapPx))
  const y = bottom + gapPx + height <= innerHeight ? bottom + gapPx : Math.max(gapPx, top - gapPx - height)
  Object.assign(element.style, {
    position: 'fixed',
    inset: 'auto',
    margin: '0',
    left: `${x}px`,
    top: `${y}px`,
  })
}
