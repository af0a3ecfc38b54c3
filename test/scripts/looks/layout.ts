import type { Page } from 'playwright'

/** Text spacing of WCAG 1.4.12. */
const textSpacing =
  '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }'

/** Returns the faults of the layout at the current width: sideways scroll, cut texts, small targets. */
export const layoutFaults = (page: Page): Promise<string[]> => page.evaluate(findLayoutFaults, true)

/** Returns what moves although the user prefers reduced motion. */
export const motionFaults = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    document.getAnimations().flatMap(({ effect }) => {
      const { target, pseudoElement } = effect as KeyframeEffect // animations of a page have keyframes
      if (!target?.closest('[data-putaway]') || Number(effect?.getComputedTiming().duration) === 0) return []
      return [`${target.localName} ${target.getAttribute('class') ?? ''} ${pseudoElement ?? ''} moves`]
    }),
  )

/** Returns the texts that are cut with the text spacing of WCAG 1.4.12. */
export async function textSpacingFaults(page: Page): Promise<string[]> {
  const style = await page.addStyleTag({ content: textSpacing })
  const faults = await page.evaluate(findLayoutFaults, false)
  await style.evaluate((element: Element) => element.remove())
  return faults.map((fault) => `with text spacing, ${fault}`)
}

/** Runs in the page. */
function findLayoutFaults(checkTargets: boolean): string[] {
  const faults: string[] = []
  const nameOf = (element: Element) =>
    `${element.localName}${element.className ? `.${element.className.split(' ')[0]}` : ''} "${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}"`
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) faults.push(`the page scrolls sideways: ${scrollWidth} of ${clientWidth} px`)
  const isSeen = (element: Element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest('.putaway-live, [hidden]')

  for (const element of document.querySelectorAll<HTMLElement>('[data-putaway] *')) {
    if (!isSeen(element)) continue
    const hasText = [...element.childNodes].some(
      ({ nodeType, textContent }) => nodeType === 3 && textContent?.trim(),
    )
    const { overflowX, overflowY, textOverflow } = getComputedStyle(element)
    // An ellipsis is for names: the whole name is shown on focus, and is in the accessible name.
    if (!hasText || textOverflow === 'ellipsis') continue
    const isCut =
      (overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) ||
      (overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1)
    const clip = element
      .closest<HTMLElement>('.putaway-tile, .putaway-card, .putaway-add, .putaway-row')
      ?.getBoundingClientRect()
    const range = document.createRange()
    range.selectNodeContents(element)
    const text = range.getBoundingClientRect()
    const isOutside =
      clip &&
      !element.closest('[popover]') &&
      (text.right > clip.right + 1 ||
        text.left < clip.left - 1 ||
        text.bottom > clip.bottom + 1 ||
        text.top < clip.top - 1)
    if (isCut || isOutside) faults.push(`the text of ${nameOf(element)} is cut`)
  }

  if (!checkTargets) return faults
  for (const target of document.querySelectorAll<HTMLElement>('[data-putaway] :is(button, a[href])')) {
    if (!isSeen(target) || target.matches(':disabled')) continue
    target.scrollIntoView({ block: 'center' })
    const { left, top, width, height } = target.getBoundingClientRect()
    const [x, y] = [left + width / 2, top + height / 2]
    // WCAG 2.5.8: 24 px. The area that takes the press may be larger than the element, for example by `::after`.
    const points = [
      [0, 0],
      [-11, 0],
      [11, 0],
      [0, -11],
      [0, 11],
    ] as const
    const missed = points.filter(([right, down]) => {
      const hit = document.elementFromPoint(x + right, y + down)
      return hit && !target.contains(hit) && hit.closest('button, a') !== null
    })
    const isSmall =
      (width < 24 || height < 24) &&
      points.some(([right, down]) => !target.contains(document.elementFromPoint(x + right, y + down)))
    if (missed.length > 0 || isSmall)
      faults.push(
        `the target ${nameOf(target)} is small or covered: ${Math.round(width)} x ${Math.round(height)} px`,
      )
  }
  return faults
}
