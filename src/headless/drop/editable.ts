/** Input types without text entry. */
const nonTextTypes = /^(?:button|checkbox|color|file|hidden|image|radio|range|reset|submit)$/

/** Also true for an element of another window, where `instanceof` fails: a portal may render into an iframe. */
export const isElement = (target: EventTarget | null | undefined): target is Element =>
  (target as Partial<Node> | null | undefined)?.nodeType === 1 // a window has no such property

/** Whether the element accepts text: text that is dropped or pasted there is not for the zone. */
export function acceptsText(target: EventTarget | null | undefined): boolean {
  if (!isElement(target)) {
    const { parentElement } = (target ?? {}) as Partial<Node> // a window has no such property
    return isElement(parentElement) && acceptsText(parentElement)
  }
  if (target.matches('input, textarea')) {
    const { type, readOnly, disabled } = target as HTMLInputElement // a textarea has the same properties
    return !nonTextTypes.test(type) && !readOnly && !disabled
  }
  const { isContentEditable, editContext } = target as HTMLElement & { readonly editContext?: object } // SVG has neither
  return (
    isContentEditable ||
    Boolean(editContext) ||
    target.closest('[role="textbox"]') !== null ||
    target.ownerDocument.designMode === 'on'
  )
}

/**
 * Whether the focused element accepts text, or hides a field that may: only the host of a closed shadow root has focus
 * without a tab index.
 */
export function acceptsPastedText(focused: Element | null): boolean {
  const { tabIndex = 0 } = (focused ?? {}) as Partial<HTMLElement> // XML elements have none
  return acceptsText(focused) || (tabIndex < 0 && !focused?.hasAttribute('tabindex'))
}

/**
 * Whether the copied text matters and the files are only pictures of it: Office adds a picture of the cells. File
 * managers add the file names, and browsers the `<img>` of a copied image.
 */
export function prefersText(copied: DataTransfer): boolean {
  if (copied.types.includes('text/rtf')) return true
  const html = copied.getData('text/html')
  if (html !== '' && !isOneImage(html)) return true
  const names = new Set([...copied.files].map(({ name }) => name.normalize()))
  const lines = copied.getData('text/plain').split(/[\r\n]+/)
  return lines.some((line) => line.trim() !== '' && !names.has(fileNameOf(line.trim())))
}

function isOneImage(html: string): boolean {
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  const all = body.querySelectorAll('*')
  return all.length === 1 && all[0]?.localName === 'img' && body.textContent.trim() === ''
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
