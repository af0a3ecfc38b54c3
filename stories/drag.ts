import { expect, waitFor } from 'storybook/test'

/** What tells of a drag and what keeps focus are loaded when the page is there. */
export const codeIsThere = async () => {
  await Promise.all([import('../src/components/dropping.ts'), import('../src/components/focus.ts')])
  await new Promise((resolve) => setTimeout(resolve, 50))
}

/**
 * Holds a file over the drop zone inside an element, as a mouse would, and leaves a copy of what is shown then: there
 * is one mouse, and a zone forgets a drag that does not move.
 */
export async function holdOver(element: HTMLElement, file: File | undefined) {
  dispatch('dragenter', element, file)
  await waitFor(() =>
    expect(element.querySelector('[data-drag="accept"], [data-drag="reject"]')).not.toBeNull(),
  )
  element.replaceChildren(...[...element.childNodes].map((each) => each.cloneNode(true)))
}

/** Lets a file or text go over the drop zone inside an element. */
export function drop(element: HTMLElement, dragged: File | string | undefined) {
  dispatch('drop', element, dragged)
}

function dispatch(type: 'dragenter' | 'drop', element: HTMLElement, dragged: File | string | undefined) {
  const zone = element.querySelector('[data-drag]')
  if (!zone || dragged === undefined) throw new Error('There is no drop zone, or nothing to drag.')
  const dataTransfer = new DataTransfer()
  if (typeof dragged === 'string') dataTransfer.setData('text/plain', dragged)
  else dataTransfer.items.add(dragged)
  zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
}
