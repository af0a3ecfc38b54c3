import type { Page } from 'playwright'

/** Returns the controls that Tab does not reach, and those whose focus is not seen. */
export async function keyboardFaults(page: Page): Promise<string[]> {
  const count = await page.evaluate(markControls)
  const reached = new Set<string>()
  const faults = new Set<string>()
  for (let presses = 0; presses < count * 2 + 20 && reached.size < count; presses += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each press moves focus on
    await page.keyboard.press('Tab')
    // oxlint-disable-next-line no-await-in-loop
    const focused = await page.evaluate(readFocus)
    if (!focused) continue
    reached.add(focused.index)
    if (!focused.isVisible) faults.add(`the focus of ${focused.name} is not seen`)
  }
  for (const name of await page.evaluate(unreachedNames, [...reached]))
    faults.add(`Tab does not reach ${name}`)
  return [...faults]
}

/** Runs in the page. Returns the number of controls. */
function markControls(): number {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  // Tab does not leave a modal dialog.
  const modal = document.querySelector('dialog:modal')
  const controls = [
    ...document.querySelectorAll<HTMLElement>('[data-putaway] :is(button, a[href], input, [tabindex="0"])'),
  ].filter(
    (control) =>
      (!modal || modal.contains(control)) &&
      control.tabIndex >= 0 &&
      !control.matches(':disabled') &&
      control.checkVisibility({ visibilityProperty: true }),
  )
  controls.forEach((control, index) => (control.dataset.control = String(index)))
  return controls.length
}

/** Runs in the page. */
function readFocus() {
  const { activeElement: control } = document
  if (!(control instanceof HTMLElement) || control.dataset.control === undefined) return undefined
  const isVisible = [undefined, '::before', '::after'].some((pseudo) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(control, pseudo)
    return (
      (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) ||
      (pseudo !== undefined && boxShadow.includes('4px'))
    )
  })
  return {
    index: control.dataset.control,
    name: control.getAttribute('aria-label') ?? control.textContent ?? '',
    isVisible,
  }
}

/** Runs in the page. A control that was removed meanwhile is not missed. */
function unreachedNames(reached: readonly string[]): string[] {
  return [...document.querySelectorAll<HTMLElement>('[data-control]')]
    .filter(({ dataset }) => !reached.includes(dataset.control ?? ''))
    .map((control) => control.getAttribute('aria-label') ?? control.textContent ?? '')
}
