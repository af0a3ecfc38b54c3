import type { UploadRuntime } from '../react/context.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import { loadPageCode } from './lazy/load-page-code.ts'
import type { Texts } from '../i18n/texts.tsx'
import { openMenu } from './menu.ts'
import { animateMove, canAnimate, slideMs } from './rows/slide.ts'

/** The name of the row to move, and a function that moves it. */
export interface ReorderOptions {
  readonly name: string
  readonly texts: Texts
  readonly runtime: UploadRuntime
  readonly move: (to: number) => void
}

/** Distance in px from which a press is a drag. A shorter movement is a click, which opens the menu. */
const dragThresholdPx = 4

/** Handles that were just dragged. Some browsers also fire a click after a drag, which must not open the menu. */
const draggedHandles = new WeakSet<HTMLElement>()

/** Handles an event of a drag handle: a pointer press, a key that moves the row, or a click. */
export function reorder(handle: HTMLElement, event: Event, options: ReorderOptions) {
  if (event.type === 'click') openReorderMenu(handle, options)
  else if ('key' in event) moveByKey(handle, String(event.key), options)
  else startDrag(handle, event as PointerEvent, options) // the handle passes no other type
}

/**
 * Returns the row of a handle, its list, and the function that returns a row's index in the complete list. A long list
 * renders only some rows. Each of these rows has its position, counted from 1, in `aria-posinset`.
 */
