import { expect } from 'storybook/test'

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
  const isShown = () => element.querySelector('[data-drag="accept"], [data-drag="reject"]') !== null
  await repeatUntil(() => dispatch('dragenter', element, file), isShown)
  element.replaceChildren(...[...element.childNodes].map((each) => each.cloneNode(true)))
}

/** Moves a file over the drop zone inside an element, and drops it. */
export function drop(element: HTMLElement, file: File | undefined) {
  dispatch('drop', element, file)
}

/** Drops text on the drop zone inside an element until the page has taken it. */
export const dropText = (element: HTMLElement, isTaken: () => boolean) =>
  repeatUntil(() => dispatch('drop', element, 'some text'), isTaken)

/**
 * Repeats an event until it has an effect. A zone ignores events until its code has loaded and its effect has run. Not by
 * `waitFor`, which also runs after each change of the page: an event that changes the page without the effect would repeat
 * itself without an end, and block the page.
 */
async function repeatUntil(dispatchEvent: () => void, hasEffect: () => boolean) {
  for (let tries = 0; tries < 200 && !hasEffect(); tries += 1) {
    dispatchEvent()
    // oxlint-disable-next-line no-await-in-loop -- one event after the other
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await expect(hasEffect()).toBe(true)
}

function dispatch(type: 'dragenter' | 'drop', element: HTMLElement, dragged: File | string | undefined) {
  const zone = element.querySelector('[data-drag]')
  if (!zone || dragged === undefined) throw new Error('No drop zone or no dragged content.')
  const dataTransfer = new DataTransfer()
  if (typeof dragged === 'string') dataTransfer.setData('text/plain', dragged)
  else dataTransfer.items.add(dragged)
  zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
}
