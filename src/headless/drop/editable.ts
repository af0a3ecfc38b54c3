/** Input types without text entry. */
const nonTextTypes = /^(?:button|checkbox|color|file|hidden|image|radio|range|reset|submit)$/

/** Whether the element accepts text: text that is dropped or pasted there is not for the zone. */
export function acceptsText(target: EventTarget | null | undefined): boolean {
  if (!(target instanceof Element)) {
    return target instanceof Node && acceptsText(target.parentElement)
  }
  if (target instanceof HTMLInputElement) {
    return !nonTextTypes.test(target.type) && !target.readOnly && !target.disabled
  }
  if (target instanceof HTMLTextAreaElement) return !target.readOnly && !target.disabled
  return (
    (target instanceof HTMLElement && target.isContentEditable) ||
    target.closest('[role="textbox"]') !== null ||
    target.ownerDocument.designMode === 'on'
  )
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
  return lines.some((line) => line.trim() !== '' && !names.has(lastSegment(line.trim())))
}

function isOneImage(html: string): boolean {
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  const all = body.querySelectorAll('*')
  return all.length === 1 && all[0]?.localName === 'img' && body.textContent.trim() === ''
}

/** Returns the file name of a path, or of the `file:` URL that Linux file managers write. */
function lastSegment(line: string): string {
  const name = line.split(/[/\\]/).at(-1) ?? ''
  try {
    return (line.startsWith('file:') ? decodeURIComponent(name) : name).normalize()
  } catch {
    return name
  }
}
