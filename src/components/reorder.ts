import type { UploadRuntime } from '../react/context.ts'
import { tell } from './announce.ts'
import { allOf } from './all-messages.ts'
import type { Texts } from './texts.tsx'

/** The moved row and how to move it. */
export interface Order {
  readonly name: string
  readonly texts: Texts
  readonly runtime: UploadRuntime
  readonly move: (to: number) => void
}

/** Duration of the slide animation, in ms. */
const settle = 180

/** Returns a row's position. A long list renders only some rows, which have their index in `aria-posinset`. */
function placeOf(handle: HTMLElement) {
  const row = handle.closest<HTMLElement>('[data-row]')
  const list = row?.parentElement
  if (!row || !list) return undefined
  const rows = [...list.children].filter(
    (each): each is HTMLElement => each instanceof HTMLElement && 'row' in each.dataset,
  )
  const indexOf = (each: HTMLElement) => Number(each.ariaPosInSet ?? rows.indexOf(each) + 1) - 1
  return { row, list, rows, indexOf, count: Number(row.ariaSetSize ?? rows.length) }
}

function say({ name, texts, runtime }: Order, to: number, count: number) {
  const { messages, numbers } = allOf(texts)
  tell(runtime, messages.moved(name, to + 1, count, numbers))
}

/** Moves a row by a key: arrow keys by one position, up and down in a grid by one line, Home and End to the ends. */
export function step(handle: HTMLElement, key: string, order: Order) {
  const place = placeOf(handle)
  if (!place) return
  const { row, list, indexOf, count } = place
  const { direction, display, gridTemplateColumns } = getComputedStyle(list)
  const line = display.endsWith('grid') ? gridTemplateColumns.split(' ').length : 1
  const ahead = direction === 'rtl' ? -1 : 1
  const by: Readonly<Record<string, number>> = {
    ArrowRight: ahead,
    ArrowLeft: -ahead,
    ArrowDown: line,
    ArrowUp: -line,
    Home: -Infinity,
    End: Infinity,
  }
  const from = indexOf(row)
  const to = Math.min(count - 1, Math.max(0, from + (by[key] ?? 0)))
  if (to !== from) slide(place.rows, () => order.move(to))
  say(order, to, count)
  requestAnimationFrame(() => {
    handle.focus()
    row.scrollIntoView({ block: 'nearest' })
  })
}

/** Drags a row with the pointer; the other rows make room. Escape restores its position. */
export function drag(handle: HTMLElement, down: PointerEvent, order: Order) {
  const place = placeOf(handle)
  if (!place) return
  const { row, indexOf } = place
  const start = indexOf(row)
  const { left, top } = row.getBoundingClientRect()
  const grip = { x: down.clientX - left, y: down.clientY - top }
  const shift = { x: 0, y: 0 }
  let calm = 0
  handle.focus()
  row.dataset.dragging = ''
  // Mantine's dialogs handle Escape before this code can stop it, and skip targets with this attribute.
  handle.dataset.mantineStopPropagation = 'true'

  function follow({ clientX, clientY }: PointerEvent) {
    const rect = row.getBoundingClientRect()
    shift.x += clientX - grip.x - rect.left
    shift.y += clientY - grip.y - rect.top
    row.style.translate = `${shift.x}px ${shift.y}px`
  }
  function onMove(event: PointerEvent) {
    if (event.pointerId !== down.pointerId) return
    // The pointer was released before this module loaded.
    if (event.buttons === 0) return end()
    follow(event)
    const now = placeOf(handle)
    if (!now || event.timeStamp < calm) return
    const { clientX: x, clientY: y } = event
    const under = now.rows.find((each) => {
      const rect = each.getBoundingClientRect()
      return each !== row && x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom
    })
    if (under) {
      calm = event.timeStamp + settle
      slide(now.rows, () => order.move(indexIn(under)), row)
      requestAnimationFrame(() => follow(event))
    }
    if (y < 40 || y > innerHeight - 40) scrollBy(0, y < 40 ? -12 : 12)
  }
  const indexIn = (each: HTMLElement) => placeOf(handle)?.indexOf(each) ?? start

  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Escape') return
    // A dialog around the list would close.
    event.preventDefault()
    event.stopImmediatePropagation()
    order.move(start)
    end()
  }
  function end() {
    removeEventListener('pointermove', onMove)
    removeEventListener('pointerup', end)
    removeEventListener('pointercancel', end)
    removeEventListener('keydown', onKey, true)
    delete row.dataset.dragging
    delete handle.dataset.mantineStopPropagation
    const from = row.style.translate
    row.style.translate = ''
    if (from && !isStill())
      row.animate({ translate: [from, '0 0'] }, { duration: settle, easing: 'ease-out' })
    const now = placeOf(handle)
    if (now && now.indexOf(row) !== start) say(order, now.indexOf(row), now.count)
  }
  addEventListener('pointermove', onMove)
  addEventListener('pointerup', end)
  addEventListener('pointercancel', end)
  addEventListener('keydown', onKey, true)
}

/** Changes the order and animates the moved rows from their old positions. */
function slide(rows: readonly HTMLElement[], change: () => void, except?: HTMLElement) {
  const before = rows.map((row) => [row, row.getBoundingClientRect()] as const)
  change()
  if (isStill()) return
  requestAnimationFrame(() => {
    for (const [row, { left, top }] of before) {
      const now = row.getBoundingClientRect()
      if (row === except || (now.left === left && now.top === top)) continue
      const from = `${left - now.left}px ${top - now.top}px`
      row.animate({ translate: [from, '0 0'] }, { duration: settle, easing: 'ease-out' })
    }
  })
}

const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches
