/**
 * Keeps a focused element visible (WCAG 2.4.11): a browser scrolls to it only if it is outside of the window, and not if
 * it is behind the tray. Calls `moveAway` if scrolling does not help, as at the end of a page. Returns a function that
 * ends it.
 */
export function revealFocus(tray: HTMLElement, moveAway: () => void): () => void {
  const isBehind = (element: Element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    const [x, y] = [left + width / 2, top + height / 2]
    const frame = tray.getBoundingClientRect()
    return x > frame.left && x < frame.right && y > frame.top && y < frame.bottom
  }
  const reveal = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || tray.contains(target) || !isBehind(target)) return
    target.scrollIntoView({ block: 'center', behavior: 'instant' })
    if (isBehind(target)) moveAway()
  }
  document.addEventListener('focusin', reveal)
  return () => document.removeEventListener('focusin', reveal)
}
