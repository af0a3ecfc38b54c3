/**
 * A row's position in the complete list, for screen readers: spread it on the row. Empty if all rows are rendered.
 */
export interface RowPosition {
  readonly 'aria-setsize'?: number
  readonly 'aria-posinset'?: number
}

/** Rendered ranges of a long list, with space in between. */
export interface VirtualView {
  readonly ranges: readonly RowRange[]
  /** Height of all rows after the last range, in pixels. */
  readonly after: number
}

interface RowRange {
  /** Index of the first row, and the index after the last row. */
  readonly from: number
  readonly to: number
  /** Height of the rows between the previous range and this one, in pixels. */
  readonly before: number
}

export interface RowWatcher {
  /** Measures the visible range again. Call it when rows were added, removed or moved. */
  update(): void
  stop(): void
}

/** Lines per block. Blocks are added and removed as a whole. */
const linesPerBlock = 5
/**
 * Rows are rendered up to this distance from the viewport, in pixels: about what one wheel turn scrolls per frame.
 */
const overscanPx = 600

/**
 * Watches a list and reports the rows near the viewport. Reads only the list's position in the viewport, so it
 * works in any scroll container. Row heights are measured when rendered and cached; unknown heights are estimated
 * by the average, and the browser's scroll anchoring corrects the error. A row is identified by its
 * `aria-posinset`.
 */
export function watchVisibleRows(
  list: HTMLElement,
  count: () => number,
  onChange: (view: VirtualView) => void,
): RowWatcher {
  const { ownerDocument: page } = list
  const root = list.getRootNode() as Document | ShadowRoot // a connected list is in one of them
  /** Average line height in pixels, with the gap, by index of the block (see `linesPerBlock`). */
  const lineHeights = new Map<number, number>()
  let columns = 1
  let width: number | undefined
  let shownJson = ''

  function update() {
    const { top, width: newWidth } = list.getBoundingClientRect()
    const { display, gridTemplateColumns, rowGap } = getComputedStyle(list)
    if (newWidth !== width) {
      columns = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
      lineHeights.clear()
    }
    width = newWidth
    const gap = parseFloat(rowGap) || 0
    measure(gap)
    if (lineHeights.size === 0) return // the list is not displayed

    const view = viewFrom(top, gap)
    const next = JSON.stringify(view)
    if (next === shownJson) return
    shownJson = next
    onChange(view)
  }

  function measure(gap: number) {
    const rows = [...list.querySelectorAll<HTMLElement>(':scope > [aria-posinset]')]
    const size = linesPerBlock * columns
    const indexes = rows.map(indexOf)
    rows.forEach((row, at) => {
      const index = indexes[at] ?? 0
      if (index % size > 0) return
      let endIndex = at + 1
      while (endIndex < at + size && indexes[endIndex] === index + endIndex - at) endIndex += 1
      // Ends at the start of the next block, or else at the end of this block's last row.
      const { top } = row.getBoundingClientRect()
      const next = indexes[endIndex] === index + size ? rows[endIndex] : undefined
      const last = rows[endIndex - 1] ?? row
      const end = next ? next.getBoundingClientRect().top : last.getBoundingClientRect().bottom + gap
      const lineHeight = (end - top) / Math.ceil((endIndex - at) / columns)
      const knownHeight = lineHeights.get(index / size) ?? 0
      if (Math.abs(lineHeight - knownHeight) > 0.1) lineHeights.set(index / size, lineHeight)
    })
  }

  function viewFrom(top: number, gap: number): VirtualView {
    const size = linesPerBlock * columns
    const total = count()
    const blocks = Math.ceil(total / size)
    const average = [...lineHeights.values()].reduce((sum, pitch) => sum + pitch, 0) / lineHeights.size
    const { activeElement } = root
    const row = activeElement?.closest('[aria-posinset]')
    const focused = row?.parentElement === list ? Math.floor(indexOf(row) / size) : -Infinity
    const heights = Array.from({ length: blocks }, (_, block) => {
      const linesHere = Math.min(linesPerBlock, Math.ceil((total - block * size) / columns))
      return linesHere * (lineHeights.get(block) ?? average)
    })
    const height = heights.reduce((sum, each) => sum + each, 0)
    // If the list is outside the viewport, the rows nearest to it stay rendered.
    const start = Math.min(Math.max(0, -top), height - 1)
    const end = Math.max(start, page.documentElement.clientHeight - top)

    const ranges: { from: number; to: number; before: number }[] = []
    let space = 0
    let offset = 0
    heights.forEach((each, block) => {
      const isNear = offset + each > start - overscanPx && offset < end + overscanPx
      offset += each
      // Tab moves focus to the next row, Shift+Tab to the previous one.
      if (!isNear && Math.abs(block - focused) > 1) return void (space += each)
      const from = block * size
      const to = Math.min(from + size, total)
      const last = ranges.at(-1)
      if (last?.to === from) last.to = to
      else ranges.push({ from, to, before: space - gap })
      space = 0
    })
    return { ranges, after: space - gap }
  }

  // Uses the capture phase, because scroll events of elements do not bubble.
  page.addEventListener('scroll', update, { capture: true, passive: true })
  window.addEventListener('resize', update)
  // jsdom has neither of the two observers.
  const resizeObserver = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(update)
  resizeObserver?.observe(list)
  // Other changes move the list too, for example growing content above it.
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

function indexOf(row: Element): number {
  return Number(row.getAttribute('aria-posinset')) - 1
}
