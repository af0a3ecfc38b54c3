'use client'

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { RowWatch, View } from './seen-rows.ts'

/** Up to this number all rows are rendered: the cost is low, and the browser's find-in-page sees every row. */
const few = 100
/** Rows in the first render and on the server, before the windowing code loads. */
const first = 30

/**
 * A row's position in the complete list, for screen readers: spread it on the row. Empty if all rows are rendered.
 */
export interface Place {
  readonly 'aria-setsize'?: number
  readonly 'aria-posinset'?: number
}

interface SeenProps<Item> {
  readonly items: readonly Item[]
  /** Renders one child of the list: a `<li>` that spreads `place`. */
  readonly children: (item: Item, place: Place) => ReactNode
}

/**
 * Renders the rows of a long list or grid: beyond 100, only those near the viewport and the focused one. Must be
 * the child of a `<ul>` or `<ol>`. Works in any scroll container and with rows of different heights.
 *
 * ```tsx
 * <ul>
 *   <VirtualRows items={items}>{(item, place) => <Row item={item} {...place} />}</VirtualRows>
 * </ul>
 * ```
 */
export function Seen<Item extends { readonly id: string }>({
  items,
  children: row,
}: SeenProps<Item>): ReactNode {
  const { length } = items
  const long = length > few
  const [view, setView] = useState<View>()
  // Rows stay rendered until the visible range is measured.
  const [kept, setKept] = useState(first)
  if (!long && length > kept) setKept(length)
  const end = useRef<HTMLLIElement>(null)
  const count = useRef(length)
  const watch = useRef<RowWatch>(undefined)

  useBeforePaint(() => {
    count.current = length
    watch.current?.update()
  }, [length, view])

  useEffect(() => {
    const list = end.current?.parentElement
    if (!long || !list) return undefined
    let left = false
    import('./seen-rows.ts').then(
      ({ watchRows }) => {
        if (!left) watch.current = watchRows(list, () => count.current, setView)
      },
      () => setView(wholeView),
    )
    return () => {
      left = true
      watch.current?.stop()
      watch.current = undefined
    }
  }, [long])

  const { ranges, after } =
    long && view ? view : { ranges: [{ from: 0, to: long ? kept : few, before: 0 }], after: 0 }
  // A flat list with keys: a row keeps its state when its range changes.
  return [
    ...ranges.flatMap(({ from, to, before }) => [
      <Space key={`before ${from}`} height={before} />,
      ...items
        .slice(from, to)
        .map((item, index) => (
          <Fragment key={item.id}>
            {row(item, long ? { 'aria-setsize': length, 'aria-posinset': from + index + 1 } : {})}
          </Fragment>
        )),
    ]),
    <Space key="after" height={after} />,
    long && <li key="end" ref={end} hidden />,
  ]
}

/** Fills the height of rows that are not rendered. */
function Space({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <li aria-hidden="true" data-space="" style={{ height, gridColumn: '1 / -1', overflowAnchor: 'none' }} />
  )
}

const wholeView: View = { ranges: [{ from: 0, to: Infinity, before: 0 }], after: 0 }

/** React 18 warns about layout effects on the server. */
const useBeforePaint = typeof document === 'undefined' ? useEffect : useLayoutEffect
