import { expect, waitFor } from 'storybook/test'

/** The chunks for drags and focus are loaded after the page. */
export const waitForModules = async () => {
  await Promise.all([
    import('../src/headless/drop/DropHandler.tsx'),
    import('../src/headless/drop/page-targets.ts'),
    import('../src/headless/lazy/page-code.ts'),
  ])
  await new Promise((resolve) => setTimeout(resolve, 50))
}

/**
 * Holds a file over the drop zone inside an element, as a mouse would, and leaves a copy of the shown state. The copy
 * is needed because there is one mouse, and a zone ends a drag that does not move.
 */
export async function holdOver(element: HTMLElement, file: File | undefined) {
  await waitFor(async () => {
    dispatch('dragenter', element, file)
    await expect(element.querySelector('[data-drag="accept"], [data-drag="reject"]')).not.toBeNull()
  })
  element.replaceChildren(...[...element.childNodes].map((each) => each.cloneNode(true)))
}

/** Moves a file or text over the drop zone inside an element. */
export function drop(element: HTMLElement, dragged: File | string | undefined) {
  dispatch('drop', element, dragged)
}

function dispatch(type: 'dragenter' | 'drop', element: HTMLElement, dragged: File | string | undefined) {
  const zone = element.querySelector('[data-drag]')
  if (!zone || dragged === undefined) throw new Error('No drop zone or no dragged content.')
  const dataTransfer = new DataTransfer()
  if (typeof dragged === 'string') dataTransfer.setData('text/plain', dragged)
  else dataTransfer.items.add(dragged)
  zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
}
