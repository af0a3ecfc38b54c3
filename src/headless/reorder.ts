import type { UploadRuntime } from '../react/context.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import { loadPageCode } from './lazy/load-page-code.ts'
import type { Texts } from '../i18n/texts.tsx'

/** The name of the row to move, and a function that moves it. */
export interface ReorderOptions {
  readonly name: string
  readonly texts: Texts
  readonly runtime: UploadRuntime
  readonly move: (to: number) => void
}

/** Duration of the slide animation, in ms. */
const slideMs = 180

/** Returns a row's position. A long list renders only some rows, which have their index in `aria-posinset`. */
function rowPosition(handle: HTMLElement) {
  const row = handle.closest<HTMLElement>('[data-row]')
  const list = row?.parentElement
  if (!row || !list) return undefined
  const rows = [...list.children].filter(
    (child): child is HTMLElement => child instanceof HTMLElement && 'row' in child.dataset,
  )
  const indexOf = (rowElement: HTMLElement) =>
    Number(rowElement.ariaPosInSet ?? rows.indexOf(rowElement) + 1) - 1
  return { row, list, rows, indexOf, count: Number(row.ariaSetSize ?? rows.length) }
}

function announceMove({ name, texts, runtime }: ReorderOptions, to: number, count: number) {
  loadPageCode().then(({ announceText, withLazyMessages }) => {
    const { messages, formatters } = withLazyMessages(texts)
    announceText(runtime, messages.moved(name, to + 1, count, formatters))
  }, ignoreLoadError)
}

/**
 * Moves a row by a key. Arrow keys move it by one position, or in a grid up and down by one line. Home and End move
 * it to the ends.
 */
export function moveByKey(handle: HTMLElement, key: string, options: ReorderOptions) {
  const position = rowPosition(handle)
  if (!position) return
  const { row, list, indexOf, count } = position
  const { direction, display, gridTemplateColumns } = getComputedStyle(list)
  const columns = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
  const forwardStep = direction === 'rtl' ? -1 : 1
  const offsets: Readonly<Record<string, number>> = {
    ArrowRight: forwardStep,
    ArrowLeft: -forwardStep,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -Infinity,
    End: Infinity,
  }
  const from = indexOf(row)
  const to = Math.min(count - 1, Math.max(0, from + (offsets[key] ?? 0)))
  if (to !== from) animateMove(position.rows, () => options.move(to))
  announceMove(options, to, count)
  requestAnimationFrame(() => {
    handle.focus()
    if ('scrollIntoView' in row) row.scrollIntoView({ block: 'nearest' })
  })
}

/** Drags a row with the pointer. The other rows move out of its way. Escape restores its position. */
export function startDrag(handle: HTMLElement, pressEvent: PointerEvent, options: ReorderOptions) {
  const position = rowPosition(handle)
  if (!position) return
  const { row, indexOf } = position
  const startIndex = indexOf(row)
  const { left, top } = row.getBoundingClientRect()
  const pointerOffset = { x: pressEvent.clientX - left, y: pressEvent.clientY - top }
  const shift = { x: 0, y: 0 }
  let pausedUntil = 0
  handle.focus()
  row.dataset.dragging = ''
  // Mantine's dialogs handle Escape before this code can stop it, and skip targets with this attribute.
  handle.dataset.mantineStopPropagation = 'true'

  function followPointer({ clientX, clientY }: PointerEvent) {
    const rect = row.getBoundingClientRect()
    shift.x += clientX - pointerOffset.x - rect.left
    shift.y += clientY - pointerOffset.y - rect.top
    row.style.translate = `${shift.x}px ${shift.y}px`
  }
  function onMove(event: PointerEvent) {
    if (event.pointerId !== pressEvent.pointerId) return
    // The pointer was released before this module loaded.
    if (event.buttons === 0) return endDrag()
    followPointer(event)
    const currentPosition = rowPosition(handle)
    if (!currentPosition || event.timeStamp < pausedUntil) return
    const { clientX: x, clientY: y } = event
    const rowUnderPointer = currentPosition.rows.find((otherRow) => {
      const rect = otherRow.getBoundingClientRect()
      return otherRow !== row && x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom
    })
    if (rowUnderPointer) {
      pausedUntil = event.timeStamp + slideMs
      animateMove(currentPosition.rows, () => options.move(currentIndexOf(rowUnderPointer)), row)
      requestAnimationFrame(() => followPointer(event))
    }
    // jsdom has no scrolling element, and its `window.scrollBy` logs an error.
    if (y < 40 || y > innerHeight - 40) document.scrollingElement?.scrollBy(0, y < 40 ? -12 : 12)
  }
  const currentIndexOf = (rowElement: HTMLElement) => rowPosition(handle)?.indexOf(rowElement) ?? startIndex

  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Escape') return
    // Escape would also close a dialog around the list.
    event.preventDefault()
    event.stopImmediatePropagation()
    options.move(startIndex)
    endDrag()
  }
  function endDrag() {
    removeEventListener('pointermove', onMove)
    removeEventListener('pointerup', endDrag)
    removeEventListener('pointercancel', endDrag)
    removeEventListener('keydown', onKey, true)
    delete row.dataset.dragging
    delete handle.dataset.mantineStopPropagation
    const from = row.style.translate
    row.style.translate = ''
    if (from && isAnimated(row))
      row.animate({ translate: [from, '0 0'] }, { duration: slideMs, easing: 'ease-out' })
    const newPosition = rowPosition(handle)
    if (newPosition && newPosition.indexOf(row) !== startIndex)
      announceMove(options, newPosition.indexOf(row), newPosition.count)
  }
  addEventListener('pointermove', onMove)
  addEventListener('pointerup', endDrag)
  addEventListener('pointercancel', endDrag)
  addEventListener('keydown', onKey, true)
}

/** Changes the order and animates the moved rows from their old positions. */
function animateMove(rows: readonly HTMLElement[], change: () => void, excludedRow?: HTMLElement) {
  const oldRects = rows.map((row) => [row, row.getBoundingClientRect()] as const)
  change()
  requestAnimationFrame(() => {
    for (const [row, { left, top }] of oldRects) {
      const newRect = row.getBoundingClientRect()
      if (row === excludedRow || !isAnimated(row) || (newRect.left === left && newRect.top === top)) continue
      const from = `${left - newRect.left}px ${top - newRect.top}px`
      row.animate({ translate: [from, '0 0'] }, { duration: slideMs, easing: 'ease-out' })
    }
  })
}

/**
 * Whether the browser can animate a row. Checks both functions, because jsdom has neither and tests often add only
 * one of them.
 */
const isAnimated = (row: HTMLElement) =>
  'animate' in row &&
  typeof matchMedia === 'function' &&
  !matchMedia('(prefers-reduced-motion: reduce)').matches
