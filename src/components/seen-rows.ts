/** Which rows of a long list are rendered: runs of them, with space in between for those that are not. */
export interface View {
  readonly stretches: readonly Stretch[]
  /** The space for all rows behind the last stretch, in pixels. */
  readonly after: number
}

interface Stretch {
  /** Indexes: the first row, and the one behind the last. */
  readonly from: number
  readonly to: number
  /** The space for the rows between this stretch and the one before, in pixels. */
  readonly before: number
}

export interface RowWatch {
  /** Finds out anew what is seen: to be called when rows have come, gone or moved. */
  look(): void
  stop(): void
}

/** Lines come and go in blocks of so many. */
const lines = 5
/** How far beyond the window rows are rendered, in pixels: about what a turn of a wheel scrolls until the next frame. */
const margin = 600

/**
 * Watches a list and shows the rows near the window. It asks only where the list is in the window, so whatever scrolls
 * may scroll. Heights are measured while rows are there and remembered; unknown ones are taken to be average, and the
 * browser's scroll anchoring evens out what was wrong. A row is known by its `aria-posinset`.
 */
export function watchRows(list: HTMLElement, count: () => number, show: (view: View) => void): RowWatch {
  const { ownerDocument: page } = list
  const root = list.getRootNode() as Document | ShadowRoot // the list is in one of them
  /** Pixels from line to line, by block. */
  const pitches = new Map<number, number>()
  let columns = 1
  let width: number | undefined
  let shown = ''

  function look() {
    const { top, width: now } = list.getBoundingClientRect()
    const { display, gridTemplateColumns, rowGap } = getComputedStyle(list)
    if (now !== width) {
      columns = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
      pitches.clear()
    }
    width = now
    const gap = parseFloat(rowGap) || 0
    measure(gap)
    if (pitches.size === 0) return // it is not displayed

    const view = viewFrom(top, gap)
    const next = JSON.stringify(view)
    if (next === shown) return
    shown = next
    show(view)
  }

  function measure(gap: number) {
    const rows = [...list.querySelectorAll<HTMLElement>(':scope > [aria-posinset]')]
    const size = lines * columns
    const indexes = rows.map(indexOf)
    rows.forEach((row, at) => {
      const index = indexes[at] ?? 0
      if (index % size > 0) return
      let behind = at + 1
      while (behind < at + size && indexes[behind] === index + behind - at) behind += 1
      // To where the next block begins, or else to where this one's last row ends.
      const { top } = row.getBoundingClientRect()
      const next = indexes[behind] === index + size ? rows[behind] : undefined
      const last = rows[behind - 1] ?? row
      const end = next ? next.getBoundingClientRect().top : last.getBoundingClientRect().bottom + gap
      const pitch = (end - top) / Math.ceil((behind - at) / columns)
      const known = pitches.get(index / size) ?? 0
      if (Math.abs(pitch - known) > 0.1) pitches.set(index / size, pitch)
    })
  }

  function viewFrom(top: number, gap: number): View {
    const size = lines * columns
    const total = count()
    const blocks = Math.ceil(total / size)
    const average = [...pitches.values()].reduce((sum, pitch) => sum + pitch, 0) / pitches.size
    const { activeElement } = root
    const row = activeElement?.closest('[aria-posinset]')
    const focused = row?.parentElement === list ? Math.floor(indexOf(row) / size) : -Infinity
    const heights = Array.from({ length: blocks }, (_, block) => {
      const linesHere = Math.min(lines, Math.ceil((total - block * size) / columns))
      return linesHere * (pitches.get(block) ?? average)
    })
    const height = heights.reduce((sum, each) => sum + each, 0)
    // Somewhere else on the page, it keeps the rows that would come first.
    const start = Math.min(Math.max(0, -top), height - 1)
    const end = Math.max(start, page.documentElement.clientHeight - top)

    const stretches: { from: number; to: number; before: number }[] = []
    let space = 0
    let y = 0
    heights.forEach((each, block) => {
      const near = y + each > start - margin && y < end + margin
      y += each
      // Tab goes to the row after the focused one, and with Shift to the one before.
      if (!near && Math.abs(block - focused) > 1) return void (space += each)
      const from = block * size
      const to = Math.min(from + size, total)
      const last = stretches.at(-1)
      if (last?.to === from) last.to = to
      else stretches.push({ from, to, before: space - gap })
      space = 0
    })
    return { stretches, after: space - gap }
  }

  // Also of elements that scroll: their events do not bubble, but they are captured.
  page.addEventListener('scroll', look, { capture: true, passive: true })
  window.addEventListener('resize', look)
  const resized = new ResizeObserver(look)
  resized.observe(list)
  // What moves the list and is none of these, such as something above it that grows.
  const appeared = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && look(),
  )
  const spaces = new MutationObserver(observeSpaces)
  spaces.observe(list, { childList: true })
  function observeSpaces() {
    appeared.disconnect()
    for (const space of list.querySelectorAll(':scope > [data-space]')) appeared.observe(space)
  }
  look()
  observeSpaces()

  return {
    look,
    stop() {
      page.removeEventListener('scroll', look, { capture: true })
      window.removeEventListener('resize', look)
      resized.disconnect()
      appeared.disconnect()
      spaces.disconnect()
    },
  }
}

function indexOf(row: Element): number {
  return Number(row.getAttribute('aria-posinset')) - 1
}
