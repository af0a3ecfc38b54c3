/** Elements that a modal dialog hides. Radix and React Aria set these attributes on everything outside the dialog. */
const hiddenSelector = '[inert], [aria-hidden="true"]'

/** Selects modal dialogs except the lightbox, which handles its own events and has no live region. */
const modalSelector = '[aria-modal="true"], dialog[open]:not([data-part="lightbox"])'

/** Returns an element and its ancestors, also those outside of its shadow root. The innermost one is first. */
export function ancestorsOf(startElement: Element | null | undefined): readonly Element[] {
  const ancestors: Element[] = []
  for (let element = startElement; element;) {
    ancestors.push(element)
    const { host } = element.getRootNode() as Partial<ShadowRoot> // a document has no host
    element = element.assignedSlot ?? element.parentElement ?? host
  }
  return ancestors
}

export const isMarkedHidden = (element: Element): boolean => element.matches(hiddenSelector)

/** jsdom has no `checkVisibility`. */
const isVisible = (element: Element): boolean =>
  !('checkVisibility' in element) || element.checkVisibility({ visibilityProperty: true })

/**
 * Whether the content of the innermost of these elements is visible, and not hidden by a modal dialog. A closed dialog
 * can stay in the page.
 */
export const isExposed = (ancestors: readonly Element[]): boolean =>
  !ancestors.some(isMarkedHidden) && (!ancestors[0] || isVisible(ancestors[0]))

export function isOpenModal(element: Element): boolean {
  if (!element.matches(modalSelector) || element.closest(hiddenSelector) || !isVisible(element)) return false
  return element.matches('[aria-modal="true"]') || element.matches(':modal')
}

/** Returns the open modal dialogs of a page, in the order of the document. Does not find those in shadow roots. */
export const openModalsOf = (page: Document): readonly Element[] =>
  [...page.querySelectorAll(modalSelector)].filter(isOpenModal)