function locateRow(handle: HTMLElement) {
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

function announceMove({ name, texts, runtime }: ReorderOptions, newIndex: number, count: number) {
  loadPageCode().then(({ announceText, withLazyMessages }) => {
    const { messages, formatters } = withLazyMessages(texts)
    announceText(runtime, messages.moved(name, newIndex + 1, count, formatters))
  }, ignoreLoadError)
}

/** Opens a menu that moves the row, for users who cannot drag and have no arrow keys. */
function openReorderMenu(handle: HTMLElement, options: ReorderOptions) {
  const position = locateRow(handle)
  if (!position || draggedHandles.has(handle)) return
  const lastIndex = position.count - 1
  const currentIndex = position.indexOf(position.row)
  loadPageCode().then(({ withLazyMessages }) => {
    const { moveFirst, moveEarlier, moveLater, moveLast } = withLazyMessages(options.texts).messages
    const createMenuEntry = (label: string, newIndex: number, isEnabled: boolean) => ({
      label,
      isEnabled,
      onSelect: () => moveRow(handle, newIndex, options),
    })
    openMenu(handle, [
      createMenuEntry(moveFirst, 0, currentIndex > 0),
      createMenuEntry(moveEarlier, currentIndex - 1, currentIndex > 0),
      createMenuEntry(moveLater, currentIndex + 1, currentIndex < lastIndex),
      createMenuEntry(moveLast, lastIndex, currentIndex < lastIndex),
    ])
  }, ignoreLoadError)
}

function moveRow(handle: HTMLElement, newIndex: number, options: ReorderOptions) {
  const position = locateRow(handle)
  if (!position) return
  const { row, rows, indexOf, count } = position
  if (newIndex !== indexOf(row)) animateMove(rows, () => options.move(newIndex))
  announceMove(options, newIndex, count)
  requestAnimationFrame(() => {
    handle.focus()
    if ('scrollIntoView' in row) row.scrollIntoView({ block: 'nearest' })
  })
}

/**
 * Moves a row by a key. Arrow keys move it by one position, and up and down in a grid by one line. Home and End move it
 * to the start and the end of the list.
 */
function moveByKey(handle: HTMLElement, key: string, options: ReorderOptions) {
  const position = locateRow(handle)
  if (!position) return
  const { row, list, indexOf, count } = position
  const { direction, display, gridTemplateColumns } = getComputedStyle(list)
  const columns = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
  const forwardStep = direction === 'rtl' ? -1 : 1
  const offsetByKey: Readonly<Record<string, number>> = {
    ArrowRight: forwardStep,
    ArrowLeft: -forwardStep,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -Infinity,
    End: Infinity,
  }
  const currentIndex = indexOf(row)
  moveRow(handle, Math.min(count - 1, Math.max(0, currentIndex + (offsetByKey[key] ?? 0))), options)
}

/** Drags a row with the pointer. The other rows make room for it. Escape moves the row back to its old position. */
function startDrag(handle: HTMLElement, pressEvent: PointerEvent, options: ReorderOptions) {
  const position = locateRow(handle)
  if (!position || pressEvent.button !== 0) return
  const { row, indexOf } = position
  const startIndex = indexOf(row)
  const { left, top } = row.getBoundingClientRect()
  const pointerOffset = { x: pressEvent.clientX - left, y: pressEvent.clientY - top }
  const translationPx = { x: 0, y: 0 }
  let reorderPausedUntil = 0
  let isDragging = false
  handle.focus()

  function beginDrag() {
    isDragging = true
    row.dataset.dragging = ''
    // Dialogs of Mantine handle Escape before this code can stop the event, and skip targets with this attribute.
    handle.dataset.mantineStopPropagation = 'true'
  }

  function followPointer({ clientX, clientY }: PointerEvent) {
    const rect = row.getBoundingClientRect()
    translationPx.x += clientX - pointerOffset.x - rect.left
    translationPx.y += clientY - pointerOffset.y - rect.top
    row.style.translate = `${translationPx.x}px ${translationPx.y}px`
  }
  function onPointerMove(event: PointerEvent) {
    if (event.pointerId !== pressEvent.pointerId) return
    // The pointer was released before this module loaded, so `pointerup` was missed.
    if (event.buttons === 0) return endDrag()
    const distancePx = Math.hypot(event.clientX - pressEvent.clientX, event.clientY - pressEvent.clientY)
    if (!isDragging && distancePx < dragThresholdPx) return
    if (!isDragging) beginDrag()
    followPointer(event)
    const currentPosition = locateRow(handle)
    if (!currentPosition || event.timeStamp < reorderPausedUntil) return
    const { clientX: x, clientY: y } = event
    const rowUnderPointer = currentPosition.rows.find((otherRow) => {
      const rect = otherRow.getBoundingClientRect()
      return otherRow !== row && x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom
    })
    if (rowUnderPointer) {
      reorderPausedUntil = event.timeStamp + slideMs
      animateMove(currentPosition.rows, () => options.move(currentIndexOf(rowUnderPointer)), row)
      requestAnimationFrame(() => followPointer(event))
    }
    // jsdom has no scrolling element, and its `window.scrollBy` logs an error.
    if (y < 40 || y > innerHeight - 40) document.scrollingElement?.scrollBy(0, y < 40 ? -12 : 12)
  }
  const currentIndexOf = (rowElement: HTMLElement) => locateRow(handle)?.indexOf(rowElement) ?? startIndex

  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !isDragging) return
    // Without this, Escape would also close a dialog around the list.
    event.preventDefault()
    event.stopImmediatePropagation()
    options.move(startIndex)
    endDrag()
  }
  function endDrag() {
    removeEventListener('pointermove', onPointerMove)
    removeEventListener('pointerup', endDrag)
    removeEventListener('pointercancel', endDrag)
    removeEventListener('keydown', onKey, true)
    if (!isDragging) return
    draggedHandles.add(handle)
    setTimeout(() => draggedHandles.delete(handle))
    delete row.dataset.dragging
    delete handle.dataset.mantineStopPropagation
    const draggedTranslate = row.style.translate
    row.style.translate = ''
    if (draggedTranslate && canAnimate(row))
      row.animate({ translate: [draggedTranslate, '0 0'] }, { duration: slideMs, easing: 'ease-out' })
    const newPosition = locateRow(handle)
    if (newPosition && newPosition.indexOf(row) !== startIndex)
      announceMove(options, newPosition.indexOf(row), newPosition.count)
  }
  addEventListener('pointermove', onPointerMove)
  addEventListener('pointerup', endDrag)
  addEventListener('pointercancel', endDrag)
  addEventListener('keydown', onKey, true)
}
