/** What tells of a drag and what keeps focus are loaded when the page is there. */
export const codeIsThere = async () => {
  await Promise.all([import('../src/components/dropping.ts'), import('../src/components/focus.ts')])
  await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Holds a file over the drop zone inside an element, as a mouse would, and does not let go. */
export function holdOver(element: HTMLElement, file: File | undefined) {
  dispatch('dragenter', element, file)
}

/** Lets a file go over the drop zone inside an element. */
export function drop(element: HTMLElement, file: File | undefined) {
  dispatch('drop', element, file)
}

function dispatch(type: 'dragenter' | 'drop', element: HTMLElement, file: File | undefined) {
  const zone = element.querySelector('[data-drag]')
  if (!zone || !file) throw new Error('There is no drop zone, or no file to drag.')
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(file)
  zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
}
