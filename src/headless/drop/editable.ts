/** Types of inputs that accept no text. */
const nonTextTypes = /^(?:button|checkbox|color|file|hidden|image|radio|range|reset|submit)$/

/**
 * Whether the target is an element. Also works for an element of another window, for which `instanceof` fails. An app
 * may render into an iframe with a portal.
 */
export const isElement = (target: EventTarget | null | undefined): target is Element =>
  (target as Partial<Node> | null | undefined)?.nodeType === 1 // a Window has no `nodeType`

/** Whether the element accepts text. If so, a text that is dropped or pasted there is not for the zone. */
export function acceptsText(target: EventTarget | null | undefined): boolean {
  if (!isElement(target)) {
    const { parentElement } = (target ?? {}) as Partial<Node> // a Window has no `parentElement`
    return isElement(parentElement) && acceptsText(parentElement)
  }
  if (target.matches('input, textarea')) {
    const { type, readOnly, disabled } = target as HTMLInputElement // a textarea has the same properties
    return !nonTextTypes.test(type) && !readOnly && !disabled
  }
  const { isContentEditable, editContext } = target as HTMLElement & { readonly editContext?: object } // an SVG element has neither property
  return (
    isContentEditable ||
    Boolean(editContext) ||
    target.closest('[role="textbox"]') !== null ||
    target.ownerDocument.designMode === 'on'
  )
}

/**
 * Whether a paste may insert text at the focused element. Also true for the host of a closed shadow root, because a
 * text field inside it may have focus. Such a host counts as the focused element, although the host itself cannot get
 * focus.
 */
export function acceptsPastedText(focusedElement: Element | null): boolean {
  const { tabIndex = 0 } = (focusedElement ?? {}) as Partial<HTMLElement> // an XML element has no `tabIndex`
  return acceptsText(focusedElement) || (tabIndex < 0 && !focusedElement?.hasAttribute('tabindex'))
}

/** Whether the focused element accepts text. The body and dialogs have a negative `tabIndex`, but no closed shadow root. */
export const acceptsFocusedText = (focusedElement: Element): boolean =>
  acceptsText(focusedElement) ||
  (!/^(?:body|html|dialog)$/.test(focusedElement.localName) && acceptsPastedText(focusedElement))

/**
 * Whether the user copied text, and the files in the clipboard are only pictures of that text. For example, Office
 * adds a picture of copied cells. False if the text only describes copied files: file managers add the files' names,
 * and browsers add the `<img>` of a copied image.
 */
export function isCopiedText(clipboard: DataTransfer): boolean {
  if (clipboard.types.includes('text/rtf')) return true
  const html = clipboard.getData('text/html')
  if (html !== '' && !isOneImage(html)) return true
  const names = new Set([...clipboard.files].map(({ name }) => name.normalize()))
  const lines = clipboard.getData('text/plain').split(/[\r\n]+/)
  return lines.some((line) => line.trim() !== '' && !names.has(fileNameOf(line.trim())))
}

function isOneImage(html: string): boolean {
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  const elements = body.querySelectorAll('*')
  return elements.length === 1 && elements[0]?.localName === 'img' && body.textContent.trim() === ''
}

/** Returns the file name of an absolute path, or of the `file:` URL that Linux file managers write. */
function fileNameOf(line: string): string {
  if (!/^(file:|[a-z]:\\|[/\\~])/i.test(line)) return line.normalize()
  const name = line.split(/[/\\]/).at(-1) ?? ''
  try {
    return (line.startsWith('file:') ? decodeURIComponent(name) : name).normalize()
  } catch {
    return name
  }
}
