/**
 * Attributes that tell screen readers a row's position in the complete list. Spread them on the row. Empty if all
 * rows are rendered.
 */
export interface RowPosition {
  readonly 'aria-setsize'?: number
  readonly 'aria-posinset'?: number
}

/** Rendered ranges of a long list, with space in between. */
export interface VirtualView {
  readonly ranges: readonly RowRange[]
  /** Height of all rows after the last range, in pixels. */
  readonly spaceAfter: number
}

interface RowRange {
  /** Index of the first row. */
  readonly startIndex: number
  /** Index after the last row. */
  readonly endIndex: number
  /** Height of the rows between the previous range and this one, in pixels. */
  readonly spaceBefore: number
}

export interface RowWatcher {
  /** Measures the visible range again. Call it when rows were added, removed or moved. */
  update(): void
  stop(): void
}

/**
 * Number of lines in a block. A line is one row of a list, or one line of tiles in a grid. All rows of a block are rendered
 * or removed together.
 */
const linesPerBlock = 5
/**
 * Maximum distance from the viewport in pixels at which rows are rendered. One turn of a mouse wheel scrolls about as
 * far in a frame.
 */
const overscanPx = 600

/**
 * Watches a list and reports the rows near the viewport. Reads only the list's position in the viewport, so it works
 * in any scroll container. The height of a row is measured when the row is rendered, and cached. Unknown heights are
 * estimated by the average. The browser's scroll anchoring corrects the error. A row is identified by its
 * `aria-posinset`.
 */
export function watchVisibleRows(
  list: HTMLElement,
  count: () => number,
  onChange: (view: VirtualView) => void,
): RowWatcher {
  const { ownerDocument: page } = list
  const root = list.getRootNode() as Document | ShadowRoot // the root of a connected element has one of these types
  /** Average line height in pixels, with the gap, by index of the block (see `linesPerBlock`). */
  const lineHeights = new Map<number, number>()
  let columnCount = 1
  let measuredWidth: number | undefined
  let reportedViewJson = ''

  function update() {
    const { top, width: newWidth } = list.getBoundingClientRect()
    const { display, gridTemplateColumns, rowGap } = getComputedStyle(list)
    if (newWidth !== measuredWidth) {
      columnCount = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
      lineHeights.clear()
    }
    measuredWidth = newWidth
    const gap = parseFloat(rowGap) || 0
    measureLineHeights(gap)
    if (lineHeights.size === 0) return // the list is not displayed

    const view = computeView(top, gap)
    const viewJson = JSON.stringify(view)
    if (viewJson === reportedViewJson) return
    reportedViewJson = viewJson
    onChange(view)
  }

  function measureLineHeights(gap: number) {
    const rows = [...list.querySelectorAll<HTMLElement>(':scope > [aria-posinset]')]
    const rowsPerBlock = linesPerBlock * columnCount
    const indexes = rows.map(rowIndexOf)
    rows.forEach((row, position) => {
      const index = indexes[position] ?? 0
      if (index % rowsPerBlock > 0) return
      let endIndex = position + 1
      while (endIndex < position + rowsPerBlock && indexes[endIndex] === index + endIndex - position)
        endIndex += 1
      // The block ends where the next one starts, or else where its own last row ends.
      const { top } = row.getBoundingClientRect()
      const nextRow = indexes[endIndex] === index + rowsPerBlock ? rows[endIndex] : undefined
      const lastRow = rows[endIndex - 1] ?? row
      const blockBottom = nextRow
        ? nextRow.getBoundingClientRect().top
        : lastRow.getBoundingClientRect().bottom + gap
      const lineHeight = (blockBottom - top) / Math.ceil((endIndex - position) / columnCount)
      const knownHeight = lineHeights.get(index / rowsPerBlock) ?? 0
      if (Math.abs(lineHeight - knownHeight) > 0.1) lineHeights.set(index / rowsPerBlock, lineHeight)
    })
  }

  function computeView(top: number, gap: number): VirtualView {
    const rowsPerBlock = linesPerBlock * columnCount
    const rowCount = count()
    const blockCount = Math.ceil(rowCount / rowsPerBlock)
    const averageLineHeight =
      [...lineHeights.values()].reduce((sum, lineHeight) => sum + lineHeight, 0) / lineHeights.size
    const { activeElement } = root
    const row = activeElement?.closest('[aria-posinset]')
    const focusedBlockIndex =
      row?.parentElement === list ? Math.floor(rowIndexOf(row) / rowsPerBlock) : -Infinity
    const blockHeights = Array.from({ length: blockCount }, (_, blockIndex) => {
      const blockLines = Math.min(
        linesPerBlock,
        Math.ceil((rowCount - blockIndex * rowsPerBlock) / columnCount),
      )
      return blockLines * (lineHeights.get(blockIndex) ?? averageLineHeight)
    })
    const height = blockHeights.reduce((sum, blockHeight) => sum + blockHeight, 0)
    // If the list is outside the viewport, the rows nearest to it stay rendered.
    const visibleTop = Math.min(Math.max(0, -top), height - 1)
    const visibleBottom = Math.max(visibleTop, page.documentElement.clientHeight - top)

    const ranges: { startIndex: number; endIndex: number; spaceBefore: number }[] = []
    let skippedHeight = 0
    let blockTop = 0
    blockHeights.forEach((blockHeight, blockIndex) => {
      const isNearViewport =
        blockTop + blockHeight > visibleTop - overscanPx && blockTop < visibleBottom + overscanPx
      blockTop += blockHeight
      // Blocks next to the focused one stay rendered, because Tab and Shift+Tab move focus to the next and the previous
      // row.
      if (!isNearViewport && Math.abs(blockIndex - focusedBlockIndex) > 1)
        return void (skippedHeight += blockHeight)
      const startIndex = blockIndex * rowsPerBlock
      const endIndex = Math.min(startIndex + rowsPerBlock, rowCount)
      const lastRange = ranges.at(-1)
      if (lastRange?.endIndex === startIndex) lastRange.endIndex = endIndex
      else ranges.push({ startIndex, endIndex, spaceBefore: skippedHeight - gap })
      skippedHeight = 0
    })
    return { ranges, spaceAfter: skippedHeight - gap }
  }

  // Uses the capture phase, because scroll events of elements do not bubble.
  page.addEventListener('scroll', update, { capture: true, passive: true })
  window.addEventListener('resize', update)
  // jsdom has neither of the two observers.
  const resizeObserver = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(update)
  resizeObserver?.observe(list)
  // Also updates when an empty space becomes visible: content above the list may grow and move the list without a scroll
  // event.
  const spaceObserver =
    typeof IntersectionObserver === 'undefined'
      ? undefined
      : new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && update())
  const childObserver = new MutationObserver(observeSpaces)
  childObserver.observe(list, { childList: true })
  function observeSpaces() {
    spaceObserver?.disconnect()
    for (const space of list.querySelectorAll(':scope > [data-space]')) spaceObserver?.observe(space)
  }
  update()
  observeSpaces()

  return {
    update,
    stop() {
      page.removeEventListener('scroll', update, { capture: true })
      window.removeEventListener('resize', update)
      resizeObserver?.disconnect()
      spaceObserver?.disconnect()
      childObserver.disconnect()
    },
  }
}

function rowIndexOf(row: Element): number {
  return Number(row.getAttribute('aria-posinset')) - 1
}
