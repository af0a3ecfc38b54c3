import { isElement } from './editable.ts'

/** Whether a transfer has files. In WebKit on Linux, a transfer with files may lack the type `Files`. */
export const hasFiles = ({ types, files }: DataTransfer) => types.includes('Files') || files.length > 0

/**
 * Whether React's root is an element inside `body`. React handles events at its root. So an event that was prevented
 * before it reached that root was handled by a drop target inside the zone. Without such a root, the event may come
 * from a listener that blocks drops on the whole page.
 */
export const isWithinPage = (root: EventTarget | null) =>
  isElement(root) && root !== root.ownerDocument.body && root !== root.ownerDocument.documentElement

export const isDraggable = (target: EventTarget) =>
  isElement(target) && target.getAttribute('draggable') === 'true'

export const isFileInput = (target: EventTarget | undefined) =>
  isElement(target) && target.matches('input[type="file"]:not(:disabled)')
