/** Duration of the animation when rows exchange positions, in ms. */
export const slideMs = 180

/** Changes the order of rows, or removes some, and animates the moved rows from their old positions. */
export function animateMove(rows: readonly HTMLElement[], change: () => void, excludedRow?: HTMLElement) {
  const oldRects = rows.map((row) => [row, row.getBoundingClientRect()] as const)
  change()
  requestAnimationFrame(() => slideFrom(oldRects.filter(([row]) => row !== excludedRow)))
}

/** Animates rows from their old positions. First reads all positions, because a read after a write costs a layout. */
function slideFrom(oldRects: readonly (readonly [row: HTMLElement, oldRect: DOMRect])[]) {
  const moves = oldRects.map(([row, { left, top }]) => {
    const newRect = row.getBoundingClientRect()
    return { row, x: left - newRect.left, y: top - newRect.top }
  })
  for (const { row, x, y } of moves)
    if ((x !== 0 || y !== 0) && canAnimate(row))
      row.animate({ translate: [`${x}px ${y}px`, '0 0'] }, { duration: slideMs, easing: 'ease-out' })
}

/**
 * Animates the neighbors of removed rows to their new positions. Must be called before the browser paints the removal,
 * by a mutation observer. Measures the old positions exactly: it inserts the removed rows again for a moment.
 */
export function slideNeighbors(mutations: readonly MutationRecord[]) {
  const removals = mutations.filter(
    ({ target, removedNodes }) => target instanceof HTMLElement && [...removedNodes].some(isRemovedRow),
  )
  const list = removals[0]?.target
  // A long list also removes the rows that were scrolled out of the viewport.
  if (!(list instanceof HTMLElement) || !canAnimate(list) || list.querySelector('[aria-posinset]')) return
  const rows = [...list.children].filter((row): row is HTMLElement => row instanceof HTMLElement)
  const removedRows = removals
    .toReversed()
    .flatMap(({ removedNodes, nextSibling }) =>
      [...removedNodes].filter(isRemovedRow).map((row) => ({ row, nextSibling })),
    )
  for (const { row, nextSibling } of removedRows)
    list.insertBefore(row, nextSibling?.parentNode === list ? nextSibling : null)
  const oldRects = rows.map((row) => [row, row.getBoundingClientRect()] as const)
  for (const { row } of removedRows) row.remove()
  slideFrom(oldRects)
}

/** Whether a node is a row that was removed and not only moved. */
const isRemovedRow = (node: Node): node is HTMLElement =>
  !node.isConnected && node instanceof HTMLElement && 'row' in node.dataset

/**
 * Whether the browser can and may animate a row. Checks both `animate` and `matchMedia`, because jsdom has neither, and
 * tests often add only one of them.
 */
export const canAnimate = (row: HTMLElement) =>
  'animate' in row &&
  typeof matchMedia === 'function' &&
  !matchMedia('(prefers-reduced-motion: reduce)').matches
